/* SPDX-License-Identifier: Apache-2.0 */
/* The table of check cases: VMWRITEs on a VMCS12 that passed, and the check that then fails. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include "base.h"

/* A VMWRITE of (old & ~clear) | set. */
struct change {
	int row;
	uint64_t clear, set;
};

struct check_case {
	enum vmx_check expect;
	enum base_kind kind;
	struct change change[5];
	const char *input; /* what else differs, see apply_input() */
};

/* Changes that the first check lets pass, and others that bring them to matter. */
struct latent_case {
	enum vmx_check expect;
	enum base_kind kind;
	struct change before[3], after[2];
};

extern const struct check_case check_table[];
extern const int check_table_length;
extern const struct latent_case latent_table[];
extern const int latent_table_length;

#endif

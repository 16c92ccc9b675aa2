/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction of the guest that runs, carried out by L0. */
#ifndef HANDLERS_EMULATE_H
#define HANDLERS_EMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/decode_memo.h"

struct vcpu;

/* What the processor has translated for the very access that is to be emulated. */
struct emulate_known {
	uint64_t linear;
	uint64_t gpa; /* L1-physical: no RAM of L1's */
	bool write;   /* it found a write allowed, not only a read */
};

/*
 * Executes the instruction at RIP, of a string instruction one element; what stands in its way is
 * carried out (guest_refuse()). @known spares a walk and may be NULL. False: L0 cannot emulate it,
 * and nothing has happened; *code has the bytes at RIP, each read once.
 */
bool emulate(struct vcpu *v, const struct emulate_known *known, struct insn_code *code);

#endif

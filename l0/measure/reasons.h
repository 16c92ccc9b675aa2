/* SPDX-License-Identifier: Apache-2.0 */
/* Basic exit reasons by number and name, from the one table that has them (measure/exits.def). */
#ifndef MEASURE_REASONS_H
#define MEASURE_REASONS_H

enum exit_reason {
#define EXIT(number, name, l1, l2, wanted) EXIT_##name = number,
#include "measure/exits.def"
#undef EXIT
	EXIT_REASON_COUNT
};

/* Room for every number that the field may hold here, so that a look-up needs no bounds check. */
#define EXIT_REASON_ROWS 128

/* "reserved" for a number without a name. */
const char *exit_reason_name(unsigned reason);

#endif

// SPDX-License-Identifier: Apache-2.0
// The table of the freestanding program: every row of operations.def.
#include "operations.h"

#define OPERATION(id, name, where, iterations, prepare, run, title)                                \
	{id, name, iterations, prepare, run, title},
const struct operation operations[] = {
#include "operations.def"
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

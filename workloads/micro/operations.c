// SPDX-License-Identifier: Apache-2.0
// The table of the freestanding program: every row of operations.def.
#include "operations.h"

#define CPUS_ANYWHERE 1
#define CPUS_KERNEL   1
#define CPUS_PAIR     2
#define CPUS_NAMED    1
#define CPUS_FUNCTION 1

#define NAMED_ANYWHERE false
#define NAMED_KERNEL   false
#define NAMED_PAIR     false
#define NAMED_NAMED    true
#define NAMED_FUNCTION true

#define TELL_ANYWHERE NULL
#define TELL_KERNEL   NULL
#define TELL_PAIR     NULL
#define TELL_NAMED    NULL
#define TELL_FUNCTION tell_function
#define OPERATION(id, name, where, iterations, prepare, run, title)                                \
	{id, name, iterations, prepare, run, title, CPUS_##where, NAMED_##where, TELL_##where},
const struct operation operations[] = {
#include "operations.def"
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

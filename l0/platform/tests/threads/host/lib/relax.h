/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_RELAX_H
#define LIB_RELAX_H

#include <sched.h>

/* Threads have no processor of their own: the other one may need this one. */
static inline void cpu_relax(void)
{
	sched_yield();
}

#endif

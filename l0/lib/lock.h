/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock for what is cold: the console, the channel, a machine's devices. First come, first served,
 * so that no CPU starves. No exit whose work is the vCPU's own takes one.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <stdint.h>

struct lock {
	uint32_t next, serving; /* tickets */
};

static inline void lock_take(struct lock *l)
{
	uint32_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)
		__asm__ volatile("pause");
}

static inline void lock_release(struct lock *l)
{
	__atomic_store_n(&l->serving, l->serving + 1, __ATOMIC_RELEASE);
}

/* Free, whoever holds it: for an L0 that ends itself. */
static inline void lock_break(struct lock *l)
{
	__atomic_store_n(&l->serving, __atomic_load_n(&l->next, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for what several CPUs change and none needs often: never on the way of an exit of L2. */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <stdint.h>

#include "lib/relax.h"

/*
 * Tickets, so that it is taken in the order of asking: no guest can keep another CPU out for longer
 * than each of the others holds it once. All zero is free. Not to be taken by an NMI's handler.
 */
struct lock {
	uint32_t next;
	uint32_t serving;
};

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

static inline void lock_give(struct lock *lock)
{
	/* Only the holder writes it. */
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

/* Free, whoever holds it: for an L0 that ends itself. */
static inline void lock_break(struct lock *lock)
{
	__atomic_store_n(&lock->serving, __atomic_load_n(&lock->next, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
}

#endif

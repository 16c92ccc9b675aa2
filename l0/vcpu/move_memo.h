/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves between a register and a device that L1's kernel has done before, with all that was found
 * out about them: where the bytes lie, by which entries, and what they say. A driver touches its
 * device at a few places, again and again.
 */
#ifndef VCPU_MOVE_MEMO_H
#define VCPU_MOVE_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/guest_path.h"

struct move_memo {
	/* What has to be as it was, the bytes of the code among it. */
	uint64_t rip;
	uint64_t qualification;
	uint64_t cs_access, ss_access;
	struct guest_path path;
	const volatile uint64_t *code; /* 16 bytes in one page, of which the last is not compared */
	uint64_t bytes[2];

	/* What they say. Registers by number; that of RSP stands for none. */
	uint64_t displacement;
	uint64_t immediate;
	uint64_t taken, kept; /* bits of the register that a read changes, and that it leaves */
	uint8_t base, index, scale;
	uint8_t reg;
	uint8_t size, length;
	bool writes, from_register;
};

/* All zero is empty. What comes later takes the place. */
#define MOVE_MEMOS_LOG2 5

struct move_memos {
	struct move_memo memo[1 << MOVE_MEMOS_LOG2];
};

static inline struct move_memo *move_memo_of(struct move_memos *memos, uint64_t rip)
{
	return &memos->memo[rip * 0x9e3779b97f4a7c15ull >> (64 - MOVE_MEMOS_LOG2)];
}

#endif

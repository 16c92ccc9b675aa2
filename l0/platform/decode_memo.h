/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_DECODE_MEMO_H
#define PLATFORM_DECODE_MEMO_H

#include "platform/decode.h"

/*
 * What insn_decode() has made of bytes that come again and again: the few places where a kernel
 * touches its devices. The answer depends on bytes and mode alone, and both are compared whole, so
 * nothing ever has to be forgotten: who changes code changes the bytes.
 */
struct insn_code {
	union {
		uint8_t bytes[16]; /* 0 from `length` on */
		uint64_t word[2];
	};
	uint32_t length; /* of what was fetched, 1 to INSN_LENGTH_MAX */
};

struct insn_memo {
	uint64_t word[2];
	uint32_t key; /* length and mode; 0: nothing yet */
	enum insn_verdict verdict;
	struct insn insn;
};

/* All zero is empty. Places are found by the bytes; what comes later takes the place. */
#define INSN_MEMOS_LOG2 4
struct insn_memos {
	struct insn_memo memo[1 << INSN_MEMOS_LOG2];
};

/* Decodes *code into *memo. */
const struct insn_memo *insn_memo_fill(struct insn_memo *memo, const struct insn_code *code,
				       enum insn_mode mode);

static inline uint32_t insn_memo_key(const struct insn_code *code, enum insn_mode mode)
{
	return code->length << 8 | (uint32_t)mode;
}

/* Verdict and instruction; they stand until the next call. */
static inline const struct insn_memo *
insn_decode_again(struct insn_memos *memos, const struct insn_code *code, enum insn_mode mode)
{
	uint64_t place = code->word[0] * 0x9e3779b97f4a7c15ull >> (64 - INSN_MEMOS_LOG2);
	struct insn_memo *memo = &memos->memo[place];

	if (memo->word[0] == code->word[0] && memo->word[1] == code->word[1] &&
	    memo->key == insn_memo_key(code, mode))
		return memo;
	return insn_memo_fill(memo, code, mode);
}

#endif

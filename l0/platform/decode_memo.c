// SPDX-License-Identifier: Apache-2.0
#include "platform/decode_memo.h"

const struct insn_memo *insn_memo_fill(struct insn_memo *memo, const struct insn_code *code,
				       enum insn_mode mode)
{
	memo->word[0] = code->word[0];
	memo->word[1] = code->word[1];
	memo->key = insn_memo_key(code, mode);
	memo->verdict = insn_decode(code->bytes, code->length, mode, &memo->insn);
	return memo;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Plain moves of L1's kernel to and from device registers, the short way (vcpu/move_memo.h). */
#ifndef HANDLERS_MOVE_H
#define HANDLERS_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/decode_memo.h"

struct vcpu;

/*
 * The access of this exit, if it is by an instruction that was learnt, nothing of it has changed
 * and nothing else is to be thought of: it is carried out. False: nothing has happened.
 */
bool move_again(struct vcpu *v, uint64_t gpa, uint64_t qual);

/* Before emulate() carries out what it has decoded from @code: a move is learnt for the next time.
 */
void move_learn(struct vcpu *v, const struct insn *insn, const struct insn_code *code);

#endif

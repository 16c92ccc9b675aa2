// SPDX-License-Identifier: Apache-2.0
/* Which memory an instruction touches. */
#include "platform/decode.h"

enum { ES, CS, SS, DS };
enum { RCX = 1, RSP = 4, RSI = 6, RDI = 7 };

static uint64_t mask(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
}

static int64_t sign_extend(uint64_t value, unsigned size)
{
	unsigned shift = 64 - 8 * size;

	return (int64_t)(value << shift) >> shift;
}

/* A bit offset in a register is signed and may lie outside of the operand (SDM vol. 2, "BT"). */
static uint64_t bit_displacement(const struct insn *i, const struct insn_state *s)
{
	unsigned bits_log2 = i->size == 8 ? 6 : i->size == 4 ? 5 : 4;
	int64_t offset = sign_extend(s->gpr[i->reg], i->size);

	return (uint64_t)((offset >> bits_log2) * i->size);
}

/*
 * SDM vol. 1, 3.7.5. POP computes its address after it has moved the stack pointer, which it moves
 * by the operand's size.
 */
static uint64_t effective_address(const struct insn *i, const struct insn_state *s)
{
	uint64_t at = (uint64_t)i->displacement;

	if (i->rip_relative)
		at += s->rip + i->length;
	if (i->base != INSN_NO_REGISTER)
		at += s->gpr[i->base];
	if (i->index != INSN_NO_REGISTER)
		at += s->gpr[i->index] << i->scale;
	if (i->bit_string)
		at += bit_displacement(i, s);
	if (i->op == INSN_POP && i->base == RSP)
		at += i->size;
	return at & mask(i->address_size);
}

static struct insn_access operand(const struct insn *i, const struct insn_state *s)
{
	return (struct insn_access){
		.offset = effective_address(i, s),
		.segment = i->segment,
		.size = i->size,
		.reads = i->reads,
		.writes = i->writes,
	};
}

/* The top of the stack; @below: so many bytes under it. */
static struct insn_access stack(const struct insn *i, const struct insn_state *s, unsigned below)
{
	return (struct insn_access){
		.offset = (s->gpr[RSP] - below) & mask(s->stack_size),
		.segment = SS,
		.size = i->size,
		.reads = i->op == INSN_POP,
		.writes = i->op == INSN_PUSH,
	};
}

/* DS:rSI, or another segment by prefix. */
static struct insn_access source(const struct insn *i, const struct insn_state *s)
{
	return (struct insn_access){
		.offset = s->gpr[RSI] & mask(i->address_size),
		.segment = i->segment,
		.size = i->size,
		.reads = true,
	};
}

/* ES:rDI, always. */
static struct insn_access destination(const struct insn *i, const struct insn_state *s)
{
	return (struct insn_access){
		.offset = s->gpr[RDI] & mask(i->address_size),
		.segment = ES,
		.size = i->size,
		.reads = i->op == INSN_CMPS || i->op == INSN_SCAS,
		.writes = i->op == INSN_MOVS || i->op == INSN_STOS,
	};
}

unsigned insn_accesses(const struct insn *i, const struct insn_state *s,
		       struct insn_access out[INSN_ACCESSES_MAX])
{
	unsigned count = 0;

	if (i->op < INSN_PUSH || i->op > INSN_SCAS) {
		out[0] = operand(i, s);
		return 1;
	}
	if (i->rep && !(s->gpr[RCX] & mask(i->address_size)))
		return 0;
	if (i->op == INSN_POP)
		out[count++] = stack(i, s, 0);
	if (i->op == INSN_MOVS || i->op == INSN_CMPS || i->op == INSN_LODS)
		out[count++] = source(i, s);
	if (i->op == INSN_MOVS || i->op == INSN_CMPS || i->op == INSN_STOS || i->op == INSN_SCAS)
		out[count++] = destination(i, s);
	else if (i->op != INSN_LODS)
		out[count++] = operand(i, s);
	if (i->op == INSN_PUSH)
		out[count++] = stack(i, s, i->size);
	return count;
}

// SPDX-License-Identifier: Apache-2.0
/* What a decoded instruction does to registers, flags and memory operands. */
#include <stddef.h>

#include "platform/decode.h"
#include "platform/decode_alu.h"

#define FLAG_CF 0x001u
#define FLAG_ZF 0x040u
#define FLAG_DF 0x400u

enum { RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RSI = 6, RDI = 7 };

/* A register that changes by an address: within the address size, whose rest stays or is 0. */
static void put(uint64_t *reg, unsigned size, uint64_t value)
{
	/* 32-bit results clear the upper half, 8- and 16-bit results leave the rest. */
	if (size >= 4)
		*reg = value & alu_mask(size);
	else
		*reg = (*reg & ~alu_mask(size)) | (value & alu_mask(size));
}

static uint64_t get_register(const struct insn *i, const struct insn_state *s)
{
	uint64_t value = s->gpr[i->reg & 15];

	return (i->high_byte ? value >> 8 : value) & alu_mask(i->reg_size);
}

static void put_register(const struct insn *i, struct insn_state *s, uint64_t value)
{
	uint64_t *reg = &s->gpr[i->reg & 15];

	if (i->high_byte)
		*reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
	else
		put(reg, i->reg_size, value);
}

static uint64_t get_memory(const struct insn *i, const struct insn_state *s)
{
	return s->memory[0].word[0] & alu_mask(i->size);
}

static void put_memory(const struct insn *i, struct insn_state *s, uint64_t value)
{
	s->memory[0].word[0] = value & alu_mask(i->size);
}

/* Register or immediate: the operand that is not in memory. */
static uint64_t other(const struct insn *i, const struct insn_state *s)
{
	return i->immediate ? (uint64_t)i->value & alu_mask(i->size) : get_register(i, s);
}

static unsigned shift_count(const struct insn *i, const struct insn_state *s)
{
	return (unsigned)(i->by_cl ? s->gpr[RCX] & 0xff : (uint64_t)i->value & 0xff);
}

static void apply_two(const struct insn *i, struct insn_state *s)
{
	uint64_t memory = get_memory(i, s), second = other(i, s), r;

	if (i->register_left)
		r = alu_two(i->op, second, memory, i->size, &s->rflags);
	else
		r = alu_two(i->op, memory, second, i->size, &s->rflags);
	if (i->writes)
		put_memory(i, s, r);
	else if (i->register_left && i->op != INSN_CMP)
		put_register(i, s, r);
}

static void apply_one(const struct insn *i, struct insn_state *s)
{
	put_memory(i, s, alu_one(i->op, get_memory(i, s), i->size, &s->rflags));
}

static void apply_shift(const struct insn *i, struct insn_state *s)
{
	put_memory(i, s,
		   alu_shift(i->op, get_memory(i, s), shift_count(i, s), i->size, &s->rflags));
}

static void apply_double_shift(const struct insn *i, struct insn_state *s)
{
	put_memory(i, s,
		   alu_double_shift(i->op == INSN_SHLD, get_memory(i, s), get_register(i, s),
				    shift_count(i, s), i->size, &s->rflags));
}

static void apply_bit(const struct insn *i, struct insn_state *s)
{
	uint64_t offset = i->immediate ? (uint64_t)i->value : s->gpr[i->reg];

	put_memory(i, s,
		   alu_bit(i->op, get_memory(i, s), (unsigned)offset & (8u * i->size - 1),
			   &s->rflags));
}

/* One operand: rDX:rAX = rAX * m, and AX = AL * m8. */
static void apply_multiply(const struct insn *i, struct insn_state *s)
{
	uint64_t high, low;

	low = alu_multiply(i->op == INSN_IMUL, s->gpr[RAX] & alu_mask(i->size), get_memory(i, s),
			   i->size, &high, &s->rflags);
	if (i->size == 1) {
		put(&s->gpr[RAX], 2, high << 8 | low);
		return;
	}
	put(&s->gpr[RAX], i->size, low);
	put(&s->gpr[RDX], i->size, high);
}

static void apply_imul2(const struct insn *i, struct insn_state *s)
{
	uint64_t high;

	put_register(i, s,
		     alu_multiply(true, other(i, s), get_memory(i, s), i->size, &high, &s->rflags));
}

static void apply_mov(const struct insn *i, struct insn_state *s)
{
	if (i->register_left)
		put_register(i, s, get_memory(i, s));
	else
		put_memory(i, s, other(i, s));
}

static void apply_movsx(const struct insn *i, struct insn_state *s)
{
	put_register(i, s, alu_sign_extend(get_memory(i, s), i->size));
}

static void apply_movbe(const struct insn *i, struct insn_state *s)
{
	uint64_t value = i->register_left ? get_memory(i, s) : get_register(i, s);

	value = __builtin_bswap64(value) >> (64 - 8 * i->size);
	if (i->register_left)
		put_register(i, s, value);
	else
		put_memory(i, s, value);
}

static void apply_xchg(const struct insn *i, struct insn_state *s)
{
	uint64_t memory = get_memory(i, s);

	put_memory(i, s, get_register(i, s));
	put_register(i, s, memory);
}

static void apply_xadd(const struct insn *i, struct insn_state *s)
{
	uint64_t memory = get_memory(i, s);

	put_memory(i, s, alu_two(INSN_ADD, memory, get_register(i, s), i->size, &s->rflags));
	put_register(i, s, memory);
}

/* Memory is written in either case, with what it has if the comparison fails. */
static void apply_cmpxchg(const struct insn *i, struct insn_state *s)
{
	uint64_t memory = get_memory(i, s), rax = s->gpr[RAX] & alu_mask(i->size);

	alu_two(INSN_CMP, rax, memory, i->size, &s->rflags);
	if (rax == memory)
		put_memory(i, s, get_register(i, s));
	else
		put(&s->gpr[RAX], i->size, memory);
}

/* rDX:rAX is compared with memory, rCX:rBX written; ZF alone changes. */
static void apply_cmpxchg8b(const struct insn *i, struct insn_state *s)
{
	unsigned half = i->size / 2;
	uint64_t *word = s->memory[0].word, m = alu_mask(half);
	uint64_t low = half == 8 ? word[0] : word[0] & m,
		 high = half == 8 ? word[1] : word[0] >> 32;
	bool equal = low == (s->gpr[RAX] & m) && high == (s->gpr[RDX] & m);

	s->rflags = equal ? s->rflags | FLAG_ZF : s->rflags & ~(uint64_t)FLAG_ZF;
	if (!equal) {
		put(&s->gpr[RAX], half, low);
		put(&s->gpr[RDX], half, high);
	} else if (half == 8) {
		word[0] = s->gpr[RBX];
		word[1] = s->gpr[RCX];
	} else {
		word[0] = (s->gpr[RBX] & m) | s->gpr[RCX] << 32;
	}
}

static void apply_setcc(const struct insn *i, struct insn_state *s)
{
	put_memory(i, s, alu_condition(i->condition, s->rflags));
}

/* A 32-bit destination loses its upper half even if the condition does not hold. */
static void apply_cmovcc(const struct insn *i, struct insn_state *s)
{
	bool holds = alu_condition(i->condition, s->rflags);

	put_register(i, s, holds ? get_memory(i, s) : get_register(i, s));
}

static void move_stack(const struct insn *i, struct insn_state *s)
{
	uint64_t by = i->op == INSN_PUSH ? (uint64_t)0 - i->size : i->size;

	s->memory[1] = s->memory[0];
	put(&s->gpr[RSP], s->stack_size, s->gpr[RSP] + by);
}

static void apply_vector(const struct insn *i, struct insn_state *s)
{
	uint64_t *reg = s->vector.word, *memory = s->memory[0].word;

	if (!i->register_left) {
		for (unsigned n = 0; n < INSN_DATUM_MAX / 8; n++)
			memory[n] = 8 * n < i->size ? reg[n] : 0;
		if (i->size < 8)
			memory[0] &= alu_mask(i->size);
		return;
	}
	/* Memory has zeros above what was read. */
	for (unsigned n = 0; 8 * n < i->reg_size; n++)
		reg[n] = memory[n];
}

static void apply_vector_high(const struct insn *i, struct insn_state *s)
{
	if (i->register_left)
		s->vector.word[1] = s->memory[0].word[0];
	else
		s->memory[0].word[0] = s->vector.word[1];
}

/* Strings: what one element does beside the registers that count it. */

static void element_lods(const struct insn *i, struct insn_state *s)
{
	put(&s->gpr[RAX], i->size, get_memory(i, s));
}

static void element_stos(const struct insn *i, struct insn_state *s)
{
	put_memory(i, s, s->gpr[RAX]);
}

static void element_movs(const struct insn *i, struct insn_state *s)
{
	(void)i;
	s->memory[1] = s->memory[0];
}

static void element_cmps(const struct insn *i, struct insn_state *s)
{
	alu_two(INSN_CMP, get_memory(i, s), s->memory[1].word[0] & alu_mask(i->size), i->size,
		&s->rflags);
}

static void element_scas(const struct insn *i, struct insn_state *s)
{
	alu_two(INSN_CMP, s->gpr[RAX] & alu_mask(i->size), get_memory(i, s), i->size, &s->rflags);
}

typedef void (*apply_function)(const struct insn *i, struct insn_state *s);

static const apply_function functions[INSN_OPS] = {
	/* clang-format off */
	[INSN_ADD ... INSN_CMP]   = apply_two,
	[INSN_ROL ... INSN_SAR]   = apply_shift,
	[INSN_BT ... INSN_BTC]    = apply_bit,
	[INSN_TEST]               = apply_two,
	[INSN_NOT ... INSN_DEC]   = apply_one,
	[INSN_MUL ... INSN_IMUL]  = apply_multiply,
	[INSN_IMUL2]              = apply_imul2,
	[INSN_SHLD ... INSN_SHRD] = apply_double_shift,
	[INSN_MOV]                = apply_mov,
	[INSN_MOVZX]              = apply_mov,
	[INSN_MOVSX]              = apply_movsx,
	[INSN_MOVBE]              = apply_movbe,
	[INSN_XCHG]               = apply_xchg,
	[INSN_XADD]               = apply_xadd,
	[INSN_CMPXCHG]            = apply_cmpxchg,
	[INSN_CMPXCHG8B]          = apply_cmpxchg8b,
	[INSN_SETCC]              = apply_setcc,
	[INSN_CMOVCC]             = apply_cmovcc,
	[INSN_PUSH ... INSN_POP]  = move_stack,
	[INSN_MOVS]               = element_movs,
	[INSN_CMPS]               = element_cmps,
	[INSN_STOS]               = element_stos,
	[INSN_LODS]               = element_lods,
	[INSN_SCAS]               = element_scas,
	[INSN_VECTOR]             = apply_vector,
	[INSN_VECTOR_HIGH]        = apply_vector_high,
	/* clang-format on */
};

/* Index and count registers are as wide as addresses (SDM vol. 2, "REP"). */
static void step(const struct insn *i, uint64_t *reg, uint64_t delta)
{
	put(reg, i->address_size, *reg + delta);
}

/* Moves index and count registers; true if that was the last element. */
static bool advance(const struct insn *i, struct insn_state *s)
{
	uint64_t delta = s->rflags & FLAG_DF ? (uint64_t)0 - i->size : i->size;
	bool compares = i->op == INSN_CMPS || i->op == INSN_SCAS;

	if (i->op != INSN_STOS && i->op != INSN_SCAS)
		step(i, &s->gpr[RSI], delta);
	if (i->op != INSN_LODS)
		step(i, &s->gpr[RDI], delta);
	if (!i->rep)
		return true;
	step(i, &s->gpr[RCX], ~0ull);
	return !(s->gpr[RCX] & alu_mask(i->address_size)) ||
	       (compares && !!(s->rflags & FLAG_ZF) != (i->rep == INSN_REPE));
}

bool insn_apply(const struct insn *i, struct insn_state *s)
{
	bool string = i->op >= INSN_MOVS && i->op <= INSN_SCAS;

	if (string && i->rep && !(s->gpr[RCX] & alu_mask(i->address_size)))
		return true;
	functions[i->op](i, s);
	return string ? advance(i, s) : true;
}

// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/decode.h"

/* What a decoded instruction does to registers, flags and the memory operand. */

#define FLAG_CF          0x001u
#define FLAG_PF          0x004u
#define FLAG_AF          0x010u
#define FLAG_ZF          0x040u
#define FLAG_SF          0x080u
#define FLAG_DF          0x400u
#define FLAG_OF          0x800u
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

enum { RAX = 0, RCX = 1, RSI = 6, RDI = 7 };

static uint64_t mask(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
}

static uint64_t sign_extend(uint64_t value, unsigned size)
{
	unsigned shift = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

static uint64_t get_register(const struct insn *i, const uint64_t *gpr)
{
	uint64_t value = gpr[i->reg & 15];

	return (i->high_byte ? value >> 8 : value) & mask(i->reg_size);
}

/* 32-bit results clear the upper half, 8- and 16-bit results leave the rest. */
static void put(uint64_t *reg, unsigned size, uint64_t value)
{
	if (size >= 4)
		*reg = value & mask(size);
	else
		*reg = (*reg & ~mask(size)) | (value & mask(size));
}

static void put_register(const struct insn *i, uint64_t *gpr, uint64_t value)
{
	uint64_t *reg = &gpr[i->reg & 15];

	if (i->high_byte)
		*reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
	else
		put(reg, i->reg_size, value);
}

/* Carry and overflow of a + b + carry or a - b - carry, by the sign bits as the adder has them. */
static uint64_t add(uint64_t a, uint64_t b, uint64_t carry, unsigned size, uint64_t *flags)
{
	unsigned top = 8 * size - 1;
	uint64_t r = (a + b + carry) & mask(size);
	uint64_t carries = (a & b) | ((a | b) & ~r);

	*flags = (carries >> top & 1 ? FLAG_CF : 0) | (carries & 8 ? FLAG_AF : 0) |
		 ((a ^ r) & (b ^ r) & 1ull << top ? FLAG_OF : 0);
	return r;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t borrow, unsigned size, uint64_t *flags)
{
	unsigned top = 8 * size - 1;
	uint64_t r = (a - b - borrow) & mask(size);
	uint64_t borrows = (~a & b) | (~(a ^ b) & r);

	*flags = (borrows >> top & 1 ? FLAG_CF : 0) | (borrows & 8 ? FLAG_AF : 0) |
		 ((a ^ b) & (a ^ r) & 1ull << top ? FLAG_OF : 0);
	return r;
}

static uint64_t result_flags(uint64_t r, unsigned size)
{
	uint64_t flags = r == 0 ? FLAG_ZF : 0;

	if (r >> (8 * size - 1) & 1)
		flags |= FLAG_SF;
	/* Parity of the low byte only: set when even. */
	return __builtin_parity((unsigned)(r & 0xff)) ? flags : flags | FLAG_PF;
}

/* Two-operand arithmetic; the operands have no bits above `size`. */
static uint64_t compute(unsigned op, uint64_t a, uint64_t b, unsigned size, uint64_t *rflags)
{
	uint64_t carry = *rflags & FLAG_CF, flags = 0, r;

	switch (op) {
	case INSN_ADD:
		r = add(a, b, 0, size, &flags);
		break;
	case INSN_ADC:
		r = add(a, b, carry, size, &flags);
		break;
	case INSN_SBB:
		r = subtract(a, b, carry, size, &flags);
		break;
	case INSN_SUB:
	case INSN_CMP:
		r = subtract(a, b, 0, size, &flags);
		break;
	case INSN_OR:
		r = a | b;
		break;
	case INSN_XOR:
		r = a ^ b;
		break;
	default: /* AND, TEST */
		r = a & b;
	}
	*rflags = (*rflags & ~(uint64_t)FLAGS_ARITHMETIC) | flags | result_flags(r, size);
	return r;
}

/* Adds `delta` within the address size: SDM "REP", the count and index registers are that wide. */
static void step(uint64_t *reg, unsigned address_size, uint64_t delta)
{
	put(reg, address_size, *reg + delta);
}

static bool apply_string(const struct insn *i, uint64_t *gpr, uint64_t rflags, uint64_t *value)
{
	uint64_t delta = rflags & FLAG_DF ? (uint64_t)0 - i->size : i->size;

	if (i->op == INSN_STOS)
		*value = gpr[RAX];
	else
		step(&gpr[RSI], i->address_size, delta);
	*value &= mask(i->size);
	step(&gpr[RDI], i->address_size, delta);
	if (!i->rep)
		return true;
	step(&gpr[RCX], i->address_size, ~0ull);
	return (gpr[RCX] & mask(i->address_size)) == 0;
}

static void apply_arithmetic(const struct insn *i, uint64_t *gpr, uint64_t *rflags, uint64_t memory,
			     uint64_t *value)
{
	uint64_t other = i->immediate ? (uint64_t)i->value & mask(i->size) : get_register(i, gpr);
	uint64_t left = i->register_first ? other : memory;
	uint64_t right = i->register_first ? memory : other;
	uint64_t r = compute(i->op, left, right, i->size, rflags);

	if (i->to_register)
		put_register(i, gpr, r);
	else if (i->writes)
		*value = r;
}

bool insn_apply(const struct insn *i, uint64_t *gpr, uint64_t *rflags, uint64_t *value)
{
	uint64_t memory = *value & mask(i->size), other;

	switch (i->op) {
	case INSN_STOS:
	case INSN_MOVS:
		return apply_string(i, gpr, *rflags, value);
	case INSN_MOVZX:
		put_register(i, gpr, memory);
		break;
	case INSN_MOVSX:
		put_register(i, gpr, sign_extend(memory, i->size));
		break;
	case INSN_MOV:
	case INSN_XCHG:
		other = i->immediate ? (uint64_t)i->value : get_register(i, gpr);
		if (i->to_register)
			put_register(i, gpr, memory);
		if (i->writes)
			*value = other & mask(i->size);
		break;
	case INSN_BT: /* CF alone */
		*rflags &= ~(uint64_t)FLAG_CF;
		*rflags |= memory >> ((uint64_t)i->value & (8u * i->size - 1)) & 1;
		break;
	default:
		apply_arithmetic(i, gpr, rflags, memory, value);
	}
	return true;
}

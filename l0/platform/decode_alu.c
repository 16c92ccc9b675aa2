// SPDX-License-Identifier: Apache-2.0
#include "platform/decode_alu.h"

#include "platform/decode.h"

#define FLAG_CF          0x001u
#define FLAG_PF          0x004u
#define FLAG_AF          0x010u
#define FLAG_ZF          0x040u
#define FLAG_SF          0x080u
#define FLAG_OF          0x800u
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static bool top_bit(uint64_t value, unsigned size)
{
	return value >> (8 * size - 1) & 1;
}

static void set_flags(uint64_t *rflags, uint64_t which, uint64_t flags)
{
	*rflags = (*rflags & ~which) | (flags & which);
}

/* Carry and overflow of a + b + carry or a - b - carry, by the sign bits as the adder has them. */
static uint64_t add(uint64_t a, uint64_t b, uint64_t carry, unsigned size, uint64_t *flags)
{
	uint64_t r = (a + b + carry) & alu_mask(size);
	uint64_t carries = (a & b) | ((a | b) & ~r);

	*flags = (top_bit(carries, size) ? FLAG_CF : 0) | (carries & 8 ? FLAG_AF : 0) |
		 (top_bit((a ^ r) & (b ^ r), size) ? FLAG_OF : 0);
	return r;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t borrow, unsigned size, uint64_t *flags)
{
	uint64_t r = (a - b - borrow) & alu_mask(size);
	uint64_t borrows = (~a & b) | (~(a ^ b) & r);

	*flags = (top_bit(borrows, size) ? FLAG_CF : 0) | (borrows & 8 ? FLAG_AF : 0) |
		 (top_bit((a ^ b) & (a ^ r), size) ? FLAG_OF : 0);
	return r;
}

static uint64_t result_flags(uint64_t r, unsigned size)
{
	uint64_t flags = r == 0 ? FLAG_ZF : 0;

	if (top_bit(r, size))
		flags |= FLAG_SF;
	/* Parity of the low byte only: set when even. */
	return __builtin_parity((unsigned)(r & 0xff)) ? flags : flags | FLAG_PF;
}

uint64_t alu_two(unsigned op, uint64_t a, uint64_t b, unsigned size, uint64_t *rflags)
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
	set_flags(rflags, FLAGS_ARITHMETIC, flags | result_flags(r, size));
	return r;
}

uint64_t alu_one(unsigned op, uint64_t a, unsigned size, uint64_t *rflags)
{
	uint64_t flags, kept = 0, r;

	if (op == INSN_NOT)
		return ~a & alu_mask(size);
	if (op == INSN_NEG) {
		r = subtract(0, a, 0, size, &flags);
	} else { /* CF stays */
		r = op == INSN_INC ? add(a, 1, 0, size, &flags) : subtract(a, 1, 0, size, &flags);
		kept = FLAG_CF;
	}
	set_flags(rflags, FLAGS_ARITHMETIC & ~kept, flags | result_flags(r, size));
	return r;
}

/* Rotates within `bits` bits; @count is below that. */
static uint64_t rotate_left(uint64_t a, unsigned count, unsigned bits)
{
	return count ? a << count | a >> (bits - count) : a;
}

/* A rotation changes CF and OF alone; OF as for one bit, it is undefined for more. */
static uint64_t rotate(unsigned op, uint64_t a, unsigned count, unsigned size, uint64_t *rflags)
{
	unsigned bits = 8 * size,
		 left = op == INSN_ROL ? count % bits : (bits - count % bits) % bits;
	uint64_t r = rotate_left(a, left, bits) & alu_mask(size);
	bool carry = op == INSN_ROL ? r & 1 : top_bit(r, size);
	bool overflow = op == INSN_ROL ? carry != top_bit(r, size) : top_bit(r ^ r << 1, size);

	set_flags(rflags, FLAG_CF | FLAG_OF, (carry ? FLAG_CF : 0) | (overflow ? FLAG_OF : 0));
	return r;
}

/* Through the carry, bit by bit: at most 63 of them. */
static uint64_t rotate_carry(bool left, uint64_t a, unsigned count, unsigned size, uint64_t *rflags)
{
	uint64_t carry = *rflags & FLAG_CF;
	bool overflow;

	for (count %= size < 4 ? 8 * size + 1 : 64; count; count--) {
		uint64_t out = left ? top_bit(a, size) : a & 1;

		a = left ? a << 1 | carry : a >> 1 | carry << (8 * size - 1);
		a &= alu_mask(size);
		carry = out;
	}
	overflow = left ? carry != top_bit(a, size) : top_bit(a ^ a << 1, size);
	set_flags(rflags, FLAG_CF | FLAG_OF, carry | (overflow ? FLAG_OF : 0));
	return a;
}

/* @wide: the operand as it is shifted, sign-extended for SAR; @count is at least 1. */
static uint64_t shift_right(uint64_t wide, unsigned count, bool sign, bool *carry)
{
	uint64_t before = sign ? (uint64_t)((int64_t)wide >> (count - 1)) : wide >> (count - 1);

	*carry = before & 1;
	return sign ? (uint64_t)((int64_t)before >> 1) : before >> 1;
}

static uint64_t shift(unsigned op, uint64_t a, unsigned count, unsigned size, uint64_t *rflags)
{
	bool carry, overflow;
	uint64_t r;

	if (op == INSN_SHL || op == INSN_SAL) {
		r = a << (count - 1);
		carry = top_bit(r, size);
		r <<= 1;
		overflow = carry != top_bit(r, size);
	} else {
		bool sign = op == INSN_SAR;

		r = shift_right(sign ? alu_sign_extend(a, size) : a, count, sign, &carry);
		overflow = !sign && top_bit(a, size);
	}
	r &= alu_mask(size);
	set_flags(rflags, FLAGS_ARITHMETIC,
		  result_flags(r, size) | (carry ? FLAG_CF : 0) | (overflow ? FLAG_OF : 0));
	return r;
}

uint64_t alu_shift(unsigned op, uint64_t a, unsigned count, unsigned size, uint64_t *rflags)
{
	count &= size == 8 ? 63 : 31;
	if (count == 0)
		return a;
	if (op == INSN_ROL || op == INSN_ROR)
		return rotate(op, a, count, size, rflags);
	if (op == INSN_RCL || op == INSN_RCR) {
		/* A whole turn through the carry changes nothing, the flags neither. */
		return size < 4 && count % (8 * size + 1) == 0
			       ? a
			       : rotate_carry(op == INSN_RCL, a, count, size, rflags);
	}
	return shift(op, a, count, size, rflags);
}

uint64_t alu_double_shift(bool left, uint64_t a, uint64_t b, unsigned count, unsigned size,
			  uint64_t *rflags)
{
	unsigned bits = 8 * size;
	uint64_t r = a, carry = 0;

	count &= size == 8 ? 63 : 31;
	if (count == 0)
		return a;
	for (unsigned i = 0; i < count; i++) { /* at most 63 */
		uint64_t in = left ? b >> (bits - 1 - i % bits) & 1 : b >> i % bits & 1;

		carry = left ? top_bit(r, size) : r & 1;
		r = left ? r << 1 | in : r >> 1 | in << (bits - 1);
		r &= alu_mask(size);
	}
	set_flags(rflags, FLAGS_ARITHMETIC,
		  result_flags(r, size) | carry | (top_bit(a ^ r, size) ? FLAG_OF : 0));
	return r;
}

uint64_t alu_bit(unsigned op, uint64_t a, unsigned bit, uint64_t *rflags)
{
	uint64_t which = 1ull << bit;

	set_flags(rflags, FLAG_CF, a >> bit & 1);
	switch (op) {
	case INSN_BTS:
		return a | which;
	case INSN_BTR:
		return a & ~which;
	case INSN_BTC:
		return a ^ which;
	default:
		return a;
	}
}

uint64_t alu_multiply(bool sign, uint64_t a, uint64_t b, unsigned size, uint64_t *high,
		      uint64_t *rflags)
{
	unsigned __int128 product;
	uint64_t low, expected;

	if (sign)
		product = (unsigned __int128)((__int128)(int64_t)alu_sign_extend(a, size) *
					      (int64_t)alu_sign_extend(b, size));
	else
		product = (unsigned __int128)a * b;
	low = (uint64_t)product & alu_mask(size);
	*high = (uint64_t)(product >> 8 * size) & alu_mask(size);
	expected = sign && top_bit(low, size) ? alu_mask(size) : 0;
	set_flags(rflags, FLAGS_ARITHMETIC,
		  result_flags(low, size) | (*high != expected ? FLAG_CF | FLAG_OF : 0));
	return low;
}

bool alu_condition(unsigned condition, uint64_t rflags)
{
	bool sign_differs = !(rflags & FLAG_SF) != !(rflags & FLAG_OF);
	const bool holds[8] = {
		rflags & FLAG_OF, rflags & FLAG_CF,
		rflags & FLAG_ZF, rflags & (FLAG_CF | FLAG_ZF),
		rflags & FLAG_SF, rflags & FLAG_PF,
		sign_differs,     sign_differs || (rflags & FLAG_ZF),
	};

	return holds[condition >> 1 & 7] != (condition & 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic and its flags, for decode_apply.c alone. Operands have no bits above `size` bytes. */
#ifndef PLATFORM_DECODE_ALU_H
#define PLATFORM_DECODE_ALU_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t alu_mask(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
}

static inline uint64_t alu_sign_extend(uint64_t value, unsigned size)
{
	unsigned shift = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

/* ADD to CMP and TEST: the result; all six flags (AF is 0 after logic, where it is undefined). */
uint64_t alu_two(unsigned op, uint64_t a, uint64_t b, unsigned size, uint64_t *rflags);

/* NOT, NEG, INC, DEC. */
uint64_t alu_one(unsigned op, uint64_t a, unsigned size, uint64_t *rflags);

/* ROL to SAR by so many bits; the count is masked as the processor does. */
uint64_t alu_shift(unsigned op, uint64_t a, unsigned count, unsigned size, uint64_t *rflags);

/* SHLD (left) and SHRD: what comes in is taken from @b. */
uint64_t alu_double_shift(bool left, uint64_t a, uint64_t b, unsigned count, unsigned size,
			  uint64_t *rflags);

/* BT to BTC of one bit, which becomes CF. */
uint64_t alu_bit(unsigned op, uint64_t a, unsigned bit, uint64_t *rflags);

/* MUL and IMUL: the low half, *high the other one; CF and OF tell whether that is needed. */
uint64_t alu_multiply(bool sign, uint64_t a, uint64_t b, unsigned size, uint64_t *high,
		      uint64_t *rflags);

/* The condition of Jcc, SETcc and CMOVcc: the low four bits of the opcode. */
bool alu_condition(unsigned condition, uint64_t rflags);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The opcode map, as far as there are memory operands to emulate: for the decoder alone. */
#ifndef PLATFORM_DECODE_TABLE_H
#define PLATFORM_DECODE_TABLE_H

#include <stdint.h>

/* How the operands of an opcode stand. */
enum insn_form {
	FORM_UNKNOWN,     /* not emulated, or no memory operand */
	FORM_UNDEFINED,   /* #UD in every mode */
	FORM_UNDEFINED64, /* #UD in 64-bit mode, else not emulated */
	FORM_SAME,        /* in a group: the form of the opcode */
	FORM_RM,          /* ModRM, memory alone */
	FORM_RM_R,        /* ModRM, memory is the destination */
	FORM_R_RM,        /* ModRM, the register is the destination */
	FORM_RM_IMM,      /* ModRM, immediate of the operand's size (at most 4 bytes) */
	FORM_RM_IMM8,     /* ModRM, sign-extended byte */
	FORM_RM_CL,       /* ModRM, the count is CL */
	FORM_RM_ONE,      /* ModRM, the count is 1 */
	FORM_R_RM_IMM,    /* three operands */
	FORM_R_RM_IMM8,
	FORM_RM_R_IMM8, /* double shifts */
	FORM_RM_R_CL,
	FORM_MOFFS_R, /* absolute address, memory is the destination, RAX the source */
	FORM_R_MOFFS,
	FORM_STRING,
};

/* Flags of a row. */
#define ROW_BYTE     0x001 /* 8-bit memory operand whatever the prefixes say */
#define ROW_WORD     0x002 /* 16-bit memory operand, for MOVZX and MOVSX */
#define ROW_STACK    0x004 /* PUSH and POP: 64 bits, or 16, in 64-bit mode */
#define ROW_WIDE     0x008 /* MOVNTI: 32 or 64 bits, no prefix makes it 16 */
#define ROW_PAIR     0x010 /* CMPXCHG8B, 16B: twice 32 or 64 bits */
#define ROW_PLAIN    0x020 /* F2 or F3 make another instruction of it */
#define ROW_LONG     0x040 /* another instruction outside of 64-bit mode */
#define ROW_NOT_LONG 0x080 /* #UD in 64-bit mode */
#define ROW_BITS     0x100 /* the register's value moves the address */
#define ROW_GROUP    0x200 /* the reg field of ModRM chooses: `op` is the group */

struct opcode {
	uint8_t form;
	uint8_t op;
	uint16_t flags;
};

/* The maps of one byte, of 0F xx and of 0F 38 xx. */
enum insn_map { MAP_ONE, MAP_0F, MAP_0F38, MAP_COUNT };
extern const struct opcode insn_opcodes[MAP_COUNT][256];
extern const struct opcode insn_groups[][8];

/*
 * SSE and AVX moves: chosen by the mandatory prefix as well. Where no row fits, the other table
 * speaks.
 */
enum insn_prefix { PREFIX_NONE, PREFIX_66, PREFIX_F3, PREFIX_F2 }; /* as VEX.pp counts them */

#define VECTOR_STORE  0x01 /* memory is the destination */
#define VECTOR_PACKED 0x02 /* the whole register: 16 bytes, or 32 by VEX.L */
#define VECTOR_W      0x04 /* 4 bytes, or 8 by REX.W or VEX.W */
#define VECTOR_HIGH   0x08 /* bits 127:64 */
#define VECTOR_SCALAR 0x20 /* VEX.L means nothing */
#define VECTOR_MERGE  0x10 /* a load keeps the rest: with VEX it has three operands */

struct vector_row {
	uint8_t map, prefix, opcode;
	uint8_t size; /* bytes, unless the flags say */
	uint8_t flags;
};

/* The row, or NULL. */
const struct vector_row *insn_vector_row(enum insn_map map, enum insn_prefix prefix,
					 uint8_t opcode);

#endif

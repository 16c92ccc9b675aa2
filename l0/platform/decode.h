/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_DECODE_H
#define PLATFORM_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Instructions with a memory operand, taken apart and carried out where the processor cannot: on
 * device registers, on an empty bus, across the end of RAM. Pure: bytes and registers in, the
 * accesses that are due, and what they do to registers, flags and memory. SDM volume 2.
 *
 *   insn_decode()    what the bytes say
 *   insn_accesses()  which memory it touches: segment and offset, one or two operands
 *                    (the caller translates them and reads those that are read)
 *   insn_apply()     the operation
 *                    (the caller writes those that are written)
 */

#define INSN_LENGTH_MAX   15
#define INSN_ACCESSES_MAX 2
#define INSN_DATUM_MAX    32 /* bytes of the largest memory operand: a YMM register */

enum insn_mode {
	INSN_16, /* default operand and address size 16: real mode, CS.D = 0 */
	INSN_32, /* CS.D = 1 */
	INSN_64, /* 64-bit code */
};

enum insn_op {
	/* The eight of opcodes 00H to 3FH, in encoding order. */
	INSN_ADD,
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	/* The eight shifts of group 2, in encoding order; 6 is an undocumented twin of 4. */
	INSN_ROL,
	INSN_ROR,
	INSN_RCL,
	INSN_RCR,
	INSN_SHL,
	INSN_SHR,
	INSN_SAL,
	INSN_SAR,
	/* The four of group 8, in encoding order. */
	INSN_BT,
	INSN_BTS,
	INSN_BTR,
	INSN_BTC,
	INSN_TEST,
	INSN_NOT,
	INSN_NEG,
	INSN_INC,
	INSN_DEC,
	INSN_MUL,
	INSN_IMUL,  /* one operand: the result goes to rDX:rAX */
	INSN_IMUL2, /* two or three operands */
	INSN_SHLD,
	INSN_SHRD,
	INSN_MOV,
	INSN_MOVZX,
	INSN_MOVSX,
	INSN_MOVBE,
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_CMPXCHG8B, /* 16B as well: by size */
	INSN_SETCC,
	INSN_CMOVCC,
	INSN_PUSH,
	INSN_POP,
	INSN_MOVS,
	INSN_CMPS,
	INSN_STOS,
	INSN_LODS,
	INSN_SCAS,
	INSN_VECTOR,      /* MOVUPS and its like, scalar and packed */
	INSN_VECTOR_HIGH, /* MOVHPS: bits 127:64 of the register */
	INSN_OPS
};

enum insn_verdict {
	INSN_DECODED,
	INSN_SHORT,     /* the bytes given do not hold all of it */
	INSN_TOO_LONG,  /* over 15 bytes: #GP */
	INSN_UNDEFINED, /* the processor refuses it: #UD */
	INSN_UNKNOWN,   /* no memory operand, or one that is not emulated */
};

enum insn_rep {
	INSN_REP_NONE,
	INSN_REPNE, /* F2 */
	INSN_REPE,  /* F3, also plain REP */
};

#define INSN_NO_REGISTER 0xff

struct insn {
	uint8_t op;           /* enum insn_op */
	uint8_t length;       /* bytes of the instruction */
	uint8_t size;         /* bytes of the memory operand */
	uint8_t reg_size;     /* bytes of the register operand */
	uint8_t reg;          /* 0 to 15 in hardware order */
	uint8_t address_size; /* bytes: 2, 4, 8 */
	uint8_t rep;          /* enum insn_rep, of a string instruction */
	uint8_t condition;    /* of SETcc and CMOVcc, as in the opcode */
	bool high_byte;       /* AH, CH, DH, BH: `reg` is 0 to 3 */
	bool immediate;       /* the other operand is `value`, not a register */
	bool by_cl;           /* a shift's count is CL */
	bool register_left;   /* the register is the left operand, and takes the result */
	bool reads;           /* memory is read */
	bool writes;          /* memory is written */
	bool lock;
	bool bit_string; /* BT and its like with a register: the address depends on its value */
	bool vector;     /* `reg` is an XMM or YMM register */
	bool vex;        /* what is above the result in that register becomes 0 */
	/* The address: segment in the order of instruction encodings, ES CS SS DS FS GS. */
	uint8_t segment;
	uint8_t base, index; /* INSN_NO_REGISTER: none */
	uint8_t scale;       /* log2 */
	bool rip_relative;   /* the base is the address of the next instruction */
	int64_t displacement;
	int64_t value; /* immediate, sign-extended */
};

/* What insn_decode() made of @len bytes at @bytes; *out is complete for INSN_DECODED alone. */
enum insn_verdict insn_decode(const uint8_t *bytes, unsigned len, enum insn_mode mode,
			      struct insn *out);

struct insn_datum {
	uint64_t word[INSN_DATUM_MAX / 8]; /* little-endian, 0 above the operand's size */
};

/* The state that an instruction works on. */
struct insn_state {
	uint64_t *gpr; /* RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15 */
	uint64_t rflags;
	uint64_t rip;       /* of the instruction */
	uint8_t stack_size; /* bytes of the stack pointer, for PUSH and POP: 2, 4, 8 */
	/* The register of insn->vector, 32 bytes of it: before, and after if register_left. */
	struct insn_datum vector;
	struct insn_datum memory[INSN_ACCESSES_MAX]; /* by access */
};

struct insn_access {
	uint64_t offset; /* in the segment, within the address size */
	uint8_t segment;
	uint8_t size; /* bytes */
	bool reads, writes;
};

/*
 * The memory that the instruction touches, in the order in which the processor does; how many. 0:
 * a repeated instruction whose count is 0.
 */
unsigned insn_accesses(const struct insn *insn, const struct insn_state *s,
		       struct insn_access out[INSN_ACCESSES_MAX]);

/*
 * Does the operation: s->memory[] holds what was read and becomes what is to be written. String
 * instructions do one element and update RCX, RSI and RDI. True: the instruction is complete (RIP
 * moves by length); false: it goes on with the next element.
 */
bool insn_apply(const struct insn *insn, struct insn_state *s);

#endif

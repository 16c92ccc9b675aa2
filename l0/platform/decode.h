/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_DECODE_H
#define PLATFORM_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/* Decoder for the instructions that access MMIO; pure. SDM volume 2, appendix "Opcode Map". */

#define INSN_LENGTH_MAX 15

enum insn_mode {
	INSN_16, /* default operand and address size 16: real mode, CS.D = 0 */
	INSN_32, /* CS.D = 1 */
	INSN_64, /* 64-bit code */
};

enum insn_op {
	INSN_MOV,
	INSN_MOVZX,
	INSN_MOVSX,
	INSN_ADD,
	INSN_OR,
	INSN_ADC,
	INSN_SBB,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	INSN_TEST,
	INSN_XCHG,
	INSN_BT,
	INSN_STOS,
	INSN_MOVS,
};

struct insn {
	uint8_t op;           /* enum insn_op */
	uint8_t length;       /* bytes of the instruction */
	uint8_t size;         /* bytes of the memory operand */
	uint8_t reg_size;     /* bytes of the register operand */
	uint8_t reg;          /* 0 to 15 in hardware order */
	uint8_t address_size; /* bytes: 2, 4, 8 */
	bool high_byte;       /* AH, CH, DH, BH: `reg` is 0 to 3 */
	bool immediate;       /* the other operand is `value`, not a register */
	bool to_register;     /* the result goes to the register */
	bool register_first;  /* the register is the left operand: CMP r, r/m */
	bool reads;           /* memory is read */
	bool writes;          /* memory is written */
	bool rep;             /* string instruction with REP */
	bool lock;
	int64_t value; /* immediate, sign-extended */
};

/* 0, or -1 if this is no instruction for MMIO or `len` bytes do not hold all of it. */
int insn_decode(const uint8_t *bytes, unsigned len, enum insn_mode mode, struct insn *out);

/*
 * Does the operation. `gpr` is RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15; `*value` is what
 * was read from memory when insn->reads, and becomes what to write when insn->writes. For MOVS it
 * is the datum moved. String instructions do one element and update RCX, RSI and RDI. Returns true
 * when the instruction is complete (RIP moves by length), false if REP goes on.
 */
bool insn_apply(const struct insn *insn, uint64_t *gpr, uint64_t *rflags, uint64_t *value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an instruction as they are read, one after the other: for decode.c alone. */
#ifndef PLATFORM_DECODE_BYTES_H
#define PLATFORM_DECODE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/decode.h"
#include "platform/decode_table.h"

#define INSN_NO_SEGMENT 0xff

#define REX_W 8u
#define REX_R 4u
#define REX_X 2u
#define REX_B 1u

/* Where the reading stands, and what the prefixes said. */
struct insn_cursor {
	const uint8_t *bytes;
	unsigned length; /* of them, at most INSN_LENGTH_MAX */
	unsigned at;
	bool bad; /* they ran out: what is read from then on is 0 */
	enum insn_mode mode;
	bool operand_size; /* prefix 66 */
	bool address_size; /* prefix 67 */
	uint8_t repeat;    /* enum insn_rep: the last of F2 and F3 */
	uint8_t segment;   /* the last override, or INSN_NO_SEGMENT */
	uint8_t rex;       /* counts only right before the opcode */
	bool vex, vex_256;
	uint8_t vex_v; /* the register of VEX.vvvv; 0: none, as it must be here */
	uint8_t vex_pp;
	enum insn_map map;
	uint8_t opcode;
};

/* Prefixes, map and opcode. False: #UD. */
bool insn_read_opcode(struct insn_cursor *c, struct insn *out);

/* ModRM, SIB and displacement; *reg is its middle field. False if the operand is a register. */
bool insn_read_modrm(struct insn_cursor *c, struct insn *out, unsigned *reg);

/* An absolute address of the address size. */
void insn_read_moffs(struct insn_cursor *c, struct insn *out);

/* Little-endian, sign-extended, of so many bytes. */
int64_t insn_read_signed(struct insn_cursor *c, unsigned size);

/* The stack's registers have its segment; in 64-bit mode only FS and GS can be chosen. */
void insn_choose_segment(const struct insn_cursor *c, struct insn *out);

#endif

// SPDX-License-Identifier: Apache-2.0
#include "platform/decode.h"

#include <stddef.h>

#include "lib/string.h"

/* How the operands of an opcode stand. */
enum form {
	FORM_NONE,
	FORM_RM_R,    /* ModRM, memory is the destination */
	FORM_R_RM,    /* ModRM, the register is the destination */
	FORM_RM_IMM,  /* ModRM, immediate of the operand's size (at most 4 bytes) */
	FORM_RM_IMM8, /* ModRM, sign-extended byte */
	FORM_MOFFS_R, /* absolute address, memory is the destination, RAX the source */
	FORM_R_MOFFS,
	FORM_STRING,
};

/* Flags of a row. */
#define BYTE  0x01 /* 8-bit memory operand whatever the prefixes say */
#define WORD  0x02 /* 16-bit memory operand, for MOVZX and MOVSX */
#define GROUP 0x04 /* the reg field of ModRM chooses the operation */

struct opcode {
	uint8_t form;
	uint8_t op;
	uint8_t flags;
};

/* The eight operations of opcodes 00H to 3FH and of group 1, in encoding order. */
static const uint8_t arithmetic[8] = {
	INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR, INSN_CMP,
};

#define ARITHMETIC(base, op)                                                                       \
	[(base)] = {FORM_RM_R, op, BYTE}, [(base) + 1] = {FORM_RM_R, op, 0},                       \
	[(base) + 2] = {FORM_R_RM, op, BYTE}, [(base) + 3] = {FORM_R_RM, op, 0}

static const struct opcode one_byte[256] = {
	/* clang-format off */
	ARITHMETIC(0x00, INSN_ADD),
	ARITHMETIC(0x08, INSN_OR),
	ARITHMETIC(0x10, INSN_ADC),
	ARITHMETIC(0x18, INSN_SBB),
	ARITHMETIC(0x20, INSN_AND),
	ARITHMETIC(0x28, INSN_SUB),
	ARITHMETIC(0x30, INSN_XOR),
	ARITHMETIC(0x38, INSN_CMP),
	[0x63] = { FORM_R_RM,    INSN_MOVSX, 0 }, /* MOVSXD, in 64-bit mode only */
	[0x80] = { FORM_RM_IMM8, INSN_ADD,   BYTE | GROUP },
	[0x81] = { FORM_RM_IMM,  INSN_ADD,   GROUP },
	[0x83] = { FORM_RM_IMM8, INSN_ADD,   GROUP },
	[0x84] = { FORM_RM_R,    INSN_TEST,  BYTE },
	[0x85] = { FORM_RM_R,    INSN_TEST,  0 },
	[0x86] = { FORM_RM_R,    INSN_XCHG,  BYTE },
	[0x87] = { FORM_RM_R,    INSN_XCHG,  0 },
	[0x88] = { FORM_RM_R,    INSN_MOV,   BYTE },
	[0x89] = { FORM_RM_R,    INSN_MOV,   0 },
	[0x8a] = { FORM_R_RM,    INSN_MOV,   BYTE },
	[0x8b] = { FORM_R_RM,    INSN_MOV,   0 },
	[0xa0] = { FORM_R_MOFFS, INSN_MOV,   BYTE },
	[0xa1] = { FORM_R_MOFFS, INSN_MOV,   0 },
	[0xa2] = { FORM_MOFFS_R, INSN_MOV,   BYTE },
	[0xa3] = { FORM_MOFFS_R, INSN_MOV,   0 },
	[0xa4] = { FORM_STRING,  INSN_MOVS,  BYTE },
	[0xa5] = { FORM_STRING,  INSN_MOVS,  0 },
	[0xaa] = { FORM_STRING,  INSN_STOS,  BYTE },
	[0xab] = { FORM_STRING,  INSN_STOS,  0 },
	[0xc6] = { FORM_RM_IMM8, INSN_MOV,   BYTE },
	[0xc7] = { FORM_RM_IMM,  INSN_MOV,   0 },
	[0xf6] = { FORM_RM_IMM8, INSN_TEST,  BYTE },
	[0xf7] = { FORM_RM_IMM,  INSN_TEST,  0 },
	/* clang-format on */
};

/* 0F xx; BT with a register would address memory beyond the operand, so only the immediate. */
static const struct opcode two_byte[256] = {
	[0xb6] = {FORM_R_RM, INSN_MOVZX, BYTE}, [0xb7] = {FORM_R_RM, INSN_MOVZX, WORD},
	[0xba] = {FORM_RM_IMM8, INSN_BT, 0},    [0xbe] = {FORM_R_RM, INSN_MOVSX, BYTE},
	[0xbf] = {FORM_R_RM, INSN_MOVSX, WORD},
};

/* The bytes being read; `bad` once they ran out. */
struct cursor {
	const uint8_t *bytes;
	unsigned length;
	unsigned at;
	bool bad;
	enum insn_mode mode;
	bool operand_size; /* prefix 66 */
	uint8_t rex;
	uint8_t opcode;
	bool two_bytes;
};

static uint8_t next(struct cursor *c)
{
	if (c->at >= c->length || c->at >= INSN_LENGTH_MAX) {
		c->bad = true;
		return 0;
	}
	return c->bytes[c->at++];
}

/* Little-endian, sign-extended. */
static int64_t next_signed(struct cursor *c, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)next(c) << 8 * i;
	if (size < 8 && value >> (8 * size - 1))
		value |= ~0ull << 8 * size;
	return (int64_t)value;
}

static void skip(struct cursor *c, unsigned bytes)
{
	while (bytes-- != 0)
		next(c);
}

/* Reads legacy prefixes and REX; returns the byte after them. */
static uint8_t prefixes(struct cursor *c, struct insn *out)
{
	bool address = false;

	for (;;) {
		uint8_t b = next(c);

		switch (b) {
		case 0x66:
			c->operand_size = true;
			break;
		case 0x67:
			address = true;
			break;
		case 0xf0:
			out->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			out->rep = true;
			break;
		case 0x26: /* segments: the exit already names the address */
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			break;
		default:
			if (c->mode == INSN_64 && (b & 0xf0) == 0x40 && !c->bad) {
				c->rex = b; /* counts only right before the opcode */
				b = next(c);
			}
			if (c->mode == INSN_64)
				out->address_size = address ? 4 : 8;
			else
				out->address_size = (c->mode == INSN_32) != address ? 4 : 2;
			return b;
		}
	}
}

static unsigned operand_size(const struct cursor *c)
{
	if (c->rex & 8)
		return 8;
	return (c->mode == INSN_16) != c->operand_size ? 2 : 4;
}

/* Displacement of 16-bit addressing: mod 1 has a byte, mod 2 a word, [disp16] is mod 0 rm 6. */
static unsigned displacement16(unsigned mod, unsigned rm)
{
	return mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
}

/* Reads ModRM, SIB and displacement; false if the operand is a register. */
static bool modrm(struct cursor *c, struct insn *out, unsigned *reg)
{
	uint8_t byte = next(c);
	unsigned mod = byte >> 6, rm = byte & 7;

	*reg = byte >> 3 & 7;
	if (mod == 3)
		return false;
	if (out->address_size == 2) {
		skip(c, displacement16(mod, rm));
		return true;
	}
	/* A SIB byte whose base is 5 has a displacement even with mod 0. */
	if (rm == 4)
		rm = next(c) & 7;
	if (mod == 1)
		skip(c, 1);
	else if (mod == 2 || rm == 5)
		skip(c, 4);
	return true;
}

/* Chooses the register: without REX byte operands 4 to 7 are AH, CH, DH and BH. */
static void choose_register(const struct cursor *c, struct insn *out, unsigned reg)
{
	out->reg = (uint8_t)(reg | (c->rex & 4 ? 8 : 0));
	if (out->reg_size == 1 && c->rex == 0 && reg >= 4) {
		out->high_byte = true;
		out->reg = (uint8_t)(reg - 4);
	}
}

/* The operation of a group; false if this member does not access memory as we understand it. */
static bool choose_member(const struct cursor *c, struct insn *out, unsigned reg, bool group)
{
	if (group) {
		out->op = arithmetic[reg];
		return true;
	}
	if (out->op == INSN_BT)
		return reg == 4;
	if (out->op == INSN_TEST && c->opcode >= 0xf6)
		return reg <= 1; /* 1 is an undocumented twin */
	return reg == 0;         /* C6 and C7 */
}

static bool operands(struct cursor *c, const struct opcode *row, struct insn *out)
{
	unsigned reg = 0;

	switch (row->form) {
	case FORM_STRING:
		return true;
	case FORM_R_MOFFS:
	case FORM_MOFFS_R:
		skip(c, out->address_size);
		return true;
	case FORM_RM_R:
	case FORM_R_RM:
		if (!modrm(c, out, &reg))
			return false;
		choose_register(c, out, reg);
		return true;
	case FORM_RM_IMM:
	case FORM_RM_IMM8:
		if (!modrm(c, out, &reg) || !choose_member(c, out, reg, row->flags & GROUP))
			return false;
		out->immediate = true;
		/* An immediate has at most 32 bits and is sign-extended to 64. */
		out->value = next_signed(c, row->form == FORM_RM_IMM8 ? 1
					    : out->size == 8          ? 4
								      : out->size);
		return true;
	}
	return false;
}

/* Which way the data goes, from operation and form. */
static void direction(const struct opcode *row, struct insn *out)
{
	bool compares = out->op == INSN_CMP || out->op == INSN_TEST || out->op == INSN_BT;
	bool moves = out->op == INSN_MOV || out->op == INSN_STOS;
	bool to_register = row->form == FORM_R_RM || row->form == FORM_R_MOFFS;

	out->register_first = to_register;
	out->writes = !to_register && !compares;
	out->reads = !(out->writes && moves);
	out->to_register = (to_register && !compares) || out->op == INSN_XCHG;
}

/* LOCK is allowed with a read-modify-write of memory, else the processor raises #UD. */
static bool lock_allowed(const struct insn *out)
{
	return !out->lock || (out->reads && out->writes && out->op != INSN_MOVS);
}

int insn_decode(const uint8_t *bytes, unsigned len, enum insn_mode mode, struct insn *out)
{
	struct cursor c = {.bytes = bytes, .length = len, .mode = mode};
	const struct opcode *row;

	memset(out, 0, sizeof(*out));
	c.opcode = prefixes(&c, out);
	c.two_bytes = c.opcode == 0x0f;
	if (c.two_bytes)
		c.opcode = next(&c);
	row = c.two_bytes ? &two_byte[c.opcode] : &one_byte[c.opcode];
	if (c.bad || row->form == FORM_NONE)
		return -1;
	/* Opcode 63H is another instruction outside 64-bit mode. */
	if (c.opcode == 0x63 && mode != INSN_64)
		return -1;
	out->op = row->op;
	out->reg_size = out->size = (uint8_t)(row->flags & BYTE ? 1 : operand_size(&c));
	if (row->op == INSN_MOVZX || row->op == INSN_MOVSX) {
		out->reg_size = (uint8_t)operand_size(&c);
		out->size = row->flags & BYTE ? 1 : row->flags & WORD ? 2 : 4;
	}
	if (!operands(&c, row, out) || c.bad)
		return -1;
	direction(row, out);
	out->rep = out->rep && row->form == FORM_STRING;
	out->length = (uint8_t)c.at;
	return lock_allowed(out) ? 0 : -1;
}

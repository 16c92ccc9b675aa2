// SPDX-License-Identifier: Apache-2.0
#include "platform/decode.h"

#include <stddef.h>

#include "lib/string.h"
#include "platform/decode_bytes.h"
#include "platform/decode_table.h"

static unsigned address_size(const struct insn_cursor *c)
{
	if (c->mode == INSN_64)
		return c->address_size ? 4 : 8;
	return (c->mode == INSN_32) != c->address_size ? 4 : 2;
}

static unsigned operand_size(const struct insn_cursor *c)
{
	if (c->rex & REX_W)
		return 8;
	return (c->mode == INSN_16) != c->operand_size ? 2 : 4;
}

/* Chooses the register: without REX byte operands 4 to 7 are AH, CH, DH and BH. */
static void choose_register(const struct insn_cursor *c, struct insn *out, unsigned reg)
{
	out->reg = (uint8_t)(reg | (c->rex & REX_R ? 8 : 0));
	if (!out->vector && out->reg_size == 1 && c->rex == 0 && reg >= 4) {
		out->high_byte = true;
		out->reg = (uint8_t)(reg - 4);
	}
}

/* Bytes of the memory operand and of the register, where the prefixes alone do not say them. */
static void odd_sizes(const struct insn_cursor *c, const struct opcode *row, unsigned size,
		      struct insn *out)
{
	if (row->flags & ROW_STACK && c->mode == INSN_64)
		size = c->operand_size && !(c->rex & REX_W) ? 2 : 8;
	if (row->flags & ROW_WIDE)
		size = c->rex & REX_W ? 8 : 4;
	if (row->flags & ROW_PAIR)
		size = c->rex & REX_W ? 16 : 8;
	out->size = (uint8_t)(row->flags & ROW_BYTE ? 1 : row->flags & ROW_WORD ? 2 : size);
	out->reg_size = out->size;
	if (row->op == INSN_MOVZX || row->op == INSN_MOVSX) {
		out->reg_size = (uint8_t)size;
		if (row->flags & ROW_LONG)
			out->size = size == 2 ? 2 : 4;
	}
}

static inline void sizes(const struct insn_cursor *c, const struct opcode *row, struct insn *out)
{
	unsigned size = operand_size(c);

	out->size = out->reg_size = (uint8_t)size;
	if (row->flags)
		odd_sizes(c, row, size, out);
}

/* Which way the data goes, by operation: memory is ... */
#define READ   1u /* read */
#define WRITE  2u /* written, if it is the destination */
#define LOCKED 4u /* read and written under LOCK, if it is the destination */

static const uint8_t ways[INSN_OPS] = {
	/* clang-format off */
	[INSN_ADD ... INSN_XOR]  = READ | WRITE | LOCKED,
	[INSN_CMP]               = READ,
	[INSN_ROL ... INSN_SAR]  = READ | WRITE,
	[INSN_BT]                = READ,
	[INSN_BTS ... INSN_BTC]  = READ | WRITE | LOCKED,
	[INSN_TEST]              = READ,
	[INSN_NOT ... INSN_DEC]  = READ | WRITE | LOCKED,
	[INSN_MUL ... INSN_IMUL2] = READ,
	[INSN_SHLD ... INSN_SHRD] = READ | WRITE,
	[INSN_MOV]               = WRITE,
	[INSN_MOVZX]             = READ,
	[INSN_MOVSX]             = READ,
	[INSN_MOVBE]             = WRITE,
	[INSN_XCHG]              = READ | WRITE | LOCKED,
	[INSN_XADD]              = READ | WRITE | LOCKED,
	[INSN_CMPXCHG]           = READ | WRITE | LOCKED,
	[INSN_CMPXCHG8B]         = READ | WRITE | LOCKED,
	[INSN_SETCC]             = WRITE,
	[INSN_CMOVCC]            = READ,
	[INSN_PUSH]              = READ,
	[INSN_POP]               = WRITE,
	[INSN_MOVS]              = READ | WRITE, /* of an access each: insn_accesses() */
	[INSN_CMPS]              = READ,
	[INSN_STOS]              = WRITE,
	[INSN_LODS]              = READ,
	[INSN_SCAS]              = READ,
	[INSN_VECTOR]            = WRITE,
	[INSN_VECTOR_HIGH]       = WRITE,
	/* clang-format on */
};

/* False: LOCK with what does not modify memory, which is #UD (SDM vol. 2, "LOCK"). */
static bool direction(struct insn *out)
{
	unsigned way = ways[out->op];

	out->reads = out->register_left || (way & READ);
	out->writes = !out->register_left && (way & WRITE);
	return !out->lock || (out->writes && (way & LOCKED));
}

struct form_operands {
	bool modrm : 1, reg : 1, left : 1, cl : 1, one : 1;
	bool immediate : 1, immediate8 : 1; /* of the operand's size, of one byte */
};

static const struct form_operands forms[] = {
	/* clang-format off */
	[FORM_RM]        = { .modrm = true },
	[FORM_RM_R]      = { .modrm = true, .reg = true },
	[FORM_R_RM]      = { .modrm = true, .reg = true, .left = true },
	[FORM_RM_IMM]    = { .modrm = true, .immediate = true },
	[FORM_RM_IMM8]   = { .modrm = true, .immediate8 = true },
	[FORM_RM_CL]     = { .modrm = true, .cl = true },
	[FORM_RM_ONE]    = { .modrm = true, .one = true },
	[FORM_R_RM_IMM]  = { .modrm = true, .reg = true, .left = true, .immediate = true },
	[FORM_R_RM_IMM8] = { .modrm = true, .reg = true, .left = true, .immediate8 = true },
	[FORM_RM_R_IMM8] = { .modrm = true, .reg = true, .immediate8 = true },
	[FORM_RM_R_CL]   = { .modrm = true, .reg = true, .cl = true },
	[FORM_MOFFS_R]   = { .modrm = false },
	[FORM_R_MOFFS]   = { .left = true },
	[FORM_STRING]    = { .modrm = false },
	/* clang-format on */
};

/* Immediates stand behind the address; they have at most 32 bits and are sign-extended to 64. */
static void immediate(struct insn_cursor *c, const struct form_operands *f, struct insn *out)
{
	unsigned size = f->immediate8 ? 1 : out->size == 8 ? 4 : out->size;

	out->by_cl = f->cl;
	out->immediate = f->immediate || f->immediate8 || f->one;
	if (f->one)
		out->value = 1;
	else if (out->immediate)
		out->value = insn_read_signed(c, size);
}

/* A member of the group that the reg field chose. */
static struct opcode choose_member(const struct opcode *row, unsigned reg)
{
	struct opcode member = insn_groups[row->op][reg];

	if (member.form == FORM_SAME)
		member.form = row->form;
	member.flags |= row->flags;
	return member;
}

static enum insn_verdict undefined_or_unknown(const struct insn_cursor *c, const struct opcode *row)
{
	bool undefined = row->form == FORM_UNDEFINED ||
			 (row->form == FORM_UNDEFINED64 && c->mode == INSN_64);

	return undefined ? INSN_UNDEFINED : INSN_UNKNOWN;
}

/* An opcode whose form is known; @reg and the address are read where the form has a ModRM. */
static enum insn_verdict operands(struct insn_cursor *c, const struct opcode *row, unsigned reg,
				  struct insn *out)
{
	const struct form_operands *f = &forms[row->form];

	out->op = row->op;
	sizes(c, row, out);
	out->register_left = f->left;
	out->bit_string = row->flags & ROW_BITS;
	out->condition = c->opcode & 15;
	if (row->form == FORM_STRING) {
		out->rep = c->repeat;
		insn_choose_segment(c, out);
	} else if (!f->modrm) {
		insn_read_moffs(c, out);
	} else if (f->reg) {
		choose_register(c, out, reg);
	}
	if (f->immediate || f->immediate8 || f->one || f->cl)
		immediate(c, f, out);
	return direction(out) ? INSN_DECODED : INSN_UNDEFINED;
}

static enum insn_verdict general(struct insn_cursor *c, struct insn *out)
{
	struct opcode row = insn_opcodes[c->map][c->opcode];
	unsigned reg = 0;

	if (row.form < FORM_SAME)
		return undefined_or_unknown(c, &row);
	if (row.flags & (c->mode == INSN_64 ? ROW_NOT_LONG : ROW_LONG))
		return row.flags & ROW_LONG ? INSN_UNKNOWN : INSN_UNDEFINED;
	if ((row.flags & ROW_PLAIN) && (c->repeat || (c->operand_size && row.flags & ROW_WIDE)))
		return INSN_UNKNOWN;
	if (forms[row.form].modrm && !insn_read_modrm(c, out, &reg))
		return INSN_UNKNOWN;
	if (row.flags & ROW_GROUP)
		row = choose_member(&row, reg);
	return row.form < FORM_SAME ? undefined_or_unknown(c, &row) : operands(c, &row, reg, out);
}

static unsigned vector_size(const struct insn_cursor *c, const struct vector_row *row)
{
	if (row->flags & VECTOR_PACKED)
		return c->vex_256 ? 32 : 16;
	if (row->flags & VECTOR_W)
		return c->rex & REX_W ? 8 : 4;
	return row->size;
}

static enum insn_verdict vector(struct insn_cursor *c, const struct vector_row *row,
				struct insn *out)
{
	unsigned reg;

	if (out->lock)
		return INSN_UNDEFINED;
	/* With VEX the merging loads have three operands, and all other moves two. */
	if (c->vex && (row->flags & VECTOR_MERGE))
		return INSN_UNKNOWN;
	if (c->vex_v || (c->vex_256 && !(row->flags & (VECTOR_PACKED | VECTOR_SCALAR))))
		return INSN_UNDEFINED;
	if (!insn_read_modrm(c, out, &reg))
		return INSN_UNKNOWN;
	out->op = row->flags & VECTOR_HIGH ? INSN_VECTOR_HIGH : INSN_VECTOR;
	out->vector = true;
	out->vex = c->vex;
	out->size = (uint8_t)vector_size(c, row);
	/* What a load leaves in the register: its own bytes, or all 16, or with VEX all 32. */
	out->reg_size = row->flags & VECTOR_MERGE ? out->size : c->vex ? 32 : 16;
	out->register_left = !(row->flags & VECTOR_STORE);
	choose_register(c, out, reg);
	direction(out);
	return INSN_DECODED;
}

static enum insn_prefix mandatory_prefix(const struct insn_cursor *c)
{
	if (c->vex)
		return (enum insn_prefix)c->vex_pp;
	if (c->repeat)
		return c->repeat == INSN_REPNE ? PREFIX_F2 : PREFIX_F3;
	return c->operand_size ? PREFIX_66 : PREFIX_NONE;
}

static enum insn_verdict decode(struct insn_cursor *c, struct insn *out)
{
	const struct vector_row *row;

	if (!insn_read_opcode(c, out))
		return INSN_UNDEFINED;
	out->address_size = (uint8_t)address_size(c);
	/* What the maps know is none of these, so the most frequent are found without a search. */
	if (!c->vex && insn_opcodes[c->map][c->opcode].form != FORM_UNKNOWN)
		return general(c, out);
	row = insn_vector_row(c->map, mandatory_prefix(c), c->opcode);
	if (row)
		return vector(c, row, out);
	return INSN_UNKNOWN;
}

enum insn_verdict insn_decode(const uint8_t *bytes, unsigned len, enum insn_mode mode,
			      struct insn *out)
{
	struct insn_cursor c = {
		.bytes = bytes,
		.length = len < INSN_LENGTH_MAX ? len : INSN_LENGTH_MAX,
		.mode = mode,
		.segment = INSN_NO_SEGMENT,
	};
	enum insn_verdict verdict;

	memset(out, 0, sizeof(*out));
	out->base = out->index = INSN_NO_REGISTER;
	verdict = decode(&c, out);
	if (c.bad)
		return c.at >= INSN_LENGTH_MAX ? INSN_TOO_LONG : INSN_SHORT;
	out->length = (uint8_t)c.at;
	return verdict;
}

// SPDX-License-Identifier: Apache-2.0
/* The bytes of an instruction: prefixes, opcode, ModRM and what follows it. */
#include "platform/decode_bytes.h"

enum { ES, CS, SS, DS, FS, GS };
enum { RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

static uint8_t next(struct insn_cursor *c)
{
	if (c->at >= c->length) {
		c->bad = true;
		return 0;
	}
	return c->bytes[c->at++];
}

int64_t insn_read_signed(struct insn_cursor *c, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)next(c) << 8 * i;
	if (size && size < 8 && value >> (8 * size - 1))
		value |= ~0ull << 8 * size;
	return (int64_t)value;
}

/* One legacy prefix. */
static void legacy_prefix(struct insn_cursor *c, struct insn *out, uint8_t byte)
{
	switch (byte) {
	case 0x66:
		c->operand_size = true;
		break;
	case 0x67:
		c->address_size = true;
		break;
	case 0xf0:
		out->lock = true;
		break;
	case 0xf2:
	case 0xf3:
		c->repeat = byte == 0xf2 ? INSN_REPNE : INSN_REPE;
		break;
	case 0x64:
	case 0x65:
		c->segment = byte - 0x60;
		break;
	default: /* 26 2E 36 3E */
		c->segment = byte >> 3 & 3;
	}
}

/* One bit for each byte: the prefixes of legacy_prefix(). Most bytes are none. */
static const uint32_t legacy_prefixes[8] = {
	[1] = 1u << 0x06 | 1u << 0x0e | 1u << 0x16 | 1u << 0x1e, /* 26 2E 36 3E */
	[3] = 0xfu << 0x04,                                      /* 64 to 67 */
	[7] = 1u << 0x10 | 1u << 0x12 | 1u << 0x13,              /* F0 F2 F3 */
};

/* Reads legacy prefixes and REX; returns the byte after them. */
static uint8_t prefixes(struct insn_cursor *c, struct insn *out)
{
	for (;;) {
		uint8_t byte = next(c);

		if (legacy_prefixes[byte / 32] >> byte % 32 & 1) {
			legacy_prefix(c, out, byte);
			c->rex = 0;
		} else if (c->mode == INSN_64 && (byte & 0xf0) == 0x40) {
			c->rex = byte;
		} else {
			return byte;
		}
	}
}

/*
 * C4 and C5 are VEX prefixes in 64-bit mode; elsewhere they are LES and LDS unless the byte behind
 * them looks like a register operand (SDM vol. 2, 2.3.5).
 */
static bool vex_follows(struct insn_cursor *c, uint8_t byte)
{
	if (byte != 0xc4 && byte != 0xc5)
		return false;
	if (c->at >= c->length)
		c->bad = true;
	return c->bad || c->mode == INSN_64 || c->bytes[c->at] >= 0xc0;
}

/* VEX with its fields as REX has them. False: together with these prefixes it is #UD. */
static bool vex_prefix(struct insn_cursor *c, const struct insn *out, bool three_bytes)
{
	bool refused = c->rex || c->operand_size || c->repeat || out->lock;
	uint8_t first = next(c), last = three_bytes ? next(c) : first;

	c->vex = true;
	c->map = three_bytes ? (enum insn_map)(first & 0x1f) : MAP_0F;
	c->rex = 0x40;
	if (c->mode == INSN_64)
		c->rex |= (uint8_t)((first ^ 0xffu) >> 5 & (three_bytes ? 7 : REX_R));
	if (three_bytes && c->mode == INSN_64 && (last & 0x80))
		c->rex |= REX_W;
	c->vex_v = (uint8_t)((last ^ 0xffu) >> 3 & 15);
	c->vex_256 = last & 4;
	c->vex_pp = last & 3;
	c->opcode = next(c);
	return !refused;
}

bool insn_read_opcode(struct insn_cursor *c, struct insn *out)
{
	c->opcode = prefixes(c, out);
	if (vex_follows(c, c->opcode))
		return vex_prefix(c, out, c->opcode == 0xc4);
	if (c->opcode != 0x0f)
		return true;
	c->map = MAP_0F;
	c->opcode = next(c);
	if (c->opcode == 0x38) {
		c->map = MAP_0F38;
		c->opcode = next(c);
	}
	return true;
}

/* Bytes of the displacement behind ModRM and SIB; @wide is how many it has when it is not one. */
static unsigned displacement_size(unsigned mod, bool alone, unsigned wide)
{
	if (mod == 1)
		return 1;
	return mod == 2 || alone ? wide : 0;
}

/* SDM vol. 2, table 2-1: [disp16] is mod 0 rm 6. */
static void address16(struct insn_cursor *c, struct insn *out, unsigned mod, unsigned rm)
{
	static const uint8_t base[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
	static const uint8_t index[] = {RSI, RDI, RSI, RDI};

	out->base = base[rm];
	if (rm < 4)
		out->index = index[rm];
	if (mod == 0 && rm == 6)
		out->base = INSN_NO_REGISTER;
	out->displacement =
		insn_read_signed(c, displacement_size(mod, out->base == INSN_NO_REGISTER, 2));
}

/* Tables 2-2 and 2-3; a base of 5 with mod 0 is a displacement alone, in 64-bit mode from RIP. */
static void address32(struct insn_cursor *c, struct insn *out, unsigned mod, unsigned rm)
{
	bool sib = rm == RSP;

	out->base = (uint8_t)rm;
	if (sib) {
		uint8_t byte = next(c);

		out->scale = byte >> 6;
		out->index = (uint8_t)((byte >> 3 & 7) | (c->rex & REX_X ? 8 : 0));
		if (out->index == RSP)
			out->index = INSN_NO_REGISTER;
		out->base = byte & 7;
	}
	if (mod == 0 && out->base == RBP) {
		out->base = INSN_NO_REGISTER;
		out->rip_relative = !sib && c->mode == INSN_64;
	} else if (c->rex & REX_B) {
		out->base |= 8;
	}
	out->displacement =
		insn_read_signed(c, displacement_size(mod, out->base == INSN_NO_REGISTER, 4));
}

void insn_choose_segment(const struct insn_cursor *c, struct insn *out)
{
	out->segment = out->base == RSP || out->base == RBP ? SS : DS;
	if (c->segment != INSN_NO_SEGMENT && (c->mode != INSN_64 || c->segment >= FS))
		out->segment = c->segment;
}

bool insn_read_modrm(struct insn_cursor *c, struct insn *out, unsigned *reg)
{
	uint8_t byte = next(c);

	*reg = byte >> 3 & 7;
	if (byte >> 6 == 3)
		return false;
	if (out->address_size == 2)
		address16(c, out, byte >> 6, byte & 7);
	else
		address32(c, out, byte >> 6, byte & 7);
	insn_choose_segment(c, out);
	return true;
}

void insn_read_moffs(struct insn_cursor *c, struct insn *out)
{
	out->displacement = insn_read_signed(c, out->address_size);
	insn_choose_segment(c, out);
}

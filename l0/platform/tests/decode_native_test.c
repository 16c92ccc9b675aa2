// SPDX-License-Identifier: Apache-2.0
/*
 * Every instruction that the decoder knows, in random encodings with random operands: what it
 * leaves in memory, registers and flags, beside what the processor that runs the test leaves.
 */
#include <string.h>

#include "machine.h"
#include "native.h"
#include "platform/decode.h"
#include "suites.h"

#define ANY_REG 8u /* the reg field of ModRM is a register, not an opcode extension */

/* What a row's encodings may have. */
#define SIZED    0x01 /* 66 and REX.W choose the operand's size */
#define LOCKABLE 0x02
#define VECTOR   0x04
#define ALIGNED  0x08
#define VEX      0x10 /* the VEX form exists */
#define WIDE256  0x20 /* with VEX.L too */
#define BITS     0x40 /* the register is a bit offset: keep it small */
#define STRING   0x80
#define WIDE     0x100 /* REX.W alone chooses the operand's size */

static const struct row {
	const char *text;
	uint8_t prefix; /* mandatory, or 0 */
	uint8_t map;    /* 0: one byte, 1: 0F, 2: 0F 38 */
	uint8_t opcode;
	uint8_t reg;
	uint8_t immediate; /* bytes; 4: of the operand's size */
	uint16_t flags;
} rows[] = {
/* clang-format off */
#define ALU(name, n)                                                                               \
	{ name " m8,r8",   0, 0, 8 * n,     ANY_REG, 0, n == 7 ? 0 : LOCKABLE },                   \
	{ name " m,r",     0, 0, 8 * n + 1, ANY_REG, 0, SIZED | (n == 7 ? 0 : LOCKABLE) },         \
	{ name " r8,m8",   0, 0, 8 * n + 2, ANY_REG, 0, 0 },                                       \
	{ name " r,m",     0, 0, 8 * n + 3, ANY_REG, 0, SIZED },                                   \
	{ name " m8,imm8", 0, 0, 0x80,      n,       1, n == 7 ? 0 : LOCKABLE },                   \
	{ name " m,imm",   0, 0, 0x81,      n,       4, SIZED | (n == 7 ? 0 : LOCKABLE) },         \
	{ name " m,imm8",  0, 0, 0x83,      n,       1, SIZED | (n == 7 ? 0 : LOCKABLE) }
	ALU("add", 0), ALU("or", 1), ALU("adc", 2), ALU("sbb", 3),
	ALU("and", 4), ALU("sub", 5), ALU("xor", 6), ALU("cmp", 7),
#define SHIFT(name, n)                                                                             \
	{ name " m8,imm8", 0, 0, 0xc0, n, 1, 0 }, { name " m,imm8", 0, 0, 0xc1, n, 1, SIZED },     \
	{ name " m8,1",    0, 0, 0xd0, n, 0, 0 }, { name " m,1",    0, 0, 0xd1, n, 0, SIZED },     \
	{ name " m8,cl",   0, 0, 0xd2, n, 0, 0 }, { name " m,cl",   0, 0, 0xd3, n, 0, SIZED }
	SHIFT("rol", 0), SHIFT("ror", 1), SHIFT("rcl", 2), SHIFT("rcr", 3),
	SHIFT("shl", 4), SHIFT("shr", 5), SHIFT("sar", 7),
	{ "shld m,r,imm8", 0, 1, 0xa4, ANY_REG, 1, SIZED },
	{ "shld m,r,cl",   0, 1, 0xa5, ANY_REG, 0, SIZED },
	{ "shrd m,r,imm8", 0, 1, 0xac, ANY_REG, 1, SIZED },
	{ "shrd m,r,cl",   0, 1, 0xad, ANY_REG, 0, SIZED },
	{ "movsxd r,m",    0, 0, 0x63, ANY_REG, 0, SIZED },
	{ "imul r,m,imm",  0, 0, 0x69, ANY_REG, 4, SIZED },
	{ "imul r,m,imm8", 0, 0, 0x6b, ANY_REG, 1, SIZED },
	{ "imul r,m",      0, 1, 0xaf, ANY_REG, 0, SIZED },
	{ "test m8,r8",    0, 0, 0x84, ANY_REG, 0, 0 },
	{ "test m,r",      0, 0, 0x85, ANY_REG, 0, SIZED },
	{ "xchg m8,r8",    0, 0, 0x86, ANY_REG, 0, LOCKABLE },
	{ "xchg m,r",      0, 0, 0x87, ANY_REG, 0, SIZED | LOCKABLE },
	{ "mov m8,r8",     0, 0, 0x88, ANY_REG, 0, 0 },
	{ "mov m,r",       0, 0, 0x89, ANY_REG, 0, SIZED },
	{ "mov r8,m8",     0, 0, 0x8a, ANY_REG, 0, 0 },
	{ "mov r,m",       0, 0, 0x8b, ANY_REG, 0, SIZED },
	{ "mov m8,imm8",   0, 0, 0xc6, 0, 1, 0 },
	{ "mov m,imm",     0, 0, 0xc7, 0, 4, SIZED },
	{ "test m8,imm8",  0, 0, 0xf6, 0, 1, 0 },
	{ "test m,imm",    0, 0, 0xf7, 0, 4, SIZED },
	{ "not m8",        0, 0, 0xf6, 2, 0, LOCKABLE },
	{ "not m",         0, 0, 0xf7, 2, 0, SIZED | LOCKABLE },
	{ "neg m8",        0, 0, 0xf6, 3, 0, LOCKABLE },
	{ "neg m",         0, 0, 0xf7, 3, 0, SIZED | LOCKABLE },
	{ "mul m8",        0, 0, 0xf6, 4, 0, 0 },
	{ "mul m",         0, 0, 0xf7, 4, 0, SIZED },
	{ "imul m8",       0, 0, 0xf6, 5, 0, 0 },
	{ "imul m",        0, 0, 0xf7, 5, 0, SIZED },
	{ "inc m8",        0, 0, 0xfe, 0, 0, LOCKABLE },
	{ "inc m",         0, 0, 0xff, 0, 0, SIZED | LOCKABLE },
	{ "dec m8",        0, 0, 0xfe, 1, 0, LOCKABLE },
	{ "dec m",         0, 0, 0xff, 1, 0, SIZED | LOCKABLE },
	{ "push m",        0, 0, 0xff, 6, 0, SIZED },
	{ "pop m",         0, 0, 0x8f, 0, 0, SIZED },
	{ "movzx r,m8",    0, 1, 0xb6, ANY_REG, 0, SIZED },
	{ "movzx r,m16",   0, 1, 0xb7, ANY_REG, 0, SIZED },
	{ "movsx r,m8",    0, 1, 0xbe, ANY_REG, 0, SIZED },
	{ "movsx r,m16",   0, 1, 0xbf, ANY_REG, 0, SIZED },
	{ "cmpxchg m8,r8", 0, 1, 0xb0, ANY_REG, 0, LOCKABLE },
	{ "cmpxchg m,r",   0, 1, 0xb1, ANY_REG, 0, SIZED | LOCKABLE },
	{ "cmpxchg8b m",   0, 1, 0xc7, 1, 0, WIDE | ALIGNED | LOCKABLE },
	{ "xadd m8,r8",    0, 1, 0xc0, ANY_REG, 0, LOCKABLE },
	{ "xadd m,r",      0, 1, 0xc1, ANY_REG, 0, SIZED | LOCKABLE },
	{ "bt m,r",        0, 1, 0xa3, ANY_REG, 0, SIZED | BITS },
	{ "bts m,r",       0, 1, 0xab, ANY_REG, 0, SIZED | BITS | LOCKABLE },
	{ "btr m,r",       0, 1, 0xb3, ANY_REG, 0, SIZED | BITS | LOCKABLE },
	{ "btc m,r",       0, 1, 0xbb, ANY_REG, 0, SIZED | BITS | LOCKABLE },
	{ "bt m,imm8",     0, 1, 0xba, 4, 1, SIZED },
	{ "bts m,imm8",    0, 1, 0xba, 5, 1, SIZED | LOCKABLE },
	{ "btr m,imm8",    0, 1, 0xba, 6, 1, SIZED | LOCKABLE },
	{ "btc m,imm8",    0, 1, 0xba, 7, 1, SIZED | LOCKABLE },
#define CONDITIONS(n)                                                                              \
	{ "cmovcc r,m",    0, 1, 0x40 + n, ANY_REG, 0, SIZED },                                    \
	{ "setcc m8",      0, 1, 0x90 + n, 0, 0, 0 }
	CONDITIONS(0), CONDITIONS(1), CONDITIONS(2), CONDITIONS(3), CONDITIONS(4), CONDITIONS(5),
	CONDITIONS(6), CONDITIONS(7), CONDITIONS(8), CONDITIONS(9), CONDITIONS(10),
	CONDITIONS(11), CONDITIONS(12), CONDITIONS(13), CONDITIONS(14), CONDITIONS(15),
	{ "movbe r,m",     0, 2, 0xf0, ANY_REG, 0, SIZED },
	{ "movbe m,r",     0, 2, 0xf1, ANY_REG, 0, SIZED },
	{ "movnti m,r",    0, 1, 0xc3, ANY_REG, 0, WIDE },
	{ "movs",          0, 0, 0xa5, 0, 0, SIZED | STRING },
	{ "movsb",         0, 0, 0xa4, 0, 0, STRING },
	{ "cmps",          0, 0, 0xa7, 0, 0, SIZED | STRING },
	{ "cmpsb",         0, 0, 0xa6, 0, 0, STRING },
	{ "stos",          0, 0, 0xab, 0, 0, SIZED | STRING },
	{ "stosb",         0, 0, 0xaa, 0, 0, STRING },
	{ "lods",          0, 0, 0xad, 0, 0, SIZED | STRING },
	{ "lodsb",         0, 0, 0xac, 0, 0, STRING },
	{ "scas",          0, 0, 0xaf, 0, 0, SIZED | STRING },
	{ "scasb",         0, 0, 0xae, 0, 0, STRING },
#define MOVE(name, prefix, load, store, flags)                                                     \
	{ name " x,m", prefix, 1, load, ANY_REG, 0, VECTOR | (flags) },                            \
	{ name " m,x", prefix, 1, store, ANY_REG, 0, VECTOR | (flags) }
	MOVE("movups", 0,    0x10, 0x11, VEX | WIDE256),
	MOVE("movupd", 0x66, 0x10, 0x11, VEX | WIDE256),
	MOVE("movss",  0xf3, 0x10, 0x11, VEX | WIDE256),
	MOVE("movsd",  0xf2, 0x10, 0x11, VEX | WIDE256),
	MOVE("movlps", 0,    0x12, 0x13, 0),
	MOVE("movlpd", 0x66, 0x12, 0x13, 0),
	MOVE("movhps", 0,    0x16, 0x17, 0),
	MOVE("movhpd", 0x66, 0x16, 0x17, 0),
	MOVE("movaps", 0,    0x28, 0x29, VEX | WIDE256 | ALIGNED),
	MOVE("movapd", 0x66, 0x28, 0x29, VEX | WIDE256 | ALIGNED),
	MOVE("movdqa", 0x66, 0x6f, 0x7f, VEX | WIDE256 | ALIGNED),
	MOVE("movdqu", 0xf3, 0x6f, 0x7f, VEX | WIDE256),
	MOVE("movd",   0x66, 0x6e, 0x7e, VEX | WIDE),
	{ "movq x,m",      0xf3, 1, 0x7e, ANY_REG, 0, VECTOR | VEX },
	{ "movq m,x",      0x66, 1, 0xd6, ANY_REG, 0, VECTOR | VEX },
	{ "vmovlps m,x",   0,    1, 0x13, ANY_REG, 0, VECTOR | VEX },
	{ "vmovhpd m,x",   0x66, 1, 0x17, ANY_REG, 0, VECTOR | VEX },
	{ "movntps m,x",   0,    1, 0x2b, ANY_REG, 0, VECTOR | VEX | WIDE256 | ALIGNED },
	{ "movntpd m,x",   0x66, 1, 0x2b, ANY_REG, 0, VECTOR | VEX | WIDE256 | ALIGNED },
	{ "movntdq m,x",   0x66, 1, 0xe7, ANY_REG, 0, VECTOR | VEX | WIDE256 | ALIGNED },
	{ "movntdqa x,m",  0x66, 2, 0x2a, ANY_REG, 0, VECTOR | ALIGNED },
	{ "lddqu x,m",     0xf2, 1, 0xf0, ANY_REG, 0, VECTOR },
	/* clang-format on */
};

#define ROWS   (sizeof(rows) / sizeof(rows[0]))
#define ROUNDS 300

enum { RCX = 1, RSP = 4, RSI = 6, RDI = 7 };

static uint64_t seed = 1;

static uint64_t draw(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 32 ^ seed << 17;
}

static bool chance(unsigned one_of)
{
	return draw() % one_of == 0;
}

/* Values that make flags: small, large, at the edges, anything. */
static uint64_t draw_value(void)
{
	switch (draw() % 4) {
	case 0:
		return draw() % 3 - 1;
	case 1:
		return (1ull << draw() % 64) - draw() % 2;
	default:
		return draw() << 32 ^ draw();
	}
}

/* Code and data of the processor, and the model's copy of the data. */
static uint8_t *code, *data, copy[NATIVE_BYTES];

/* One encoding: bytes, and registers that make it reach `target`. */
struct encoding {
	uint8_t bytes[32];
	unsigned length;
	uint64_t target;
	bool address32, wide;
};

static void put(struct encoding *e, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		e->bytes[e->length++] = (uint8_t)(value >> 8 * i);
}

/* The address by registers; their values are set so that the sum is the target. */
struct address {
	unsigned mod, base, index, scale;
	bool sib, rip, absolute;
	int64_t displacement;
};

static struct address draw_address(struct encoding *e)
{
	struct address a = {.mod = (unsigned)draw() % 3, .base = (unsigned)draw() % 16};
	int64_t index;

	a.sib = chance(2) || a.base % 8 == RSP;
	a.index = a.sib ? (unsigned)draw() % 16 : RSP;
	a.scale = (unsigned)draw() % 4;
	if (a.index == a.base)
		a.index = RSP; /* none */
	a.rip = a.mod == 0 && a.base % 8 == 5 && !a.sib;
	a.absolute = a.mod == 0 && a.base % 8 == 5 && a.sib;
	a.displacement = a.mod == 1 ? (int8_t)draw() : a.mod == 2 ? (int32_t)draw() / 2 : 0;
	if (a.base == RSP) /* the stack itself must lie somewhere */
		a.displacement %= 512;
	if (a.index != RSP)
		native.gpr[a.index] = draw() % 64 - 32;
	index = a.index == RSP ? 0 : (int64_t)native.gpr[a.index] * (1 << a.scale);
	if (a.absolute)
		a.displacement = (int64_t)e->target - index;
	else if (!a.rip)
		native.gpr[a.base] = e->target - (uint64_t)(a.displacement + index);
	if (e->address32 && !a.rip && !a.absolute && a.base != RSP)
		native.gpr[a.base] ^= draw() << 32;
	return a;
}

/* ModRM, SIB, displacement; where the displacement stands if it is from RIP. */
static unsigned put_address(struct encoding *e, const struct address *a, unsigned reg)
{
	unsigned at;

	put(e, a->mod << 6 | (reg & 7) << 3 | (a->sib ? 4 : a->base & 7), 1);
	if (a->sib)
		put(e, a->scale << 6 | (a->index & 7) << 3 | (a->base & 7), 1);
	at = e->length;
	put(e, (uint64_t)a->displacement,
	    a->mod == 1                            ? 1
	    : a->mod == 2 || a->rip || a->absolute ? 4
						   : 0);
	return a->rip ? at : 0;
}

static void put_vex(struct encoding *e, const struct row *r, const struct address *a, unsigned reg)
{
	static const uint8_t pp[] = {[0x66 & 7] = 1, [0xf3 & 7] = 2, [0xf2 & 7] = 3};
	unsigned l = (r->flags & WIDE256) && chance(2) ? 4 : 0;
	unsigned last = 0x78 | l | (r->prefix == 0x66 ? 1 : r->prefix ? pp[r->prefix & 7] : 0);
	unsigned not_r = reg & 8 ? 0 : 0x80, not_x = a->index & 8 ? 0 : 0x40;
	unsigned not_b = a->base & 8 ? 0 : 0x20;

	if (not_x && not_b && !e->wide && chance(2)) {
		put(e, 0xc5 | (not_r | last) << 8, 2);
	} else {
		put(e, 0xc4 | (not_r | not_x | not_b | r->map) << 8, 2);
		put(e, last | (e->wide ? 0x80 : 0), 1);
	}
}

static void put_prefixes(struct encoding *e, const struct row *r, const struct address *a,
			 unsigned reg, bool word)
{
	unsigned rex = (e->wide ? 8 : 0) | (reg & 8 ? 4 : 0) | (a->index & 8 ? 2 : 0) |
		       (a->base & 8 ? 1 : 0);

	if ((r->flags & LOCKABLE) && chance(3))
		put(e, 0xf0, 1);
	if (word)
		put(e, 0x66, 1);
	if ((r->flags & STRING) && chance(2))
		put(e, chance(2) ? 0xf2 : 0xf3, 1);
	if (r->prefix)
		put(e, r->prefix, 1);
	if (rex || chance(3))
		put(e, 0x40 | rex, 1);
	if (r->map)
		put(e, r->map == 2 ? 0x380f : 0x0f, r->map);
}

static void put_immediate(struct encoding *e, const struct row *r, bool word)
{
	unsigned size = r->immediate == 4 && word && !e->wide ? 2 : r->immediate;

	put(e, draw_value(), size);
}

static void encode(struct encoding *e, const struct row *r)
{
	bool word = (r->flags & SIZED) && chance(3), vex;
	struct address a = {.index = 0};
	unsigned reg = r->reg == ANY_REG ? (unsigned)draw() % 16 : r->reg, rip = 0;

	e->wide = (r->flags & (SIZED | WIDE)) && chance(3);
	e->address32 = chance(4);
	vex = native_avx && (r->flags & VEX) && chance(2);
	if (!(r->flags & STRING))
		a = draw_address(e);
	while ((r->flags & BITS) && (reg == a.base || reg == a.index))
		reg = (unsigned)draw() % 16;
	if (r->flags & BITS)
		native.gpr[reg] = draw() % 1000 - 500;
	if (e->address32)
		put(e, 0x67, 1);
	if (vex)
		put_vex(e, r, &a, reg);
	else
		put_prefixes(e, r, &a, reg, word);
	put(e, r->opcode, 1);
	if (!(r->flags & STRING))
		rip = put_address(e, &a, reg);
	put_immediate(e, r, word);
	if (rip) {
		uint64_t next = (uint64_t)(uintptr_t)code + e->length;
		uint32_t displacement = (uint32_t)(e->target - next);

		memcpy(e->bytes + rip, &displacement, 4);
	}
}

static void draw_state(struct encoding *e, const struct row *r)
{
	uint64_t middle = (uint64_t)(uintptr_t)data + NATIVE_BYTES / 2;

	memset(e, 0, sizeof(*e));
	e->target = middle + (r->flags & ALIGNED ? 32 * (draw() % 8) : draw() % 256);
	for (unsigned i = 0; i < 16; i++)
		native.gpr[i] = draw_value();
	for (unsigned i = 0; i < 64; i++)
		native.vector[i / 4][i % 4] = native_avx || i % 4 < 2 ? draw_value() : 0;
	native.gpr[RSP] = middle - 1024 + draw() % 64;
	native.rflags = 2 | (draw() & (r->flags & STRING ? 0xcd5 : 0x8d5));
	for (uint64_t at = e->target - 128; at < e->target + 128; at += 8) {
		uint64_t value =
			r->flags & STRING ? 0x0101010101010101 * (draw() & 1) : draw_value();
		memcpy((void *)(uintptr_t)at, &value, 8);
	}
	/* So that comparisons are equal now and then. */
	if (chance(2))
		memcpy(&native.gpr[0], (void *)(uintptr_t)e->target, 8);
	encode(e, r);
	if (r->flags & STRING) {
		uint64_t above = e->address32 ? draw() << 32 : 0;

		native.gpr[RSI] = e->target + above;
		native.gpr[RDI] = e->target + 8 * (draw() % 4) + above;
		/* No element at all: processors differ in what becomes of upper halves. */
		native.gpr[RCX] = (above ? 1 : 0) + draw() % 6 + above;
	}
	memcpy(copy, data, NATIVE_BYTES);
}

static const struct row *running;

static uint8_t *copy_at(const struct insn_access *a)
{
	uint64_t at = a->offset - (uint64_t)(uintptr_t)data;

	ck_assert_msg(at < NATIVE_BYTES && a->size <= NATIVE_BYTES - at, "%s: %lx", running->text,
		      a->offset);
	return copy + at;
}

/* One element of the instruction on the copy of the data; true: complete. */
static bool model_step(const struct insn *d, struct insn_state *s)
{
	struct insn_access access[INSN_ACCESSES_MAX];
	unsigned n = insn_accesses(d, s, access);
	bool complete;

	memset(s->memory, 0, sizeof(s->memory));
	for (unsigned i = 0; i < n; i++)
		if (access[i].reads)
			memcpy(&s->memory[i], copy_at(&access[i]), access[i].size);
	complete = insn_apply(d, s);
	for (unsigned i = 0; i < n; i++)
		if (access[i].writes)
			memcpy(copy_at(&access[i]), &s->memory[i], access[i].size);
	return complete;
}

/* What a load leaves in the register, as the core will do it. */
static void put_vector(const struct insn *d, const struct insn_state *s, uint64_t *reg)
{
	memcpy(reg, &s->vector, d->vex ? 32 : 16);
}

#define CF 0x001
#define PF 0x004
#define AF 0x010
#define ZF 0x040
#define SF 0x080
#define OF 0x800

/* Flags that the manual leaves undefined after the instruction, by operation and shift count. */
static uint64_t undefined_flags(const struct insn *d, uint64_t cl)
{
	unsigned count = (unsigned)(d->by_cl ? cl : (uint64_t)d->value) & (d->size == 8 ? 63 : 31);

	switch (d->op) {
	case INSN_OR:
	case INSN_AND:
	case INSN_XOR:
	case INSN_TEST:
		return AF;
	case INSN_ROL ... INSN_RCR:
		return count == 1 ? 0 : OF;
	case INSN_SHL ... INSN_SAR:
	case INSN_SHLD:
	case INSN_SHRD:
		return count == 0 ? 0
				  : AF | (count == 1 ? 0 : OF) | (count >= 8u * d->size ? CF : 0);
	case INSN_BT ... INSN_BTC:
		return OF | SF | AF | PF;
	case INSN_MUL ... INSN_IMUL2:
		return SF | ZF | AF | PF;
	default:
		return 0;
	}
}

/* A double shift of a word by more than 16 has no defined result. */
static bool undefined_result(const struct insn *d, uint64_t cl)
{
	unsigned count = (unsigned)(d->by_cl ? cl : (uint64_t)d->value) & 31;

	return (d->op == INSN_SHLD || d->op == INSN_SHRD) && d->size == 2 && count > 16;
}

static void one_round(const struct row *r)
{
	struct encoding e;
	struct insn d;
	struct native model;
	struct insn_state s;
	uint64_t undefined;

	running = r;
	draw_state(&e, r);
	ck_assert_msg(insn_decode(e.bytes, 15, INSN_64, &d) == INSN_DECODED, "%s", r->text);
	ck_assert_msg(d.length == e.length, "%s: length %u", r->text, d.length);
	if (undefined_result(&d, native.gpr[RCX]))
		return;
	model = native;
	s = (struct insn_state){.gpr = model.gpr,
				.rflags = native.rflags,
				.rip = (uint64_t)(uintptr_t)code,
				.stack_size = 8};
	memcpy(&s.vector, model.vector[d.reg], sizeof(s.vector));
	while (!model_step(&d, &s))
		;
	if (d.vector && d.register_left)
		put_vector(&d, &s, model.vector[d.reg]);
	undefined = undefined_flags(&d, native.gpr[RCX]);
	memcpy(code, e.bytes, e.length);
	native_run(code, e.length);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_msg(model.gpr[i] == native.gpr[i], "%s: register %u: %lx, not %lx",
			      r->text, i, model.gpr[i], native.gpr[i]);
	ck_assert_msg(((s.rflags ^ native.rflags) & 0xcd5 & ~undefined) == 0,
		      "%s: flags %lx, not %lx", r->text, s.rflags, native.rflags);
	ck_assert_msg(!memcmp(copy, data, NATIVE_BYTES), "%s: memory", r->text);
	ck_assert_msg(!memcmp(model.vector, native.vector, sizeof(model.vector)), "%s: vector",
		      r->text);
}

START_TEST(as_the_processor)
{
	code = native_map();
	data = code + NATIVE_BYTES;
	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned n = 0; n < ROUNDS; n++)
			one_round(&rows[i]);
}
END_TEST

TCase *decode_native_tests(void)
{
	TCase *t = tcase_create("decoder beside the processor");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, as_the_processor);
	return t;
}

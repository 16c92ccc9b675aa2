// SPDX-License-Identifier: Apache-2.0
/* Random page tables of every kind, walked by the layer and by a model that knows only the manual.
 */
#include "memory/paging.h"

#include <stdlib.h>
#include <string.h>

#include "hw/x86.h"
#include "memory/guest_memory.h"
#include "suites.h"
#include "vmcs12.h"

#define PAGES  64u
#define BYTES  (PAGES * 4096u)
#define PHYS   40u
#define ROUNDS 300000u

static struct mock_vmcs vmcs;
static uint8_t *memory, *copy;
static struct ram ram;
static struct guest_space space;
static uint64_t seed = 3;

static uint64_t draw(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 32 ^ seed << 21;
}

static bool chance(unsigned one_of)
{
	return draw() % one_of == 0;
}

/* These tables are a kernel's own, in use for long: mostly supervisor, accessed, dirty. */
static bool settled;

/* Mostly an entry as kernels make them; its address in RAM or just beyond. */
static uint64_t draw_entry(void)
{
	uint64_t entry = draw() % (PAGES + 1) << 12 | (draw() & 0xe7f);

	if (settled && !chance(8))
		return (entry & ~0xfffull) | 0x63;

	entry |= chance(16) ? 0 : 1;
	entry |= chance(4) ? 0 : 6;
	entry |= chance(8) ? 0x80 : 0;
	entry |= chance(8) ? 1ull << 63 : 0;
	entry |= chance(32) ? 1ull << (PHYS + draw() % 23) : 0;
	return entry & ~(chance(4) ? 0 : 0x60ull);
}

static void draw_tables(bool four_bytes)
{
	for (unsigned at = 0; at < BYTES; at += four_bytes ? 4 : 8) {
		uint64_t entry = draw_entry();

		/* PSE-36 addresses and reserved bits, now and then. */
		if (four_bytes && (entry & 0x80) && !chance(3))
			entry &= ~0x3ff000ull;
		memcpy(memory + at, &entry, four_bytes ? 4 : 8);
	}
}

enum kind { UNPAGED, LEGACY, PAE, LONG };

static enum kind draw_registers(void)
{
	enum kind kind = chance(50) ? UNPAGED : (enum kind)(1 + draw() % 3);

	vmcs.field[VMCS_GUEST_CR0] = CR0_PE | (kind == UNPAGED ? 0 : CR0_PG) | (draw() & CR0_WP);
	vmcs.field[VMCS_GUEST_CR4] = (draw() & (CR4_PSE | CR4_SMEP | CR4_SMAP)) |
				     (kind == PAE || kind == LONG ? CR4_PAE : 0);
	vmcs.field[VMCS_GUEST_EFER] = (kind == LONG ? EFER_LMA : 0) | (draw() & EFER_NX);
	vmcs.field[VMCS_GUEST_RFLAGS] = draw() & RFLAGS_AC;
	vmcs.field[VMCS_GUEST_CR3] = draw() % PAGES << 12 | (draw() & 0x18);
	for (unsigned i = 0; i < 4; i++)
		vmcs.field[VMCS_GUEST_PDPTE0 + 2 * i] = draw() % PAGES << 12 | !chance(8);
	space.page_1g = draw() & 1;
	return kind;
}

struct outcome {
	bool ok;
	uint32_t error;
	uint64_t gpa;
};

static bool is(uint32_t field, uint64_t bit)
{
	return vmcs.field[field] & bit;
}

/* One entry of the model's memory; nowhere all bits are ones. */
static uint64_t *model_entry(uint64_t gpa, unsigned bytes, uint64_t *value)
{
	*value = bytes == 4 ? 0xffffffff : ~0ull;
	if (gpa + bytes > BYTES)
		return NULL;
	*value = 0;
	memcpy(value, copy + gpa, bytes);
	return (uint64_t *)(copy + gpa);
}

/* Bits that must be 0: SDM vol. 3, tables 4-4 to 4-20. */
static bool model_reserved(enum kind kind, unsigned level, uint64_t e, bool large)
{
	bool nx_ok = is(VMCS_GUEST_EFER, EFER_NX);

	if (kind == LEGACY) /* 4 MiB: bit 21; no physical address has more than 40 bits here */
		return large && (e >> 21 & 1);
	if (!nx_ok && e >> 63)
		return true;
	for (unsigned bit = PHYS; bit < (kind == PAE ? 63 : 52); bit++)
		if (e >> bit & 1)
			return true;
	if (kind == LONG && (e & 0x80) && (level == 4 || (level == 3 && !space.page_1g)))
		return true;
	for (unsigned bit = 13; large && bit < (level == 3 ? 30 : 21); bit++)
		if (e >> bit & 1)
			return true;
	return false;
}

static bool model_large(enum kind kind, unsigned level, uint64_t e)
{
	if (level == 1 || !(e & 0x80))
		return false;
	if (kind == LEGACY)
		return is(VMCS_GUEST_CR4, CR4_PSE);
	return level == 2 || (level == 3 && kind == LONG);
}

static bool model_rights(bool w, bool u, bool nx, uint32_t access, bool user)
{
	if (access == GUEST_FETCH && nx)
		return false;
	if (user)
		return u && (access != GUEST_WRITE || w);
	if (access == GUEST_WRITE && !w && is(VMCS_GUEST_CR0, CR0_WP))
		return false;
	if (!u)
		return true;
	if (access == GUEST_FETCH)
		return !is(VMCS_GUEST_CR4, CR4_SMEP);
	return !is(VMCS_GUEST_CR4, CR4_SMAP) || is(VMCS_GUEST_RFLAGS, RFLAGS_AC);
}

static struct outcome model_fault(enum kind kind, uint32_t access, bool user, uint32_t bits)
{
	bool tells =
		is(VMCS_GUEST_CR4, CR4_SMEP) || (kind != LEGACY && is(VMCS_GUEST_EFER, EFER_NX));
	uint32_t error = bits | (user ? 4 : 0);

	if (access == GUEST_WRITE)
		error |= 2;
	if (access == GUEST_FETCH && tells)
		error |= 16;
	return (struct outcome){.error = error};
}

static void model_mark(uint64_t *where[5], unsigned top, unsigned leaf, bool write)
{
	for (unsigned level = top; level >= leaf; level--)
		if (where[level])
			*(uint8_t *)where[level] |=
				(uint8_t)(0x20 | (level == leaf && write ? 0x40 : 0));
}

static struct outcome model(enum kind kind, uint64_t linear, uint32_t access, bool user)
{
	static const unsigned tops[] = {0, 2, 2, 4}, index_bits[] = {0, 10, 9, 9};
	unsigned bytes = kind == LEGACY ? 4 : 8, level = tops[kind], shift;
	uint64_t table = vmcs.field[VMCS_GUEST_CR3] & ~0xfffull, e, *where[5];
	bool w = true, u = true, nx = false;

	if (kind != LONG)
		linear = (uint32_t)linear;
	if (kind == UNPAGED)
		return (struct outcome){.ok = true, .gpa = linear};
	if (kind == PAE) {
		table = vmcs.field[VMCS_GUEST_PDPTE0 + 2 * (linear >> 30)];
		if (!(table & 1))
			return model_fault(kind, access, user, 0);
		table &= ~0xfffull;
	}
	for (;; level--) {
		shift = 12 + index_bits[kind] * (level - 1);
		where[level] = model_entry(
			table + (linear >> shift & ((1u << index_bits[kind]) - 1)) * bytes, bytes,
			&e);
		if (!(e & 1))
			return model_fault(kind, access, user, 0);
		if (model_reserved(kind, level, e, model_large(kind, level, e)))
			return model_fault(kind, access, user, 9);
		w = w && (e & 2);
		u = u && (e & 4);
		nx = nx || (kind != LEGACY && e >> 63);
		table = e & 0xffffffffff000;
		if (level == 1 || model_large(kind, level, e))
			break;
	}
	if (!model_rights(w, u, nx, access, user))
		return model_fault(kind, access, user, 1);
	model_mark(where, tops[kind], level, access == GUEST_WRITE);
	if (kind == LEGACY && level == 2) /* PSE-36 */
		table = (e & 0xffc00000) | (e >> 13 & 0xff) << 32;
	return (struct outcome){.ok = true,
				.gpa = (table & ~((1ull << shift) - 1)) |
				       (linear & ((1ull << shift) - 1))};
}

static unsigned taken, paths;

/* It holds while each entry is what it was, wherever the guest has changed one. */
static void path(uint64_t linear, uint64_t expected)
{
	struct guest_path p;
	uint64_t gpa;

	if (!guest_path_take(&ram, PHYS, linear, &gpa, &p))
		return;
	paths++;
	ck_assert_uint_eq(gpa, expected);
	ck_assert(guest_path_holds(&p, &ram));
	for (unsigned level = 0; level < GUEST_PATH_LEVELS; level++) {
		uint64_t *entry = (uint64_t *)(uintptr_t)p.entry[level], old = *entry;

		*entry ^= 1ull << draw() % 64;
		ck_assert(!guest_path_holds(&p, &ram));
		*entry = old;
	}
	ck_assert(guest_path_holds(&p, &ram));
}

/* The short way goes where the long one does, and only where no flag has to be set. */
static void at_once(uint64_t linear, enum guest_access access, const struct outcome *expected)
{
	uint64_t gpa;

	if (!guest_translate_at_once(&ram, PHYS, linear, access, &gpa))
		return;
	taken++;
	ck_assert(expected->ok && gpa == expected->gpa);
	ck_assert(!memcmp(copy, memory, BYTES));
	if (access == GUEST_FETCH)
		path(linear, gpa);
}

static void one_round(unsigned n)
{
	static const enum guest_access kinds[] = {GUEST_READ, GUEST_WRITE, GUEST_FETCH};
	static enum kind kind;
	enum guest_access access = kinds[draw() % 3];
	uint64_t linear = draw() ^ draw() << 32, gpa = 0;
	bool user = draw() & 1, ok;
	struct guest_answer why;
	struct outcome expected;

	if (n % 200 == 0) {
		kind = draw_registers();
		settled = chance(2);
		draw_tables(kind == LEGACY);
	}
	memcpy(copy, memory, BYTES);
	expected = model(kind, linear, access, user);
	if (!user)
		at_once(linear, access, &expected);
	ok = guest_translate(&space, linear, access, user, &gpa, &why);
	ck_assert_msg(ok == expected.ok, "kind %d, %lx: %d", kind, linear, ok);
	ck_assert_msg(!memcmp(copy, memory, BYTES), "kind %d, %lx: flags", kind, linear);
	if (ok) {
		ck_assert_msg(gpa == expected.gpa, "kind %d, %lx: %lx, not %lx", kind, linear, gpa,
			      expected.gpa);
		return;
	}
	ck_assert_int_eq(why.verdict, GUEST_FAULT);
	ck_assert_uint_eq(why.vector, VECTOR_PF);
	ck_assert_msg(why.error == expected.error, "kind %d, %lx: error %x, not %x", kind, linear,
		      why.error, expected.error);
	ck_assert_uint_eq(why.linear, kind == LONG ? linear : (uint32_t)linear);
}

static void start(void)
{
	mock = &vmcs;
	memory = aligned_alloc(4096, BYTES);
	copy = aligned_alloc(4096, BYTES);
	ram = (struct ram){.size = BYTES, .below = BYTES, .hpa_below = (uint64_t)(uintptr_t)memory};
	space = (struct guest_space){.ram = &ram, .maxphyaddr = PHYS};
}

static void stop(void)
{
	free(memory);
	free(copy);
}

START_TEST(as_the_manual)
{
	for (unsigned n = 0; n < ROUNDS; n++)
		one_round(n);
	ck_assert_uint_gt(taken, ROUNDS / 1000);
	ck_assert_uint_gt(paths, 0);
}
END_TEST

/* An access over a page's end is two pieces, and what is no RAM says so. */
START_TEST(pieces)
{
	struct guest_pieces p;
	struct guest_answer why;
	uint8_t bytes[15];

	vmcs.field[VMCS_GUEST_CR0] = CR0_PE;
	vmcs.field[VMCS_GUEST_EFER] = 0;
	ck_assert(guest_reach(&space, 0x1ffd, 8, GUEST_WRITE, false, &p, &why));
	ck_assert(p.count == 2 && p.piece[0].size == 3 && p.piece[1].size == 5);
	ck_assert(p.piece[0].ram == memory + 0x1ffd && p.piece[1].ram == memory + 0x2000);
	ck_assert(guest_reach(&space, 0x1ff8, 8, GUEST_WRITE, false, &p, &why) && p.count == 1);
	ck_assert(guest_reach(&space, BYTES - 1, 2, GUEST_READ, false, &p, &why));
	ck_assert(p.count == 2 && p.piece[0].ram && !p.piece[1].ram && p.piece[1].gpa == BYTES);
	ck_assert(guest_reach(&space, 0xfffffffe, 4, GUEST_READ, false, &p, &why));
	ck_assert(!p.piece[0].ram && p.piece[1].ram == memory);
	ck_assert_uint_eq(guest_fetch(&space, BYTES - 3, false, bytes, 15, &why), 3);
	ck_assert_uint_eq(guest_fetch(&space, BYTES, false, bytes, 15, &why), 15);
	ck_assert_uint_eq(bytes[14], 0xff);
}
END_TEST

TCase *paging_tests(void)
{
	TCase *t = tcase_create("paging");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, as_the_manual);
	tcase_add_test(t, pieces);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
/* The shadow: what it masks, and that it has everything else byte for byte. */
#include <string.h>
#include "memory.h"
#include "prng.h"
#include "suites.h"

static struct memory memory;
static struct shadow s;
static struct prng prng;

/* Every page has a frame of its own, with random bytes. */
static void begin(void)
{
	memset(&memory, 0, sizeof(memory));
	prng.state = 0x1d7;
	for (unsigned i = 0; i < MEMORY_FRAMES; i++) {
		memory.map[i] = (uint8_t)i;
		for (unsigned at = 0; at < ELI_PAGE_SIZE; at++)
			memory.frame[i][at] = (uint8_t)prng_next(&prng);
	}
	shadow_init(&s, &memory);
}

static struct eli_vectors some(uint8_t a, uint8_t b)
{
	struct eli_vectors set = {{0}};

	eli_vectors_add(&set, a);
	eli_vectors_add(&set, b);
	return set;
}

static bool make(uint64_t base, uint16_t limit)
{
	const struct eli_vectors open = some(0x31, 0xe0);

	return eli_idt_make(&s.idt, base, limit, &open);
}

static uint8_t *flags_of(uint8_t vector)
{
	return memory_byte(&memory, s.idt.base + vector * UINT64_C(16) + 5);
}

START_TEST(whole_page)
{
	begin();
	memset(memory.frame[2], 0xff, ELI_PAGE_SIZE);
	ck_assert(make(MEMORY_LINEAR + 0x2000, 0xfff));
	ck_assert_uint_eq(s.idt.pages, 1);
	ck_assert_uint_eq(s.idt.page[0].gpa, MEMORY_GPA + 0x2000);
	for (unsigned v = 0; v < 256; v++) {
		bool open = v < 32 || v == 0x31 || v == 0xe0;

		ck_assert_uint_eq(s.idt.page[0].shadow[v * 16 + 5], open ? 0xff : 0x7f);
		ck_assert(eli_idt_masks(&s.idt, (uint8_t)v) == !open);
		ck_assert_uint_eq(s.idt.page[0].shadow[v * 16 + 4], 0xff);
	}
}
END_TEST

START_TEST(two_pages)
{
	begin();
	ck_assert(make(MEMORY_LINEAR + 0x1ff0 + 13, 0xfff)); /* a gate lies across the border */
	ck_assert_uint_eq(s.idt.pages, 2);
	ck_assert_uint_eq(s.idt.page[0].gpa, MEMORY_GPA + 0x1000);
	ck_assert_uint_eq(s.idt.page[1].gpa, MEMORY_GPA + 0x2000);
	shadow_check(&s);
	/* Data before it, in the same page, is as it was. */
	ck_assert_mem_eq(s.idt.page[0].shadow, memory.frame[1], 0xff0);
}
END_TEST

START_TEST(one_frame_twice)
{
	begin();
	memory.map[3] = memory.map[4] = 5;
	memset(memory.frame[5], 0xff, ELI_PAGE_SIZE);
	ck_assert(make(MEMORY_LINEAR + 0x3800, 0xfff));
	ck_assert_uint_eq(s.idt.pages, 2);
	ck_assert(s.idt.page[0].shadow == s.idt.page[1].shadow);
	shadow_check(&s);
	ck_assert_uint_eq(s.idt.page[0].shadow[0x805], 0xff);             /* gate 0 */
	ck_assert_uint_eq(s.idt.page[0].shadow[0x805 + 0x40 * 16], 0x7f); /* gate 40H */
	ck_assert_uint_eq(s.idt.page[0].shadow[0x805 - 0x10], 0x7f);      /* gate ffH */
	ck_assert_uint_eq(s.idt.page[0].shadow[0x805 - 0x20 * 16], 0xff); /* gate e0H */
	*flags_of(0xff) = *flags_of(0x40) = 0x8e;
	ck_assert(eli_idt_written(&s.idt, MEMORY_GPA + 0x5000, 0x1000));
	shadow_check(&s);
}
END_TEST

START_TEST(limits)
{
	static const struct {
		uint16_t limit, gates;
	} rows[] = {
		{0x1ff, 32},  {0x20e, 32},  {0x20f, 33},   {0x210, 33},
		{0xffe, 255}, {0xfff, 256}, {0xffff, 256}, {15, 1},
	};

	begin();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert(make(MEMORY_LINEAR + 0xa08, rows[i].limit));
		ck_assert_uint_eq(s.idt.gates, rows[i].gates);
		shadow_check(&s);
		for (unsigned v = rows[i].gates; v < 256; v++)
			ck_assert(!eli_idt_masks(&s.idt, (uint8_t)v));
	}
	ck_assert(!make(MEMORY_LINEAR, 14));
	ck_assert_uint_eq(s.idt.pages, 0);
}
END_TEST

/* A gate that the limit cuts is data like any other. */
START_TEST(cut_gate)
{
	begin();
	memset(memory.frame[0], 0xff, ELI_PAGE_SIZE);
	ck_assert(make(MEMORY_LINEAR, 0x40 * 16 + 14));
	ck_assert_uint_eq(s.idt.page[0].shadow[0x40 * 16 + 5], 0xff);
	ck_assert_uint_eq(s.idt.page[0].shadow[0x3f * 16 + 5], 0x7f);
}
END_TEST

START_TEST(nowhere)
{
	begin();
	memory.map[3] = MEMORY_NONE;
	ck_assert(!make(MEMORY_LINEAR + 0x3000, 0xfff));
	ck_assert(!make(MEMORY_LINEAR + 0x2010, 0xfff)); /* its last gate */
	ck_assert(make(MEMORY_LINEAR + 0x2010, 0xfef));
	ck_assert(!make(MEMORY_LINEAR + 0x3ff8, 0xfff)); /* its first */
	ck_assert_uint_eq(s.idt.pages, 0);
	ck_assert(!eli_idt_masks(&s.idt, 0x40));
	ck_assert(!eli_idt_written(&s.idt, MEMORY_GPA, 0x1000));
}
END_TEST

START_TEST(canonical)
{
	begin();
	memory.wraps = true;
	ck_assert(make(UINT64_C(0x00007ffffffff000), 0xfff));
	ck_assert(!make(UINT64_C(0x00007ffffffff010), 0xfff));
	ck_assert(!make(UINT64_C(0xffff7ffffffff800), 0xfff));
	ck_assert(!make(UINT64_C(0x1234567800000000), 0xfff));
	/* From the last page to the first, as the processor adds. */
	ck_assert(make(UINT64_C(0xfffffffffffff800), 0xfff));
	ck_assert_uint_eq(s.idt.page[1].linear, 0);
	shadow_check(&s);
}
END_TEST

START_TEST(moved)
{
	begin();
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR, 0xfff));
	ck_assert(make(MEMORY_LINEAR + 0x800, 0xfff));
	ck_assert(!eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xfff));
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR, 0xfff));
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xffe));
	memory.map[1] = 4; /* the guest's tables, without an exit */
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xfff));
	memory.map[1] = MEMORY_NONE;
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xfff));
	memory.map[1] = 1;
	ck_assert(!eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xfff));
	eli_idt_drop(&s.idt);
	ck_assert(eli_idt_moved(&s.idt, MEMORY_LINEAR + 0x800, 0xfff));
}
END_TEST

/* A write that L0 makes in the guest's stead, across the border of two frames beside each other. */
START_TEST(written)
{
	begin();
	ck_assert(make(MEMORY_LINEAR + 0x1808, 0xfff));
	memset(&memory.frame[1][0xff0], 0xff, 16);
	memset(&memory.frame[2][0], 0xff, 16);
	memset(&memory.frame[2][0x900], 0xee, 8); /* behind the IDT, in its page */
	ck_assert(eli_idt_written(&s.idt, MEMORY_GPA + 0x1ff0, 32));
	ck_assert(eli_idt_written(&s.idt, MEMORY_GPA + 0x2900, 8));
	shadow_check(&s);
	ck_assert(!eli_idt_written(&s.idt, MEMORY_GPA + 0xfff, 1));
	ck_assert(!eli_idt_written(&s.idt, MEMORY_GPA + 0x3000, 0x1000));
	ck_assert(eli_idt_written(&s.idt, MEMORY_GPA, 0x6000));
}
END_TEST

START_TEST(opened)
{
	const struct eli_vectors other = some(0x40, 0x41);

	begin();
	ck_assert(make(MEMORY_LINEAR, 0xfff));
	eli_idt_open(&s.idt, &other);
	shadow_check(&s);
	ck_assert(!eli_idt_masks(&s.idt, 0x40) && eli_idt_masks(&s.idt, 0x31));
	ck_assert(!eli_idt_masks(&s.idt, 0));
}
END_TEST

START_TEST(own_gate)
{
	begin();
	ck_assert(make(MEMORY_LINEAR + 0x8fd, 0xfff));
	for (unsigned v = 0; v < 256; v++) {
		*flags_of((uint8_t)v) = 0x8e;
		ck_assert(eli_idt_own_present(&s.idt, (uint8_t)v));
		*flags_of((uint8_t)v) = 0x0e;
		ck_assert(!eli_idt_own_present(&s.idt, (uint8_t)v));
	}
}
END_TEST

START_TEST(limit_guard)
{
	const struct eli_vectors none = {{0}}, low = some(0x20, 0x31), high = some(0xff, 0x40);

	begin();
	eli_idt_make(&s.idt, MEMORY_LINEAR, 0xffff, &low);
	ck_assert_uint_eq(eli_idt_limit(&s.idt), 0x31f);
	ck_assert(eli_limit_has(0x31f, 0x31) && !eli_limit_has(0x31f, 0x32));
	eli_idt_open(&s.idt, &high);
	ck_assert_uint_eq(eli_idt_limit(&s.idt), 0xfff);
	eli_idt_open(&s.idt, &none);
	ck_assert_uint_eq(eli_idt_limit(&s.idt), 0x1ff);
	eli_idt_make(&s.idt, MEMORY_LINEAR, 0x208, &low); /* never beyond the guest's own */
	ck_assert_uint_eq(eli_idt_limit(&s.idt), 0x208);
}
END_TEST

static void check_own(void)
{
	for (unsigned i = 0; i < s.idt.pages; i++)
		ck_assert_mem_eq(s.idt.page[i].shadow, s.idt.page[i].own, ELI_PAGE_SIZE);
}

/* All gates as the guest's own, also what it writes meanwhile; then masked as before. */
START_TEST(lifted)
{
	begin();
	for (unsigned n = 0; n < 200; n++) {
		uint64_t base = MEMORY_LINEAR + prng_below(&prng, 0x6000);
		unsigned frame = (unsigned)prng_below(&prng, MEMORY_FRAMES);

		memory.map[prng_below(&prng, MEMORY_PAGES)] =
			(uint8_t)prng_below(&prng, MEMORY_FRAMES);
		make(base, (uint16_t)prng_below(&prng, 0x1200));
		ck_assert(!s.idt.lifted);
		eli_idt_lift(&s.idt, true);
		check_own();
		memory.frame[frame][n] = (uint8_t)prng_next(&prng);
		eli_idt_written(&s.idt, MEMORY_GPA + frame * ELI_PAGE_SIZE + n, 1);
		check_own();
		for (unsigned v = 0; v < 256; v++)
			ck_assert(!eli_idt_masks(&s.idt, (uint8_t)v));
		eli_idt_lift(&s.idt, false);
		shadow_check(&s);
	}
}
END_TEST

/* Anything a guest may load, map, write, and what devices are assigned. */
START_TEST(random)
{
	unsigned made = 0;

	begin();
	for (unsigned n = 0; n < 2000; n++) {
		uint64_t base = MEMORY_LINEAR + prng_below(&prng, 0x6000);
		struct eli_vectors open;
		unsigned frame = (unsigned)prng_below(&prng, MEMORY_FRAMES);
		unsigned at = (unsigned)prng_below(&prng, ELI_PAGE_SIZE - 16);

		for (unsigned i = 0; i < ELI_VECTOR_WORDS; i++)
			open.word[i] = (uint32_t)(prng_next(&prng) & prng_next(&prng));
		memory.map[prng_below(&prng, MEMORY_PAGES)] =
			(uint8_t)prng_below(&prng, MEMORY_FRAMES);
		made += eli_idt_make(&s.idt, base, (uint16_t)prng_below(&prng, 0x1200), &open);
		shadow_check(&s);
		for (unsigned i = 0; i < 16; i++)
			memory.frame[frame][at + i] = (uint8_t)prng_next(&prng);
		eli_idt_written(&s.idt, MEMORY_GPA + frame * ELI_PAGE_SIZE + at, 16);
		shadow_check(&s);
	}
	ck_assert_uint_gt(made, 1000);
}
END_TEST

TCase *idt_cases(void)
{
	TCase *tcase = tcase_create("idt");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, whole_page);
	tcase_add_test(tcase, two_pages);
	tcase_add_test(tcase, one_frame_twice);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, cut_gate);
	tcase_add_test(tcase, nowhere);
	tcase_add_test(tcase, canonical);
	tcase_add_test(tcase, moved);
	tcase_add_test(tcase, written);
	tcase_add_test(tcase, opened);
	tcase_add_test(tcase, own_gate);
	tcase_add_test(tcase, limit_guard);
	tcase_add_test(tcase, lifted);
	tcase_add_test(tcase, random);
	return tcase;
}

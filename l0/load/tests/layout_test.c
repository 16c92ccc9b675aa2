// SPDX-License-Identifier: Apache-2.0
/* Who has which part of L1's memory. */
#include "fixture.h"

static struct layout layout;

START_TEST(the_firmware_keeps_its_own)
{
	static const struct {
		uint64_t at, size;
		const char *words;
	} row[] = {
		{0, 16, "BIOS data area"},
		{0x4ff, 1, "BIOS data area"},
		{0x9f000, 0x1000, "extended BIOS data area"},
		{0xb8000, 16, "video memory"},
		{0xffff0, 0x1000, "ROM"},
		{RAM_BYTES - 8, 9, "more than its memory"},
		{UINT64_MAX, 2, "more than its memory"},
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		layout_init(&layout, &ram);
		ck_assert_ptr_null(layout_take(&layout, row[i].at, row[i].size));
		ck_assert_msg(strstr(last_line, row[i].words), "%s", last_line);
	}
}
END_TEST

START_TEST(a_place_is_where_nothing_is)
{
	static const struct {
		struct layout_wish wish;
		uint64_t size, at; /* at 0: there is none */
	} row[] = {
		{{0, 0x1000, 1, false}, 16, 0x500},
		{{0, 0x1000, 0x100, true}, 16, 0xf00},
		{{0x100000, 0x110000, 16, false}, 16, 0x100010},
		{{0x90000, 0x100000, 4096, true}, 4096, 0x9e000},
		{{0x90000, 0x100000, 4096, false}, 0x10000, 0},
		{{0x100000, UINT64_MAX, 4096, true}, 4096, RAM_BYTES - 4096},
		{{0x100000, UINT64_MAX, 4096, true}, RAM_BYTES, 0},
		{{0x100000, UINT64_MAX, 4096, false}, UINT64_MAX, 0},
		{{0x100000, UINT64_MAX, 4096, true}, UINT64_MAX, 0},
		{{RAM_BYTES, UINT64_MAX, 4096, false}, 1, 0},
		{{0x100000, 0x100008, 1, false}, 8, 0},
		{{0x100004, 0x100018, 1, true}, 8, 0x100010},
		{{0x100000, 0x100018, 1, true}, 9, 0},
	};
	uint64_t at;

	layout_init(&layout, &ram);
	ck_assert_ptr_nonnull(layout_take(&layout, 0x100008, 8));
	ck_assert_ptr_nonnull(layout_take(&layout, 0x100000, 8));
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ck_assert_uint_eq(layout_find(&layout, &row[i].wish, row[i].size, &at),
				  row[i].at != 0);
		if (row[i].at)
			ck_assert_uint_eq(at, row[i].at);
	}
}
END_TEST

START_TEST(tables_are_low_until_it_is_full)
{
	uint64_t at, last = 0;

	layout_init(&layout, &ram);
	ck_assert_ptr_nonnull(layout_take(&layout, 0x8000, 0x10000));
	ck_assert_ptr_nonnull(layout_take(&layout, 0x200000, 1));
	ck_assert_ptr_nonnull(layout_place_table(&layout, 100, &at));
	ck_assert_uint_eq(at, 0x18000);
	ck_assert_ptr_nonnull(layout_place_table(&layout, 0x80000, &at));
	ck_assert_uint_eq(at, 0x19000);
	ck_assert_ptr_nonnull(layout_place_table(&layout, 0x8000, &at));
	ck_assert_uint_eq(at, 0x201000);
	while (layout_place_table(&layout, LAYOUT_PAGE, &at)) {
		ck_assert_uint_ne(at, last);
		last = at;
	}
	ck_assert_uint_eq(layout.pieces, LAYOUT_PIECES);
}
END_TEST

TCase *layout_cases(void)
{
	TCase *cases = tcase_create("layout");

	tcase_add_test(cases, the_firmware_keeps_its_own);
	tcase_add_test(cases, a_place_is_where_nothing_is);
	tcase_add_test(cases, tables_are_low_until_it_is_full);
	return cases;
}

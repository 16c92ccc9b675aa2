// SPDX-License-Identifier: Apache-2.0
/* Every row of fields.def: look-up, width, high half, read-only, dirty group, existence. */
#include "base.h"
#include "suites.h"

#include <string.h>

static struct base b;

static void setup(void)
{
	base_make(&b, BASE_LONG);
	b.c.dirty = 0;
}

#define PATTERN 0xfedcba9876543210ull

/* Written, cut to its width, in its own cell and no other, its own group dirty and no other. */
START_TEST(row_round_trip)
{
	const struct vmcs_row *r = &vmcs_rows[_i];
	struct vmcs12 before = b.c.v;
	int row = vmcs_row(&b.index, r->encoding);

	ck_assert_int_eq(row, _i);
	ck_assert_str_ne(r->name, "");
	vmcs12_write(&b.c, row, false, PATTERN);
	ck_assert_uint_eq(vmcs12_read(&b.c, row, false), PATTERN & r->mask);
	ck_assert_uint_eq(b.c.dirty, r->dirty);
	ck_assert_uint_eq(r->dirty, 1u << r->group);
	before.cell[row] = b.c.v.cell[row];
	ck_assert_mem_eq(&before, &b.c.v, sizeof(before));
}
END_TEST

/* Bits 14:13 of the encoding are the width; 12 and 31:15 are reserved; no index is over 31. */
START_TEST(row_encoding)
{
	static const uint8_t widths[] = {16, 64, 32, 64};
	const struct vmcs_row *r = &vmcs_rows[_i];

	ck_assert_uint_eq(r->width, widths[r->encoding >> 13]);
	ck_assert_uint_eq(r->mask, r->width == 64 ? ~0ull : (1ull << r->width) - 1);
	for (int bit = 15; bit < 64; bit++)
		ck_assert_int_eq(vmcs_row(&b.index, r->encoding | 1ull << bit), -1);
	ck_assert_int_eq(vmcs_row(&b.index, r->encoding | 1u << 12), -1);
	for (int bit = 6; bit < 10; bit++)
		ck_assert_int_eq(vmcs_row(&b.index, r->encoding | 1u << bit), -1);
}
END_TEST

/* Only fields of type 64-bit have a high half; it is the upper dword of the cell. */
START_TEST(row_high)
{
	const struct vmcs_row *r = &vmcs_rows[_i];
	int row = vmcs_row(&b.index, r->encoding | 1u);

	if (r->encoding >> 13 != 1) {
		ck_assert_int_eq(row, -1);
		return;
	}
	ck_assert_int_eq(row, _i);
	ck_assert(vmcs_is_high(r->encoding | 1u));
	vmcs12_write(&b.c, row, false, PATTERN);
	ck_assert_uint_eq(vmcs12_read(&b.c, row, true), PATTERN >> 32);
	vmcs12_write(&b.c, row, true, 0xffffffff11223344ull);
	ck_assert_uint_eq(vmcs12_read(&b.c, row, false), 0x1122334476543210ull);
}
END_TEST

/* Read-only is exactly the exit-information type (bits 11:10 = 1). */
START_TEST(row_read_only)
{
	const struct vmcs_row *r = &vmcs_rows[_i];

	ck_assert_int_eq(vmcs_row_read_only(_i), (r->encoding >> 10 & 3) == 1);
	ck_assert_int_eq(r->group == GROUP_INFO, r->read_only);
}
END_TEST

/* A row is stale with its group, and each row of a rare group is guest state. */
START_TEST(row_stale)
{
	const struct vmcs_row *r = &vmcs_rows[_i];

	ck_assert(!vmcs12_row_stale(&b.c, _i));
	b.c.stale = DIRTY_RARE;
	ck_assert_int_eq(vmcs12_row_stale(&b.c, _i), !!(r->dirty & DIRTY_RARE));
	if (r->dirty & DIRTY_RARE)
		ck_assert_uint_eq(r->encoding >> 10 & 3, 2);
}
END_TEST

/* Over the whole space of encodings, no other than the rows exist. */
START_TEST(no_other_encodings)
{
	int found = 0;

	for (uint32_t encoding = 0; encoding < 0x10000; encoding++) {
		int row = vmcs_row(&b.index, encoding);

		if (row < 0)
			continue;
		ck_assert_int_lt(row, VMCS_ROWS);
		ck_assert_uint_eq(vmcs_rows[row].encoding, encoding & ~1u);
		found += !(encoding & 1);
	}
	ck_assert_int_eq(found, VMCS_ROWS);
}
END_TEST

/* Without a feature exactly its rows are gone. */
START_TEST(rows_follow_features)
{
	struct vmx_caps none = b.l1;
	struct vmcs_index index;

	none.pin = none.proc = none.proc2 = none.exit = none.entry = 0;
	ck_assert_uint_eq(vmx_features(&none), 1u << FEATURE_ALWAYS);
	ck_assert_uint_eq(vmx_features(&b.l1), (1u << FEATURE_COUNT) - 1);
	vmcs_index_make(&index, &none);
	for (int row = 0; row < VMCS_ROWS; row++)
		ck_assert_int_eq(vmcs_row(&index, vmcs_rows[row].encoding) == row,
				 vmcs_rows[row].exists == FEATURE_ALWAYS);
}
END_TEST

/* A page that L1 filled with ones is cut to widths; nothing of the cache survives. */
START_TEST(adopt_cuts)
{
	memset(&b.c, 0xff, sizeof(b.c));
	vmcs12_adopt(&b.c);
	for (int row = 0; row < VMCS_ROWS; row++)
		ck_assert_uint_eq(b.c.v.cell[row], vmcs_rows[row].mask);
	ck_assert_uint_eq(b.c.v.launched, 1);
	ck_assert_uint_eq(b.c.dirty, DIRTY_ALL);
	ck_assert_uint_eq(b.c.stale, 0);
}
END_TEST

TCase *fields_cases(void)
{
	TCase *t = tcase_create("fields");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, row_round_trip, 0, VMCS_ROWS);
	tcase_add_loop_test(t, row_encoding, 0, VMCS_ROWS);
	tcase_add_loop_test(t, row_high, 0, VMCS_ROWS);
	tcase_add_loop_test(t, row_read_only, 0, VMCS_ROWS);
	tcase_add_loop_test(t, row_stale, 0, VMCS_ROWS);
	tcase_add_test(t, no_other_encodings);
	tcase_add_test(t, rows_follow_features);
	tcase_add_test(t, adopt_cuts);
	return t;
}

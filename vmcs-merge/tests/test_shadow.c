// SPDX-License-Identifier: Apache-2.0
/* The shadow VMCS: what L1 may reach, and that both ways carry exactly what changed. */
#include "base.h"
#include "shadow_vmcs.h"
#include "suites.h"
#include "vmcs_access.h"

enum kind { KIND_EXIT, KIND_LIVE, KIND_OPTION, KIND_CONTROL };

static const struct row {
	uint32_t encoding, row, dirty;
	enum kind kind;
} rows[] = {
#define S(NAME, name, GROUP, kind) {VMCS_##NAME, VMCS_ROW_##name, DIRTY_##GROUP, KIND_##kind},
#include "shadow.def"
#undef S
};

#define ROWS (int)(sizeof(rows) / sizeof(rows[0]))

static struct base b;

static void setup(void)
{
	base_merged(&b, BASE_LONG);
	b.c.has_options = true;
	b.c.dirty = 0;
}

static bool allowed(const uint8_t *bitmap, uint32_t encoding)
{
	return !(bitmap[encoding / 8] >> encoding % 8 & 1);
}

/* The list's group is the row's, its kind fits the row's access, and no row is there twice. */
START_TEST(list_agrees_with_fields)
{
	const struct vmcs_row *row = &vmcs_rows[rows[_i].row];

	ck_assert_uint_eq(row->encoding, rows[_i].encoding);
	ck_assert_uint_eq(row->dirty, rows[_i].dirty);
	ck_assert_int_eq(row->read_only, rows[_i].kind == KIND_EXIT);
	for (int other = 0; other < _i; other++)
		ck_assert_uint_ne(rows[other].row, rows[_i].row);
	/* A writable 64-bit field could be written by halves, which trap and would miss the shadow.
	 */
	ck_assert(row->read_only || (row->encoding & VMCS_WIDTH) != VMCS_WIDTH_64);
}
END_TEST

/* Exactly the list passes, by whole fields, and only what may be written for VMWRITE. */
START_TEST(bitmaps_follow_list)
{
	static uint8_t read[SHADOW_BITMAP_BYTES], write[SHADOW_BITMAP_BYTES];
	int reads = 0, writes = 0, writable = 0;

	setup();
	shadow_bitmaps(&b.index, read, write);
	for (uint32_t encoding = 0; encoding < SHADOW_BITMAP_BYTES * 8; encoding++) {
		reads += allowed(read, encoding);
		writes += allowed(write, encoding);
	}
	for (int i = 0; i < ROWS; i++) {
		ck_assert(allowed(read, rows[i].encoding));
		ck_assert(allowed(write, rows[i].encoding) == (rows[i].kind != KIND_EXIT));
		writable += rows[i].kind != KIND_EXIT;
	}
	ck_assert_int_eq(reads, ROWS);
	ck_assert_int_eq(writes, writable);
}
END_TEST

/* A field that L1 was not offered traps, and so fails as it must. */
START_TEST(missing_field_traps)
{
	static uint8_t read[SHADOW_BITMAP_BYTES], write[SHADOW_BITMAP_BYTES];

	setup();
	b.index.entry[VMCS_TPR_THRESHOLD] = VMCS_ENTRY_NONE;
	shadow_bitmaps(&b.index, read, write);
	ck_assert(!allowed(read, VMCS_TPR_THRESHOLD));
	ck_assert(!allowed(write, VMCS_TPR_THRESHOLD));
}
END_TEST

/* What the processor may lack is neither written nor read where it does. */
START_TEST(missing_option_is_left_alone)
{
	setup();
	b.index.entry[VMCS_INTERRUPT_STATUS] = VMCS_ENTRY_NONE;
	b.c.has_options = false;
	mock->field[VMCS_INTERRUPT_STATUS] = 0x55;
	shadow_fill(&b.c, &b.index);
	shadow_store(&b.c);
	shadow_load(&b.c);
	ck_assert_uint_eq(mock_field(VMCS_INTERRUPT_STATUS), 0x55);
	ck_assert_uint_eq(b.c.v.interrupt_status, 0);
	ck_assert_uint_eq(b.c.dirty, 0);
}
END_TEST

/* A fill writes the whole list, a store all but what only L1 writes, each cell's value. */
START_TEST(stores_write_their_rows)
{
	setup();
	for (int i = 0; i < ROWS; i++)
		b.c.v.cell[rows[i].row] = (uint64_t)(i + 1) & vmcs_rows[rows[i].row].mask;
	shadow_fill(&b.c, &b.index);
	for (int i = 0; i < ROWS; i++)
		ck_assert_uint_eq(mock->field[rows[i].encoding], (uint64_t)(i + 1));
	for (int i = 0; i < ROWS; i++)
		b.c.v.cell[rows[i].row] += 100;
	shadow_store(&b.c);
	for (int i = 0; i < ROWS; i++)
		ck_assert_uint_eq(mock->field[rows[i].encoding],
				  (uint64_t)(i + 1) + (rows[i].kind == KIND_CONTROL ? 0 : 100));
}
END_TEST

/* What L1 wrote to one field reaches its cell and marks its group; nothing else moves. */
START_TEST(load_takes_what_changed)
{
	struct vmcs12 before;

	setup();
	shadow_fill(&b.c, &b.index);
	before = b.c.v;
	mock->field[rows[_i].encoding] ^= 2;
	shadow_load(&b.c);
	if (rows[_i].kind == KIND_EXIT) {
		ck_assert_uint_eq(b.c.dirty, 0);
	} else {
		ck_assert_uint_eq(b.c.dirty, rows[_i].dirty);
		before.cell[rows[_i].row] ^= 2;
	}
	ck_assert_mem_eq(&b.c.v, &before, sizeof(before));
}
END_TEST

TCase *shadow_cases(void)
{
	TCase *cases = tcase_create("shadow");

	tcase_add_loop_test(cases, list_agrees_with_fields, 0, ROWS);
	tcase_add_test(cases, bitmaps_follow_list);
	tcase_add_test(cases, missing_field_traps);
	tcase_add_test(cases, missing_option_is_left_alone);
	tcase_add_test(cases, stores_write_their_rows);
	tcase_add_loop_test(cases, load_takes_what_changed, 0, ROWS);
	return cases;
}

// SPDX-License-Identifier: Apache-2.0
/* The enlightened VMCS: every place, every clean-field group, and what an exit leaves alone. */
#include "evmcs.h"
#include "base.h"
#include "suites.h"
#include "vmcs_access.h"

#include <string.h>

enum kind { CONTROL, STATE, RARE, BLOCK = RARE, INFO };

/* The table once more, as data. */
static const struct place {
	int row;
	unsigned int offset, bits;
	enum kind kind;
} places[] = {
#define EVMCS_GROUP(group)
#define EVMCS_FIELD(name, offset, bits, kind) {VMCS_ROW_##name, offset, bits, kind},
#define EVMCS_END
#include "evmcs.def"
};

/* The same rows' groups, in the same order: a group is entered by EVMCS_GROUP, left by EVMCS_END.
 */
static void groups(uint32_t group_of[])
{
	unsigned int i = 0;
	uint32_t now;

#define EVMCS_GROUP(group)                    now = EVMCS_CLEAN_##group;
#define EVMCS_FIELD(name, offset, bits, kind) group_of[i++] = now;
#define EVMCS_END
#include "evmcs.def"
}

#define PLACES (sizeof(places) / sizeof(places[0]))

static uint32_t group_of[PLACES];
static struct base b;
static uint8_t page[4096] __attribute__((aligned(4096)));
static uint64_t seed;

static uint64_t at(const struct place *p)
{
	uint64_t value = 0;

	memcpy(&value, page + p->offset, p->bits / 8);
	return value;
}

static void scribble(void)
{
	for (unsigned int i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)base_random(&seed);
}

static void setup(void)
{
	seed = 0xe5;
	groups(group_of);
	base_merged(&b, BASE_LONG);
	scribble();
}

/* Every place is inside the 1 KiB of the layout, has the field's width, and is its alone. */
START_TEST(layout)
{
	static uint8_t used[1024];

	memset(used, 0, sizeof(used));
	for (unsigned int i = 0; i < PLACES; i++) {
		const struct place *p = &places[i];

		ck_assert_uint_eq(p->bits, vmcs_rows[p->row].width);
		ck_assert_int_eq(p->kind == INFO, vmcs_rows[p->row].read_only);
		ck_assert_int_eq(p->kind == RARE, (vmcs_rows[p->row].dirty & DIRTY_RARE) != 0);
		for (unsigned int byte = p->offset; byte < p->offset + p->bits / 8; byte++) {
			ck_assert(!used[byte] && byte >= 8);
			used[byte] = 1;
		}
	}
	for (unsigned int byte = 0; byte < 4; byte++)
		ck_assert(!used[EVMCS_CLEAN_AT + byte] && !used[EVMCS_ENLIGHTENMENTS_AT + byte]);
}
END_TEST

/* Without the controls that the layout cannot carry, L1 has no field that it misses there. */
START_TEST(every_field_has_a_place)
{
	uint8_t has[VMCS_ROWS] = {0};

	evmcs_limit_caps(&b.l1);
	ck_assert(!(vmx_allowed1(b.l1.exit) & EXIT_SAVE_TIMER));
	vmcs_index_make(&b.index, &b.l1);
	for (unsigned int i = 0; i < PLACES; i++)
		has[places[i].row] = 1;
	/* SMM's, and what only SMM's I/O exits fill in. */
	has[VMCS_ROW_executive_vmcs] = has[VMCS_ROW_guest_smbase] = 1;
	has[VMCS_ROW_io_rcx] = has[VMCS_ROW_io_rsi] = has[VMCS_ROW_io_rdi] = has[VMCS_ROW_io_rip] =
		1;
	for (int row = 0; row < VMCS_ROWS; row++)
		ck_assert_int_eq(has[row], vmcs_row(&b.index, vmcs_rows[row].encoding) == row);
}
END_TEST

/* A page that L0 has not seen: all of it comes in, cut to width; other cells are 0. */
START_TEST(first_load)
{
	uint8_t has[VMCS_ROWS] = {0};

	evmcs_adopt(&b.c);
	evmcs_load(&b.c, page, 0);
	ck_assert_uint_eq(b.c.dirty, DIRTY_ALL);
	ck_assert_uint_eq(b.c.stale, 0);
	for (unsigned int i = 0; i < PLACES; i++) {
		has[places[i].row] = 1;
		ck_assert_uint_eq(b.c.v.cell[places[i].row],
				  places[i].kind == INFO ? 0 : at(&places[i]));
	}
	for (int row = 0; row < VMCS_ROWS; row++)
		ck_assert(has[row] || b.c.v.cell[row] == 0);
}
END_TEST

/* Is a group read when L1 says @clean? Those without a bit: at each entry, or when no bit is set.
 */
static bool is_read(uint32_t group, uint32_t clean)
{
	return !(group & clean);
}

/* Every combination of one bit clear or one bit set: the others keep the values of before. */
START_TEST(clean_groups)
{
	uint32_t clean = _i < 16 ? EVMCS_CLEAN_ALL & ~(1u << _i) : 1u << (_i - 16);
	struct vmcs12 before = b.c.v;
	uint32_t dirty = 0;

	if (_i == 32)
		clean = EVMCS_CLEAN_ALL;
	evmcs_load(&b.c, page, clean);
	for (unsigned int i = 0; i < PLACES; i++) {
		bool read = is_read(group_of[i], clean) && places[i].kind != INFO;
		uint64_t old = before.cell[places[i].row], new = at(&places[i]);

		ck_assert_uint_eq(b.c.v.cell[places[i].row], read ? new : old);
		if (read && (new != old || places[i].kind == RARE))
			dirty |= vmcs_rows[places[i].row].dirty;
	}
	ck_assert_uint_eq(b.c.dirty, dirty);
}
END_TEST

/* A group that is not clean, with the values of before: only what stayed in VMCS02 is dirty. */
START_TEST(same_values)
{
	evmcs_load(&b.c, page, 0);
	b.c.dirty = 0;
	evmcs_load(&b.c, page, 0);
	ck_assert_uint_eq(b.c.dirty, DIRTY_RARE);
}
END_TEST

/* One field changed: its group is dirty, and no other. */
START_TEST(one_field)
{
	const struct place *p = &places[_i];

	evmcs_load(&b.c, page, 0);
	b.c.dirty = 0;
	page[p->offset] ^= 1;
	evmcs_load(&b.c, page, EVMCS_CLEAN_GUEST_GRP1 | EVMCS_CLEAN_GUEST_GRP2);
	if (p->kind == INFO || (group_of[_i] & (EVMCS_CLEAN_GUEST_GRP1 | EVMCS_CLEAN_GUEST_GRP2)))
		ck_assert_uint_eq(b.c.dirty, 0);
	else
		ck_assert_uint_eq(b.c.dirty, vmcs_rows[p->row].dirty);
}
END_TEST

/* An exit writes guest state and information, the rare state from VMCS02, and no other byte. */
START_TEST(store)
{
	static uint8_t expected[4096];

	memcpy(expected, page, sizeof(page));
	for (int row = 0; row < VMCS_ROWS; row++)
		b.c.v.cell[row] = base_random(&seed) & vmcs_rows[row].mask;
	for (unsigned int i = 0; i < PLACES; i++) {
		const struct place *p = &places[i];
		uint64_t value = b.c.v.cell[p->row];

		if (p->kind == RARE)
			value = mock->field[vmcs_rows[p->row].encoding] =
				base_random(&seed) & vmcs_rows[p->row].mask;
		if (p->kind != CONTROL)
			memcpy(expected + p->offset, &value, p->bits / 8);
	}
	mock->writes = 0;
	evmcs_store(&b.c, page);
	ck_assert_uint_eq(mock->writes, 0);
	ck_assert_mem_eq(page, expected, sizeof(page));
}
END_TEST

/* A failure writes information alone, and reads no VMCS. */
START_TEST(store_info)
{
	static uint8_t expected[4096];

	memcpy(expected, page, sizeof(page));
	for (unsigned int i = 0; i < PLACES; i++)
		if (places[i].kind == INFO)
			memcpy(expected + places[i].offset, &b.c.v.cell[places[i].row],
			       places[i].bits / 8);
	mock->reads = 0;
	evmcs_store_info(&b.c, page);
	ck_assert_uint_eq(mock->reads, 0);
	ck_assert_mem_eq(page, expected, sizeof(page));
}
END_TEST

/* L2 ran, L1 changed nothing: whatever is called clean, the next merge writes what it read. */
START_TEST(round_trip)
{
	static struct mock_vmcs before;

	for (unsigned int i = 0; i < PLACES; i++)
		memcpy(page + places[i].offset, &b.c.v.cell[places[i].row], places[i].bits / 8);
	for (unsigned int i = 0; i < PLACES; i++)
		if (places[i].kind == RARE)
			mock->field[vmcs_rows[places[i].row].encoding] ^= 0x10;
	vmcs12_save_guest(&b.c, &b.l0);
	evmcs_store(&b.c, page);
	before = *mock;
	mock->writes = 0;
	evmcs_load(&b.c, page, _i ? EVMCS_CLEAN_ALL : 0);
	vmcs02_merge(&b.c, &b.l0);
	ck_assert_mem_eq(mock->field, before.field, sizeof(before.field));
	ck_assert_int_eq(mock->writes == 0, _i);
}
END_TEST

/* After an exit L1 writes one part of the rare state; the rest is fetched and does not undo that.
 */
START_TEST(rare_in_parts)
{
	vmcs12_save_guest(&b.c, &b.l0);
	mock->field[VMCS_GUEST_SYSENTER_ESP] = 0x5e5e;
	evmcs_load(&b.c, page, EVMCS_CLEAN_ALL & ~EVMCS_CLEAN_GUEST_GRP2);
	ck_assert_uint_eq(b.c.stale, DIRTY_SYSENTER);
	ck_assert_uint_eq(b.c.dirty & DIRTY_RARE, DIRTY_RARE & ~DIRTY_SYSENTER);
	vmcs12_fetch_rare(&b.c);
	ck_assert_uint_eq(b.c.v.guest_sysenter_esp, 0x5e5e);
	for (unsigned int i = 0; i < PLACES; i++)
		if (group_of[i] == EVMCS_CLEAN_GUEST_GRP2)
			ck_assert_uint_eq(b.c.v.cell[places[i].row], at(&places[i]));
}
END_TEST

TCase *evmcs_cases(void)
{
	TCase *t = tcase_create("enlightened VMCS");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, layout);
	tcase_add_test(t, every_field_has_a_place);
	tcase_add_test(t, first_load);
	tcase_add_loop_test(t, clean_groups, 0, 33);
	tcase_add_test(t, same_values);
	tcase_add_loop_test(t, one_field, 0, (int)PLACES);
	tcase_add_test(t, store);
	tcase_add_test(t, store_info);
	tcase_add_loop_test(t, round_trip, 0, 2);
	tcase_add_test(t, rare_in_parts);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "eli_mode.h"
#include "suites.h"

/* Every entry that there can be: direct only if nothing speaks against it, and the controls agree.
 */
START_TEST(every_entry)
{
	for (unsigned bits = 0; bits < 3 * 64; bits++) {
		const struct eli_entry entry = {
			.way = (enum eli_way)(bits / 64),
			.able = bits & 1,
			.x2apic = bits & 2,
			.masked_event = bits & 4,
			.virtual_due = bits & 8,
			.virtual_service = bits & 16,
			.own_requested = bits & 32,
			.tpr = 0x50,
		};
		struct eli_controls c = eli_decide(&entry);
		bool full = entry.way == ELI_FULL && entry.x2apic;

		ck_assert(c.direct == (entry.way != ELI_EXITS && (bits & 61) == 1));
		ck_assert(c.exit_interrupt == !c.direct);
		ck_assert(c.exit_eoi == !(c.direct && full));
		ck_assert(c.exit_tables == (entry.way != ELI_EXITS));
		ck_assert_uint_eq(c.tpr, c.direct ? 0x50 : 0);
	}
}
END_TEST

START_TEST(move_service)
{
	struct eli_vectors service = {{0}}, l0 = {{0}}, moved, found;

	eli_vectors_add(&l0, 0xf2);
	eli_vectors_add(&service, 0x31);
	eli_vectors_add(&service, 0xe0);
	ck_assert_uint_eq(eli_move(&service, &l0, &moved, &found), 2);
	ck_assert_mem_eq(&moved, &service, sizeof(moved));
	ck_assert_int_eq(eli_vectors_highest(&found), -1);
	/* L0's own has an EOI too, and is not the guest's. */
	eli_vectors_add(&service, 0xf2);
	ck_assert_uint_eq(eli_move(&service, &l0, &moved, &found), 3);
	ck_assert(!eli_vectors_has(&moved, 0xf2) && eli_vectors_has(&moved, 0x31));
	ck_assert_int_eq(eli_vectors_highest(&found), 0xf2);
	memset(&service, 0xff, sizeof(service));
	ck_assert_uint_eq(eli_move(&service, &l0, &moved, &found), 256);
}
END_TEST

/* Open and edge-triggered, every one of the word; never one of the exceptions. */
START_TEST(may_give)
{
	struct eli_vectors open = {{UINT32_MAX, 0, 6}};

	ck_assert(eli_may_give(&open, 2, 2, 0));
	ck_assert(eli_may_give(&open, 2, 6, 1));
	ck_assert(!eli_may_give(&open, 2, 7, 0));
	ck_assert(!eli_may_give(&open, 2, 6, 4));
	ck_assert(!eli_may_give(&open, 1, 1, 0));
	ck_assert(!eli_may_give(&open, 0, 1u << 20, 0));
}
END_TEST

START_TEST(hand_over)
{
	struct eli_controls to = {.direct = true, .tpr = 0x3f};
	struct eli_vectors open = {{0}};

	eli_vectors_add(&open, 0x10);
	eli_vectors_add(&open, 0x35);
	eli_vectors_add(&open, 0x41);
	ck_assert(eli_hand_over(&to, &open, 0x41, true));
	ck_assert(!eli_hand_over(&to, &open, 0x41, false));
	ck_assert(!eli_hand_over(&to, &open, 0x42, true)); /* not open */
	ck_assert(!eli_hand_over(&to, &open, 0x35, true)); /* not above TPR */
	to.tpr = 0;
	ck_assert(eli_hand_over(&to, &open, 0x35, true));
	ck_assert(!eli_hand_over(&to, &open, 0x10, true)); /* an exception's */
	to.direct = false;
	ck_assert(!eli_hand_over(&to, &open, 0x41, true));
}
END_TEST

START_TEST(vectors)
{
	struct eli_vectors set = {{0}};

	ck_assert_int_eq(eli_vectors_highest(&set), -1);
	for (unsigned v = 0; v < 256; v++) {
		eli_vectors_add(&set, (uint8_t)v);
		ck_assert_int_eq(eli_vectors_highest(&set), (int)v);
		ck_assert(eli_vectors_has(&set, (uint8_t)v));
		if (v % 3)
			eli_vectors_remove(&set, (uint8_t)v);
		ck_assert(eli_vectors_has(&set, (uint8_t)v) == (v % 3 == 0));
		ck_assert(eli_gate_open(&set, (uint8_t)v) == (v < 32 || v % 3 == 0));
	}
}
END_TEST

TCase *mode_cases(void)
{
	TCase *tcase = tcase_create("mode");

	tcase_add_test(tcase, every_entry);
	tcase_add_test(tcase, move_service);
	tcase_add_test(tcase, may_give);
	tcase_add_test(tcase, hand_over);
	tcase_add_test(tcase, vectors);
	return tcase;
}

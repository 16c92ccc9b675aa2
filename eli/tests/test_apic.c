// SPDX-License-Identifier: Apache-2.0
/* Two halves against one: every vector, and random states. */
#include "apic.h"
#include "prng.h"
#include "suites.h"

static const struct eli_vectors nobody;

/* The tests' own APIC, by the letter of SDM vol. 3, 11.8. */
START_TEST(plain_apic)
{
	struct apic a = {0};

	apic_raise(&a, 0x31);
	apic_raise(&a, 0x52);
	ck_assert_int_eq(apic_take(&a), 0x52);
	ck_assert_uint_eq(apic_ppr(&a), 0x50);
	apic_raise(&a, 0x5f); /* the same class waits */
	ck_assert_int_eq(apic_next(&a), -1);
	apic_raise(&a, 0x60);
	ck_assert_int_eq(apic_take(&a), 0x60);
	ck_assert_int_eq(apic_eoi(&a), 0x60);
	ck_assert_int_eq(apic_eoi(&a), 0x52);
	a.tpr = 0x5f;
	ck_assert_int_eq(apic_next(&a), -1);
	a.tpr = 0x4f;
	ck_assert_int_eq(apic_next(&a), 0x5f);
	a.tpr = 0x20;
	apic_take(&a);
	apic_eoi(&a);
	ck_assert_int_eq(apic_next(&a), 0x31);
	ck_assert_int_eq(apic_eoi(&a), -1);
}
END_TEST

/* One APIC, and the same with each vector in one half or the other. */
static void split(struct prng *prng, struct apic *one, struct apic half[2])
{
	*one = half[0] = half[1] = (struct apic){0};
	one->tpr = (uint8_t)(prng_below(prng, 3) ? prng_below(prng, 16) << 4 : prng_next(prng));
	for (uint64_t n = prng_below(prng, 5); n; n--) {
		uint8_t vector = (uint8_t)(32 + prng_below(prng, 224));

		one->irr[vector] = half[prng_below(prng, 2)].irr[vector] = true;
	}
	for (uint64_t n = prng_below(prng, 4); n; n--) {
		uint8_t vector = (uint8_t)(32 + prng_below(prng, 224));

		if (!one->isr[vector])
			one->isr[vector] = half[prng_below(prng, 2)].isr[vector] = true;
	}
}

START_TEST(as_one)
{
	struct prng prng = {0xa91c};
	struct apic one, half[2];

	for (unsigned n = 0; n < 100000; n++) {
		struct eli_view view;
		enum eli_who who;
		int next, ended;

		split(&prng, &one, half);
		view = (struct eli_view){apic_half(&half[0], &nobody), apic_half(&half[1], &nobody),
					 one.tpr};
		EXPECT(eli_ppr(&view) == apic_ppr(&one));
		next = apic_next(&one);
		who = eli_first(&view);
		EXPECT((who == ELI_NOBODY) == (next < 0));
		EXPECT(who == ELI_NOBODY || half[who == ELI_PHYSICAL].irr[next]);
		ended = apic_eoi(&one);
		who = eli_eoi(&view);
		EXPECT((who == ELI_NOBODY) == (ended < 0));
		EXPECT(who == ELI_NOBODY || half[who == ELI_PHYSICAL].isr[ended]);
	}
}
END_TEST

START_TEST(same_vector)
{
	struct eli_view view = {{0x41, -1}, {0x41, -1}, 0};

	ck_assert_int_eq(eli_first(&view), ELI_PHYSICAL);
	view = (struct eli_view){{-1, 0x41}, {-1, 0x41}, 0};
	ck_assert_int_eq(eli_eoi(&view), ELI_VIRTUAL);
}
END_TEST

/* What L0 has in service or requested is no part of the guest's APIC: nobody ends it for L0. */
START_TEST(not_l0s)
{
	struct apic a = {0};
	struct eli_vectors l0 = {{0}};
	struct eli_view view = {{-1, -1}, {-1, -1}, 0};

	eli_vectors_add(&l0, 0xf2);
	a.isr[0xf2] = a.irr[0xf2] = true;
	view.physical = apic_half(&a, &l0);
	ck_assert_int_eq(eli_eoi(&view), ELI_NOBODY);
	ck_assert_int_eq(eli_first(&view), ELI_NOBODY);
	a.isr[0x31] = true;
	view.physical = apic_half(&a, &l0);
	ck_assert_int_eq(eli_eoi(&view), ELI_PHYSICAL);
	ck_assert_uint_eq(eli_ppr(&view), 0x30);
}
END_TEST

TCase *apic_cases(void)
{
	TCase *tcase = tcase_create("apic");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, plain_apic);
	tcase_add_test(tcase, as_one);
	tcase_add_test(tcase, same_vector);
	tcase_add_test(tcase, not_l0s);
	return tcase;
}

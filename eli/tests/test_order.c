// SPDX-License-Identifier: Apache-2.0
/* Random guests, bare and under an L0 that has both modes: world.h. */
#include "prng.h"
#include "suites.h"
#include "world.h"

#define STREAMS 100u
#define LENGTH  16000u

static struct world w;

/* What all streams together must have come to, or they prove nothing. */
struct sums {
	uint64_t steps, handlers, direct, left, handed, taken;
	uint64_t kind[ELI_SOFTWARE + 1];
	uint64_t rests, rf_lost;
};

static void add(struct sums *sums)
{
	sums->steps += w.steps;
	sums->handlers += w.handlers;
	sums->direct += w.host.direct;
	sums->left += w.host.left;
	sums->handed += w.host.handed;
	sums->taken += w.host.taken;
	sums->rf_lost += w.guest.rf_lost;
	sums->rests += w.host.guard.rests;
	for (unsigned i = 0; i <= ELI_SOFTWARE; i++)
		sums->kind[i] += w.host.kind[i];
}

static void check_sums(const struct sums *sums)
{
	ck_assert_uint_gt(sums->steps, 100000);
	ck_assert_uint_gt(sums->handlers, 80000);
	ck_assert_uint_gt(sums->direct, 100000);
	ck_assert_uint_gt(sums->left, 10000);
	ck_assert_uint_gt(sums->handed, 100);
	ck_assert_uint_gt(sums->taken, 10000);
	ck_assert_uint_gt(sums->rests, 8);
	ck_assert_uint_gt(sums->rf_lost, 10);
	for (unsigned i = 0; i <= ELI_SOFTWARE; i++)
		ck_assert_uint_gt(sums->kind[i], 100);
}

START_TEST(one_order)
{
	static uint8_t data[LENGTH];
	struct prng prng = {0xe11};
	struct sums sums = {0};

	for (unsigned n = 0; n < STREAMS; n++) {
		for (unsigned i = 0; i < LENGTH; i++)
			data[i] = (uint8_t)prng_next(&prng);
		world_run(&w, data, LENGTH);
		add(&sums);
	}
	check_sums(&sums);
}
END_TEST

TCase *order_cases(void)
{
	TCase *tcase = tcase_create("order");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, one_order);
	return tcase;
}

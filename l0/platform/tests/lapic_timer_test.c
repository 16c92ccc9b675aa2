// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define SECOND 1000000000ull

static struct lapic *const l = &m.lapic[0];

static void start(uint32_t lvt, uint32_t divide)
{
	lapic_out(0, 0xf0, 0x1ff);
	lapic_out(0, 0x320, lvt);
	lapic_out(0, 0x3e0, divide);
}

START_TEST(one_shot_all_divisors)
{
	const uint32_t codes[] = {11, 0, 1, 2, 3, 8, 9, 10};

	machine_start(1, false);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t from = m.now;

		start(0x41, codes[i]);
		lapic_out(0, 0x380, 1000);
		ck_assert_uint_eq(lapic_in(0, 0x390), 1000);
		ck_assert_uint_eq(l->deadline, from + (1000ull << i));
		m.now = l->deadline - 1;
		ck_assert_uint_eq(lapic_in(0, 0x390), 1);
		lapic_run(l, m.now);
		ck_assert_int_eq(lapic_pending(l), -1);
		m.now++;
		lapic_run(l, m.now);
		ck_assert_int_eq(lapic_ack(l), 0x41);
		lapic_eoi(l);
		ck_assert_uint_eq(lapic_in(0, 0x390), 0);
		ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	}
}
END_TEST

/* A bus clock with no round relation to the TSC: a million periods and no drift. */
START_TEST(periodic_is_exact)
{
	machine_start_khz(1, 2893001, 24000);
	start(0x20041, 0xb);
	lapic_out(0, 0x380, 24000);
	for (uint64_t i = 1; i <= 1000000; i++) {
		ensure(l->deadline == clock_tsc(&l->bus, 24000 * i));
		m.now = l->deadline;
		lapic_run(l, m.now);
		ensure(lapic_ack(l) == 0x41);
		lapic_eoi(l);
	}
	ensure(m.now == 1000ull * 2893001000);
}
END_TEST

START_TEST(late_periods_are_one)
{
	machine_start(1, false);
	start(0x20041, 0xb);
	lapic_out(0, 0x380, 1000000);
	m.now += 10 * SECOND + 250000;
	lapic_run(l, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_eoi(l);
	ck_assert_int_eq(lapic_pending(l), -1);
	ck_assert_uint_eq(l->deadline, m.now + 750000);
	ck_assert_uint_eq(lapic_in(0, 0x390), 750000);
	/* The shortest period does not starve the guest. */
	lapic_out(0, 0x380, 1);
	ck_assert_uint_le(machine_advance(SECOND / 100), 1001);
	ck_assert_uint_ge(l->deadline, m.now + 1);
}
END_TEST

START_TEST(masking)
{
	machine_start(1, false);
	start(0x10041, 0xb);
	lapic_out(0, 0x380, 1000);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	m.now += 500;
	ck_assert_uint_eq(lapic_in(0, 0x390), 500);
	lapic_out(0, 0x320, 0x41);
	ck_assert_uint_eq(l->deadline, m.now + 500);
	lapic_out(0, 0x320, 0x10041);
	m.now += 1000;
	lapic_out(0, 0x320, 0x41); /* it ended while masked: lost */
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_out(0, 0x380, 1000);
	lapic_out(0, 0x380, 0); /* stopped */
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
}
END_TEST

/* Once a single count is over, only the initial count starts the timer again. */
START_TEST(ended_stays_ended)
{
	machine_start(1, false);
	start(0x41, 0xb);
	lapic_out(0, 0x380, 1000);
	machine_advance(1500);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_eoi(l);
	lapic_out(0, 0x320, 0x20041); /* periodic */
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	ck_assert_uint_eq(lapic_in(0, 0x390), 0);
	lapic_out(0, 0x3e0, 0x0);
	lapic_out(0, 0x320, 0x41);
	lapic_out(0, 0x320, 0x20041);
	ck_assert_uint_eq(machine_advance(10000), 0);
	lapic_out(0, 0x380, 1000);
	ck_assert_uint_eq(l->deadline, m.now + 2000);
	/* The same while masked, where its end makes no event. */
	lapic_out(0, 0x320, 0x10041);
	lapic_out(0, 0x380, 1000);
	m.now += 5000;
	lapic_out(0, 0x320, 0x20041);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	ck_assert_uint_eq(lapic_in(0, 0x390), 0);
}
END_TEST

/* From periodic to one-shot the count that runs goes on to its end, also after masked periods. */
START_TEST(periodic_to_one_shot)
{
	machine_start(1, false);
	start(0x30041, 0xb);
	lapic_out(0, 0x380, 1000);
	m.now += 5400;
	lapic_out(0, 0x320, 0x41);
	ck_assert_uint_eq(lapic_in(0, 0x390), 600);
	ck_assert_uint_eq(machine_advance(10000), 1);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
}
END_TEST

START_TEST(divide_on_the_way)
{
	machine_start(1, false);
	start(0x41, 0xb);
	lapic_out(0, 0x380, 1000);
	m.now += 400;
	lapic_out(0, 0x3e0, 0x0); /* by two from here */
	ck_assert_uint_eq(lapic_in(0, 0x390), 600);
	ck_assert_uint_eq(l->deadline, m.now + 1200);
}
END_TEST

START_TEST(tsc_deadline)
{
	uint64_t value;

	machine_start(1, false);
	start(0x40041, 0xb);
	lapic_out(0, 0x380, 1000); /* ignored in this mode */
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	ck_assert_uint_eq(lapic_in(0, 0x390), 0);
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 777, m.now);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, m.now + 777);
	ck_assert_uint_eq(l->deadline, m.now + 777);
	m.now += 777;
	lapic_run(l, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_eoi(l);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, 0);
	/* One that is past already comes at once; zero disarms. */
	lapic_msr_write(l, MSR_TSC_DEADLINE, 1, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 5, m.now);
	lapic_msr_write(l, MSR_TSC_DEADLINE, 0, m.now);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	/* Leaving the mode disarms as well, and the MSR no longer takes anything. */
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 5, m.now);
	lapic_out(0, 0x320, 0x41);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 5, m.now);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, 0);
}
END_TEST

/* The deadline is in terms of a TSC that the guest sets as it likes. */
START_TEST(tsc_is_set)
{
	const uint64_t raised = 1ull << 40;
	uint64_t value;

	machine_start(1, false);
	start(0x40041, 0xb);
	lapic_tsc_adjust(l, raised, m.now);
	/* Past, though ahead of the clock and of the clock less the difference. */
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 500, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_eoi(l);
	lapic_msr_write(l, MSR_TSC_DEADLINE, raised + m.now + 500, m.now);
	ck_assert_uint_eq(l->deadline, m.now + 500);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, raised + m.now + 500);
	/* Set back it is further away, set forward again it is past. */
	lapic_tsc_adjust(l, 0, m.now);
	ck_assert_uint_eq(l->deadline, raised + m.now + 500);
	lapic_tsc_adjust(l, -m.now, m.now);
	ck_assert_uint_eq(l->deadline, raised + 2 * m.now + 500);
	lapic_tsc_adjust(l, raised + 1000, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	lapic_eoi(l);
	/* Beyond the end of the clock. */
	lapic_tsc_adjust(l, -m.now, m.now);
	lapic_msr_write(l, MSR_TSC_DEADLINE, UINT64_MAX, m.now);
	ck_assert_uint_eq(l->deadline, CLOCK_NEVER);
	ck_assert_int_eq(lapic_pending(l), -1);
}
END_TEST

static bool lends(uint8_t *vector)
{
	bool lent = lapic_lend_deadline(l, vector);

	ck_assert(!lent || l->deadline == CLOCK_NEVER);
	return lent;
}

/* In TSC-deadline mode alone, and only what an interrupt of somebody else's could be. */
START_TEST(a_deadline_is_lent)
{
	uint64_t value, at = 777;
	uint8_t vector = 0;

	machine_start_posted(1);
	lapic_msr_write(l, 0x832, 0x40041, m.now);
	ck_assert(!lends(&vector));
	at += m.now;
	lapic_msr_write(l, MSR_TSC_DEADLINE, at, m.now);
	ck_assert(lends(&vector));
	ck_assert_uint_eq(vector, 0x41);
	/* Nobody has brought it. */
	lapic_deadline_back(l, at);
	ck_assert_uint_eq(l->deadline, at);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, at);
	/* Somebody has: it has run out. */
	ck_assert(lends(&vector));
	lapic_post_timer(l, vector);
	ck_assert(posting_is_on(&m.posting[0]));
	lapic_deadline_back(l, CLOCK_NEVER);
	lapic_msr_read(l, MSR_TSC_DEADLINE, &value, m.now);
	ck_assert_uint_eq(value, 0);
	ck_assert(!lends(&vector));
}
END_TEST

START_TEST(other_deadlines_are_not)
{
	const uint32_t lvts[] = {0x50041, 0x4000f, 0x41, 0x20041};
	uint8_t vector;

	for (unsigned i = 0; i < 4; i++) {
		machine_start_posted(1);
		lapic_msr_write(l, 0x83e, 0xb, m.now);
		lapic_msr_write(l, 0x832, lvts[i], m.now);
		lapic_msr_write(l, 0x838, 1000, m.now);
		lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 777, m.now);
		ck_assert_uint_ne(l->deadline, CLOCK_NEVER);
		ck_assert(!lends(&vector));
		ck_assert_uint_ne(l->deadline, CLOCK_NEVER);
	}
	/* In xAPIC mode nobody else brings anything. */
	machine_start(1, false);
	start(0x40041, 0xb);
	lapic_msr_write(l, MSR_TSC_DEADLINE, m.now + 777, m.now);
	ck_assert(!lends(&vector));
}
END_TEST

START_TEST(largest_counts)
{
	machine_start_khz(1, 1000000, 24000);
	start(0x20041, 0xa);
	lapic_out(0, 0x380, 0xffffffff);
	/* 2^32 - 1 counts of 128 / 24 MHz: more than six hours. */
	ck_assert_uint_eq(l->deadline / SECOND, 22906);
	m.now = UINT64_MAX / 2;
	lapic_run(l, m.now);
	ck_assert_uint_gt(l->deadline, m.now);
	ck_assert_int_eq(lapic_ack(l), 0x41);
}
END_TEST

TCase *lapic_timer_tests(void)
{
	TCase *t = tcase_create("LAPIC timer");

	tcase_add_test(t, one_shot_all_divisors);
	tcase_add_test(t, periodic_is_exact);
	tcase_add_test(t, late_periods_are_one);
	tcase_add_test(t, masking);
	tcase_add_test(t, ended_stays_ended);
	tcase_add_test(t, periodic_to_one_shot);
	tcase_add_test(t, divide_on_the_way);
	tcase_add_test(t, tsc_deadline);
	tcase_add_test(t, tsc_is_set);
	tcase_add_test(t, a_deadline_is_lent);
	tcase_add_test(t, other_deadlines_are_not);
	tcase_add_test(t, largest_counts);
	return t;
}

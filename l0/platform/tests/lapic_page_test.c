// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "platform/lapic_page.h"
#include "suites.h"

/*
 * Two LAPICs to which the same happens: number 0 keeps its state, number 1 gives it away and takes
 * it back at any time. While it is away a processor works on the page, written down here once more
 * from SDM volume 3, "Virtual-Interrupt Delivery".
 */
static struct lapic_page page;
static uint16_t status;

#define PAGE_TPR 0x20
#define PAGE_ISR 0x40
#define PAGE_TMR 0x60
#define PAGE_IRR 0x80

static bool bit(unsigned set, unsigned vector)
{
	return page.word[set + vector / 32 * 4] >> vector % 32 & 1;
}

static void flip(unsigned set, unsigned vector)
{
	page.word[set + vector / 32 * 4] ^= 1u << vector % 32;
}

static unsigned highest(unsigned set)
{
	unsigned vector = 255;

	while (vector && !bit(set, vector))
		vector--;
	return vector;
}

static unsigned ppr(void)
{
	unsigned tpr = page.word[PAGE_TPR], svi = LAPIC_STATUS_SVI(status);

	return svi >> 4 > tpr >> 4 ? svi & 0xf0 : tpr;
}

static int pending(void)
{
	unsigned rvi = LAPIC_STATUS_RVI(status);

	if (!lapic_is_away(&m.lapic[1]))
		return lapic_pending(&m.lapic[1]);
	return rvi >> 4 > ppr() >> 4 ? (int)rvi : -1;
}

static void acknowledge(void)
{
	unsigned vector = LAPIC_STATUS_RVI(status);

	lapic_ack(&m.lapic[0]);
	if (!lapic_is_away(&m.lapic[1])) {
		lapic_ack(&m.lapic[1]);
		return;
	}
	flip(PAGE_IRR, vector);
	flip(PAGE_ISR, vector);
	status = LAPIC_STATUS(highest(PAGE_IRR), vector);
}

static void end(void)
{
	lapic_eoi(&m.lapic[0]);
	if (!lapic_is_away(&m.lapic[1])) {
		lapic_eoi(&m.lapic[1]);
		return;
	}
	if (LAPIC_STATUS_SVI(status))
		flip(PAGE_ISR, LAPIC_STATUS_SVI(status));
	status = LAPIC_STATUS(LAPIC_STATUS_RVI(status), highest(PAGE_ISR));
}

static void prioritize(uint8_t class)
{
	lapic_set_tpr(&m.lapic[0], class);
	if (lapic_is_away(&m.lapic[1]))
		page.word[PAGE_TPR] = (uint32_t) class << 4;
	else
		lapic_set_tpr(&m.lapic[1], class);
}

static void send(uint32_t to, uint8_t vector, bool level)
{
	const struct lapic_message message = {
		.destination = to, .x2apic = true, .vector = vector, .level = level};

	ck_assert(lapic_send(&m.p, &message));
}

static void arrive(uint8_t vector)
{
	for (unsigned i = 0; i < 2; i++) {
		send(i, vector, false);
		lapic_drain(&m.lapic[i]);
		if (posting_is_on(&m.posting[i]))
			lapic_drain_posting(&m.lapic[i], &m.posting[i]);
	}
	if (lapic_is_away(&m.lapic[1]) && lapic_has_arrivals(&m.lapic[1]))
		status = lapic_add(&m.lapic[1], &page, status);
}

static void hand_over(void)
{
	if (lapic_is_away(&m.lapic[1]))
		lapic_take(&m.lapic[1], &page, status);
	else
		status = lapic_give(&m.lapic[1], &page);
}

static void step(unsigned random)
{
	switch (random >> 8 & 7) {
	case 0:
	case 1:
		hand_over();
		break;
	case 2:
		prioritize(random & 15);
		break;
	case 3:
	case 4:
		end();
		break;
	default:
		arrive((uint8_t)(16 + (random & 0xff) % 240));
	}
	ensure(pending() == lapic_pending(&m.lapic[0]) ||
	       (pending() < 0 && lapic_pending(&m.lapic[0]) < 0));
	if (pending() >= 0 && (random & 1 << 12))
		acknowledge();
}

START_TEST(away_or_here)
{
	uint64_t registers[2][3][8];

	machine_start_posted(2);
	srand(1);
	for (unsigned i = 0; i < 200000; i++)
		step((unsigned)rand() >> 3);
	if (lapic_is_away(&m.lapic[1]))
		hand_over();
	for (unsigned i = 0; i < 2; i++)
		for (unsigned n = 0; n < 24; n++)
			ck_assert(!lapic_msr_read(&m.lapic[i], 0x810 + n,
						  &registers[i][n / 8][n % 8], m.now));
	ck_assert_mem_eq(registers[0], registers[1], sizeof(registers[0]));
	ck_assert_uint_eq(lapic_get_tpr(&m.lapic[0]), lapic_get_tpr(&m.lapic[1]));
	for (unsigned n = 0; n < 32; n++) /* for the next time it is given */
		ck_assert_uint_eq(page.word[PAGE_ISR + n] | page.word[PAGE_IRR + n], 0);
}
END_TEST

/* A notification for each time that somebody has taken, and none for what the owner must see. */
START_TEST(posted)
{
	machine_start_posted(2);
	send(1, 0x41, false);
	send(1, 0xff, false);
	ck_assert_uint_eq(m.notified[1], 1);
	ck_assert(!lapic_posted(&m.lapic[1]));
	lapic_drain_posting(&m.lapic[1], &m.posting[1]);
	ck_assert_int_eq(machine_ack(1), 0xff);
	send(1, 0x42, false);
	ck_assert_uint_eq(m.notified[1], 2);
	ck_assert_uint_eq(m.kicks[1], 0);
	/* From an ICR the same: to the other one, and to all. */
	lapic_msr_write(&m.lapic[0], 0x830, 1ull << 32 | 0x43, m.now);
	lapic_msr_write(&m.lapic[0], 0x830, 0xc0044, m.now);
	ck_assert_uint_eq(m.posting[1].pir[2], 0x1c);
	ck_assert_uint_eq(m.notified[0], 0);
}
END_TEST

START_TEST(not_posted)
{
	machine_start_posted(2);
	send(1, 0x41, true);
	ck_assert_uint_eq(m.kicks[1], 1);
	lapic_drain(&m.lapic[1]);
	send(1, 0x41, false); /* was level-triggered: TMR is its owner's */
	ck_assert_uint_eq(m.kicks[1], 2);
	lapic_drain(&m.lapic[1]);
	send(1, 0x41, false);
	ck_assert_uint_eq(m.notified[1], 1);
	send(1, 15, false); /* an error */
	ck_assert_uint_eq(m.kicks[1], 3);
	lapic_drain(&m.lapic[1]);
	m.posts = false; /* the sender's own CPU */
	send(1, 0x45, false);
	ck_assert_uint_eq(m.kicks[1], 4);
	ck_assert_uint_eq(m.notified[1], 1);
}
END_TEST

START_TEST(levels)
{
	machine_start_posted(1);
	send(0, 0x93, true);
	lapic_drain(&m.lapic[0]);
	status = lapic_give(&m.lapic[0], &page);
	lapic_give_levels(&m.lapic[0], &page);
	ck_assert_uint_eq(status, LAPIC_STATUS(0x93, 0));
	ck_assert(bit(PAGE_TMR, 0x93));
	ck_assert(bit(PAGE_IRR, 0x93));
}
END_TEST

START_TEST(reset_while_away)
{
	machine_start_posted(1);
	send(0, 0x41, true);
	lapic_drain(&m.lapic[0]);
	lapic_give(&m.lapic[0], &page);
	lapic_reset(&m.lapic[0]);
	ck_assert(!lapic_is_away(&m.lapic[0]));
	lapic_page_clear(&page);
	ck_assert_uint_eq(highest(PAGE_IRR), 0);
	ck_assert_uint_eq(lapic_give(&m.lapic[0], &page), 0);
}
END_TEST

START_TEST(illegal_self_ipi)
{
	uint64_t esr;

	machine_start_posted(1);
	lapic_refuse_self_ipi(&m.lapic[0]);
	lapic_msr_write(&m.lapic[0], 0x828, 0, m.now);
	ck_assert(!lapic_msr_read(&m.lapic[0], 0x828, &esr, m.now));
	ck_assert_uint_eq(esr, 0x20);
}
END_TEST

/* What comes to a page: added to what is there, and the highest of all is what is requested. */
START_TEST(posted_to_a_page)
{
	const uint32_t none[8] = {0}, low[8] = {[1] = 1u << 5}, high[8] = {[1] = 1, [7] = 1u << 31};
	static struct lapic_page to;

	memset(&to, 0, sizeof(to));
	ck_assert_uint_eq(lapic_page_post(&to, none, 0x3000), 0x3000);
	ck_assert_uint_eq(lapic_page_post(&to, low, 0x3000), 0x3025);
	ck_assert_uint_eq(lapic_page_post(&to, high, 0x3025), 0x30ff);
	ck_assert_uint_eq(lapic_page_post(&to, low, 0x30ff), 0x30ff);
	ck_assert_uint_eq(to.word[PAGE_IRR + 4], 1u << 5 | 1);
	ck_assert_uint_eq(to.word[PAGE_IRR + 7 * 4], 1u << 31);
}
END_TEST

/* Of the vCPU's own CPU: as any other, and lost where the LAPIC is off. */
START_TEST(accepted_from_its_own_cpu)
{
	machine_start_posted(1);
	lapic_msr_write(&m.lapic[0], 0x80f, 0xff, m.now);
	lapic_accept_own(&m.lapic[0], 0x61);
	ck_assert_int_eq(lapic_pending(&m.lapic[0]), -1);
	lapic_msr_write(&m.lapic[0], 0x80f, 0x1ff, m.now);
	lapic_accept_own(&m.lapic[0], 0x61);
	ck_assert_int_eq(lapic_pending(&m.lapic[0]), 0x61);
}
END_TEST

TCase *lapic_page_tests(void)
{
	TCase *tests = tcase_create("lapic page");

	tcase_add_test(tests, away_or_here);
	tcase_add_test(tests, posted);
	tcase_add_test(tests, not_posted);
	tcase_add_test(tests, levels);
	tcase_add_test(tests, reset_while_away);
	tcase_add_test(tests, illegal_self_ipi);
	tcase_add_test(tests, posted_to_a_page);
	tcase_add_test(tests, accepted_from_its_own_cpu);
	return tests;
}

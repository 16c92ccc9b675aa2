// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform/lapic_direct.h"
#include "platform/lapic_internal.h"
#include "suites.h"

/* A LAPIC one half of which is a processor's: what comes to this one from there. */

#define PPR 0x80a
#define ISR 0x810

static uint64_t reg(uint32_t msr)
{
	uint64_t value = 0;

	ck_assert_int_eq(lapic_msr_read(&m.lapic[0], msr, &value, m.now), 0);
	return value;
}

START_TEST(request)
{
	struct lapic *l = &m.lapic[0];

	machine_start_posted(1);
	ck_assert(lapic_direct_able(l));
	lapic_direct_request(l, 0x51);
	ck_assert_int_eq(lapic_pending(l), 0x51);
	ck_assert_int_eq(lapic_ack(l), 0x51);
	lapic_direct_request(l, 0x41);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_eoi(l);
	ck_assert_int_eq(lapic_pending(l), 0x41);
}
END_TEST

/* It holds back what it held back there, and is ended here, in the order of both halves. */
START_TEST(serve)
{
	const uint32_t moved[8] = {[2] = 1u << 1, [5] = 1u << 3 | 1u << 4};
	struct lapic *l = &m.lapic[0];

	machine_start_posted(1);
	lapic_direct_request(l, 0x71);
	ck_assert_int_eq(lapic_ack(l), 0x71);
	lapic_direct_request(l, 0x91);
	lapic_direct_serve(l, moved);
	ck_assert_int_eq(lapic_pending(l), -1);
	ck_assert_uint_eq(reg(PPR), 0xa0);
	ck_assert_uint_eq(reg(ISR + 5), moved[5]);
	lapic_eoi(l);
	lapic_eoi(l);
	ck_assert_int_eq(lapic_pending(l), 0x91);
	ck_assert_uint_eq(reg(PPR), 0x70);
	lapic_eoi(l);
	ck_assert_uint_eq(reg(ISR + 2), moved[2]);
	lapic_eoi(l);
	ck_assert_uint_eq(reg(PPR), 0);
}
END_TEST

/* What leaves is requested no longer, word by word, and nothing is pending when all has left. */
START_TEST(give)
{
	struct lapic *l = &m.lapic[0];

	machine_start_posted(1);
	lapic_direct_request(l, 0x51);
	lapic_direct_request(l, 0x52);
	lapic_direct_request(l, 0x91);
	ck_assert_uint_eq(lapic_direct_requests(l), 1u << 2 | 1u << 4);
	ck_assert_uint_eq(lapic_direct_give(l, 2), 1u << 17 | 1u << 18);
	ck_assert_int_eq(lapic_pending(l), 0x91);
	ck_assert_uint_eq(lapic_direct_give(l, 4), 1u << 17);
	ck_assert_uint_eq(lapic_direct_requests(l), 0);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_direct_request(l, 0x41);
	ck_assert_int_eq(lapic_ack(l), 0x41);
}
END_TEST

/* Its end is no end of a level-triggered one of the same vector before. */
START_TEST(serve_is_edge)
{
	const uint32_t moved[8] = {[2] = 1u << 1};
	struct lapic *l = &m.lapic[0];

	machine_start_posted(1);
	lapic_accept(l, 0x41, true);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	lapic_eoi(l);
	lapic_direct_serve(l, moved);
	ck_assert_uint_eq(l->tmr[2], 0);
}
END_TEST

/* Off by IA32_APIC_BASE it hears nothing; off by SVR no direct mode is for it. */
START_TEST(off)
{
	struct lapic *l = &m.lapic[0];

	machine_start_posted(1);
	ck_assert_int_eq(lapic_msr_write(l, 0x80f, 0xff, m.now), 0);
	ck_assert(!lapic_direct_able(l));
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, LAPIC_DEFAULT_BASE, m.now), 0);
	lapic_direct_request(l, 0x51);
	ck_assert_uint_eq(l->irr.summary, 0);
	ck_assert(!lapic_direct_able(l));
}
END_TEST

TCase *lapic_direct_tests(void)
{
	TCase *c = tcase_create("lapic-direct");

	tcase_add_test(c, request);
	tcase_add_test(c, give);
	tcase_add_test(c, serve);
	tcase_add_test(c, serve_is_edge);
	tcase_add_test(c, off);
	return c;
}

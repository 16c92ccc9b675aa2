// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform/platform_internal.h"
#include "suites.h"

/* What the devices are to several vCPUs: one clock, one owner of their deadlines, any as target. */

static void write_port(unsigned vcpu, uint16_t port, uint32_t value, uint64_t now)
{
	platform_port_write(&m.p, vcpu, port, 1, value, now);
}

static void start(void)
{
	machine_start(4, true);
	for (unsigned i = 0; i < 4; i++)
		machine_xapic(i);
}

START_TEST(clock_never_goes_back)
{
	uint32_t early, late;

	start();
	platform_port_read(&m.p, 0, PM_TIMER_PORT, 4, &late, m.now + 1000000);
	platform_port_read(&m.p, 1, PM_TIMER_PORT, 4, &early, m.now);
	ck_assert_uint_eq(early, late);
	ck_assert_uint_eq(m.p.now, m.now + 1000000);
	/* The 8254 is loaded at the devices' time, not at the writer's. */
	write_port(1, 0x43, 0x30, m.now);
	write_port(1, 0x40, 100, m.now);
	write_port(1, 0x40, 0, m.now);
	ck_assert_uint_gt(platform_due(&m.p, 0), m.now + 1000000);
	platform_run(&m.p, platform_due(&m.p, 0));
	ck_assert_uint_eq(platform_due(&m.p, 0), CLOCK_NEVER);
}
END_TEST

static void load_timer(unsigned vcpu, uint32_t count)
{
	write_port(vcpu, 0x43, 0x34, m.now);
	write_port(vcpu, 0x40, count & 0xff, m.now);
	write_port(vcpu, 0x40, count >> 8, m.now);
}

/* Who else brings the deadline closer tells the owner, and only then. */
START_TEST(owner_hears_of_deadlines)
{
	start();
	load_timer(0, 60000);
	ck_assert_uint_eq(m.kicks[0], 0); /* it looks by itself after an access of its own */
	ck_assert_uint_eq(platform_due(&m.p, 1), CLOCK_NEVER);
	m.kicks[0] = 0;
	load_timer(2, 20000);
	ck_assert_uint_eq(m.kicks[0], 1);
	ck_assert(lapic_posted(&m.lapic[0]));
	lapic_drain(&m.lapic[0]);
	ck_assert_uint_lt(platform_due(&m.p, 0), m.now + 20000 * 839ull);
	write_port(3, 0x43, 0x34, m.now); /* stopped: it will see by itself */
	ck_assert_uint_eq(m.kicks[0], 1);
	ck_assert_uint_eq(m.kicks[1] + m.kicks[2] + m.kicks[3], 0);
}
END_TEST

/* The message of the 8254's interrupt reaches the vCPU that the IOAPIC names. */
START_TEST(timer_for_another)
{
	start();
	ioapic_out(0x15, 3u << 24);
	ioapic_out(0x14, 0x41);
	load_timer(1, 1000);
	platform_run(&m.p, platform_due(&m.p, 0));
	ck_assert_uint_eq(m.kicks[3], 1);
	ck_assert_int_eq(machine_pending(3), 0x41);
}
END_TEST

/* The 8259 asks all whose LINT0 lets it through; one gets the interrupt. */
START_TEST(extint_goes_to_one)
{
	start();
	machine_pic(0x30, 0xffff);
	lapic_out(2, 0x350, 0x700);
	platform_irq_line(&m.p, 4, true);
	ck_assert_uint_eq(m.kicks[0], 1);
	ck_assert_uint_eq(m.kicks[1], 0); /* masked */
	ck_assert_uint_eq(m.kicks[2], 1);
	ck_assert(platform_extint_pending(&m.p, 0));
	ck_assert(!platform_extint_pending(&m.p, 1));
	ck_assert(platform_extint_pending(&m.p, 2));
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x34);
	ck_assert(!platform_extint_pending(&m.p, 0));
	ck_assert_int_eq(platform_extint_ack(&m.p), -1); /* the other was faster */
}
END_TEST

/* LINT0 that is unmasked while the 8259 asks, and one whose edge counts. */
START_TEST(lint0_of_another)
{
	start();
	machine_pic(0x30, 0xffff);
	lapic_out(3, 0x350, 0x31);
	platform_irq_line(&m.p, 4, true);
	ck_assert_int_eq(machine_pending(3), 0x31);
	ck_assert_uint_eq(m.attends[1], 0);
	lapic_out(1, 0x350, 0x700);
	ck_assert_uint_gt(m.attends[1], 0);
	ck_assert(platform_extint_pending(&m.p, 1));
}
END_TEST

/* The machine ends by whichever vCPU asks for it. */
START_TEST(ends_by_any)
{
	static const struct {
		uint16_t port;
		uint32_t value;
		enum stop_why why;
	} ends[] = {
		{RESET_PORT, RESET_VALUE, STOP_REBOOT},
		{0x64, 0xfe, STOP_REBOOT},
		{0x92, 1, STOP_REBOOT},
		{PM1_CONTROL_PORT + 1, (PM_SLEEP_S5 << 2) | 0x20, STOP_POWEROFF},
		{0xf4, 7, STOP_DEBUG_EXIT},
	};

	start();
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		write_port(i % 4, ends[i].port, ends[i].value, m.now);
		ck_assert_uint_eq(m.stops, i + 1);
		ck_assert_int_eq(m.why, ends[i].why);
	}
}
END_TEST

TCase *smp_tests(void)
{
	TCase *t = tcase_create("several vCPUs");

	tcase_add_test(t, clock_never_goes_back);
	tcase_add_test(t, owner_hears_of_deadlines);
	tcase_add_test(t, timer_for_another);
	tcase_add_test(t, extint_goes_to_one);
	tcase_add_test(t, lint0_of_another);
	tcase_add_test(t, ends_by_any);
	return t;
}

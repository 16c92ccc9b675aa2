// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

/* INIT and start-up IPIs: how vCPUs begin, are taken off and come back. */
#define INIT          0xc500u
#define INIT_DEASSERT 0x8500u
#define STARTUP       0x4600u

static struct lapic *const first = &m.lapic[0], *const second = &m.lapic[1];

static void start(void)
{
	machine_start(4, true);
	machine_xapic(0);
}

static void send(unsigned from, uint32_t destination, uint32_t low)
{
	lapic_out(from, 0x310, destination << 24);
	lapic_out(from, 0x300, low);
}

START_TEST(as_linux_does)
{
	start();
	ck_assert(!lapic_waits(first));
	ck_assert(lapic_waits(second));
	send(0, 1, INIT);
	send(0, 1, INIT_DEASSERT);
	lapic_drain(second);
	ck_assert(lapic_init_pending(second));
	ck_assert(!lapic_sipi_pending(second));
	ck_assert(lapic_take_init(second));
	send(0, 1, STARTUP | 0x98);
	send(0, 1, STARTUP | 0x99); /* the second of the two that the manual wants */
	lapic_drain(second);
	ck_assert(lapic_sipi_pending(second));
	ck_assert_uint_eq(lapic_take_sipi(second), 0x98);
	ck_assert(!lapic_waits(second));
	send(0, 1, STARTUP | 0x97); /* it runs: nothing */
	lapic_drain(second);
	ck_assert(!lapic_sipi_pending(second));
	ck_assert(!lapic_init_pending(second));
}
END_TEST

/* All three arrive before the target looks: they count as in the order they were sent. */
START_TEST(faster_than_the_target)
{
	start();
	send(0, 1, INIT);
	send(0, 1, STARTUP | 0x10);
	send(0, 1, STARTUP | 0x11);
	ck_assert_uint_eq(m.kicks[1], 1);
	lapic_drain(second);
	ck_assert(lapic_init_pending(second));
	ck_assert(!lapic_sipi_pending(second)); /* not before INIT */
	ck_assert(lapic_take_init(second));
	ck_assert_uint_eq(lapic_take_sipi(second), 0x10);
	/* A start-up IPI before INIT is for nobody, seen together or one after the other. */
	send(0, 1, STARTUP | 0x12);
	send(0, 1, INIT);
	lapic_drain(second);
	ck_assert(lapic_take_init(second));
	ck_assert(!lapic_sipi_pending(second));
	send(0, 1, STARTUP | 0x13);
	lapic_drain(second);
	send(0, 1, INIT);
	ck_assert(lapic_take_init(second));
	ck_assert(!lapic_sipi_pending(second));
	ck_assert(!lapic_init_pending(second));
}
END_TEST

/* Off and on again, as Linux does with a CPU: it sleeps with interrupts off, then INIT wakes it. */
START_TEST(again)
{
	start();
	for (unsigned i = 0; i < 3; i++) {
		send(0, 1, INIT);
		send(0, 1, STARTUP | 0x98);
		ck_assert(lapic_take_init(second));
		ck_assert(lapic_sipi_pending(second));
		ck_assert(!second->nmi_pending);
		ck_assert_int_eq(lapic_pending(second), -1);
		ck_assert_uint_eq(second->deadline, CLOCK_NEVER);
		ck_assert_uint_eq(lapic_take_sipi(second), 0x98);
		machine_xapic(1);
		lapic_out(1, 0x320, 0x20041);
		lapic_out(1, 0x380, 1000);
		send(0, 1, 0x51);
		send(0, 1, 0x400);
	}
}
END_TEST

START_TEST(resets_all_but_its_name)
{
	start();
	machine_xapic(1);
	lapic_out(1, 0x20, 0x21000000);
	lapic_out(1, 0xd0, 0x02000000);
	lapic_out(1, 0x320, 0x20041);
	lapic_out(1, 0x380, 1000);
	lapic_set_tpr(second, 5);
	send(0, 0x21, 0x51);
	send(0, 0x21, 0x400);
	lapic_drain(second);
	send(0, 0x21, INIT);
	send(0, 0x21, 0x52); /* on the way when it is reset */
	ck_assert(lapic_take_init(second));
	ck_assert(!second->nmi_pending);
	ck_assert_int_eq(machine_pending(1), -1);
	ck_assert_uint_eq(second->deadline, CLOCK_NEVER);
	ck_assert_uint_eq(second->base, 0xfee00800);
	ck_assert_uint_eq(lapic_in(1, 0x20), 0x21000000);
	ck_assert_uint_eq(lapic_in(1, 0xf0), 0xff);
	ck_assert_uint_eq(lapic_in(1, 0x80), 0);
	ck_assert_uint_eq(lapic_in(1, 0xd0), 0);
	ck_assert_uint_eq(lapic_in(1, 0x210), 0); /* IRR */
	/* Now nobody has its logical name, and it takes no vector. */
	send(0, 0x02, 0x841);
	send(0, 0x21, 0x41);
	ck_assert(!lapic_posted(second));
}
END_TEST

/* For a guest of the vCPU's, which waits while its hypervisor does not; an INIT may be blocked. */
START_TEST(for_a_guest)
{
	start();
	send(0, 1, INIT);
	ck_assert(lapic_take_init(second));
	send(0, 1, STARTUP | 0x10);
	lapic_drain(second);
	lapic_take_sipi(second); /* it runs */
	send(0, 1, STARTUP | 0x11);
	lapic_drain(second);
	lapic_guest_waits(second, true);
	ck_assert(!lapic_guest_sipi_pending(second)); /* sent before */
	send(0, 1, INIT);
	lapic_drain(second);
	send(0, 1, STARTUP | 0x12);
	lapic_drain(second);
	lapic_init_blocked(second);
	ck_assert(lapic_guest_sipi_pending(second));
	ck_assert(!lapic_sipi_pending(second)); /* not for the vCPU itself */
	ck_assert_uint_eq(lapic_take_sipi(second), 0x12);
	lapic_guest_waits(second, false);
	/* Behind an INIT that VMX operation blocks it is for nobody. */
	send(0, 1, STARTUP | 0x13);
	lapic_drain(second);
	lapic_init_blocked(second);
	ck_assert(lapic_take_init(second));
	ck_assert(!lapic_sipi_pending(second));
}
END_TEST

START_TEST(first_goes_to_the_reset_vector)
{
	start();
	machine_xapic(1);
	send(1, 0, INIT);
	send(1, 0, STARTUP | 0x20);
	lapic_drain(first);
	ck_assert(lapic_init_pending(first));
	ck_assert(!lapic_take_init(first));
	ck_assert(!lapic_waits(first));
	ck_assert(!lapic_sipi_pending(first));
	/* To itself, and to all others at once. */
	machine_xapic(0);
	send(0, 0, INIT);
	ck_assert(lapic_init_pending(first));
	send(0, 0, 0xc0000 | INIT);
	send(0, 0, 0xc0000 | STARTUP | 0x30);
	for (unsigned i = 1; i < 4; i++) {
		ck_assert(lapic_take_init(&m.lapic[i]));
		ck_assert_uint_eq(lapic_take_sipi(&m.lapic[i]), 0x30);
	}
}
END_TEST

/* An INIT that became an exit of L2 is over; the next one is seen. */
START_TEST(told_otherwise)
{
	start();
	send(0, 1, INIT);
	lapic_drain(second);
	lapic_drop_init(second);
	ck_assert(!lapic_init_pending(second));
	send(0, 1, INIT);
	lapic_drain(second);
	ck_assert(lapic_init_pending(second));
}
END_TEST

/* The mode survives: SDM "x2APIC State Transitions". */
START_TEST(x2apic_stays)
{
	uint64_t value;

	start();
	machine_x2apic(1);
	send(0, 1, INIT);
	ck_assert(lapic_take_init(second));
	ck_assert_uint_eq(second->base, 0xfee00c00);
	lapic_msr_read(second, 0x802, &value, 0);
	ck_assert_uint_eq(value, 1);
	send(0, 1, STARTUP | 0x98);
	lapic_drain(second);
	ck_assert_uint_eq(lapic_take_sipi(second), 0x98);
}
END_TEST

TCase *lapic_start_tests(void)
{
	TCase *t = tcase_create("INIT and start-up");

	tcase_add_test(t, as_linux_does);
	tcase_add_test(t, faster_than_the_target);
	tcase_add_test(t, again);
	tcase_add_test(t, for_a_guest);
	tcase_add_test(t, resets_all_but_its_name);
	tcase_add_test(t, first_goes_to_the_reset_vector);
	tcase_add_test(t, told_otherwise);
	tcase_add_test(t, x2apic_stays);
	return t;
}

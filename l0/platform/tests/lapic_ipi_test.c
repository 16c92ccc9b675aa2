// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define VCPUS 4

static void start(void)
{
	machine_start(VCPUS, true);
	for (unsigned i = 0; i < VCPUS; i++) {
		machine_xapic(i);
		lapic_out(i, 0xd0, 1u << (24 + i));
	}
}

/* Takes what is pending everywhere; bit i says that LAPIC i had `vector`. */
static unsigned taken(int vector)
{
	unsigned who = 0;

	for (unsigned i = 0; i < VCPUS; i++) {
		int v = lapic_ack(&m.lapic[i]);

		ck_assert(v == -1 || v == vector);
		if (v == -1)
			continue;
		who |= 1u << i;
		lapic_eoi(&m.lapic[i]);
	}
	return who;
}

static void send(unsigned from, uint32_t destination, uint32_t low)
{
	lapic_out(from, 0x310, destination << 24);
	lapic_out(from, 0x300, low);
}

START_TEST(destinations)
{
	start();
	send(0, 2, 0x41);
	ck_assert_uint_eq(taken(0x41), 0x4);
	send(0, 0xff, 0x41);
	ck_assert_uint_eq(taken(0x41), 0xf);
	send(0, 9, 0x41);
	ck_assert_uint_eq(taken(0x41), 0);
	send(0, 0x0a, 0x841); /* logical, flat */
	ck_assert_uint_eq(taken(0x41), 0xa);
	send(1, 0, 0x40041); /* self */
	ck_assert_uint_eq(taken(0x41), 0x2);
	send(1, 0, 0x80041); /* all */
	ck_assert_uint_eq(taken(0x41), 0xf);
	send(1, 0, 0xc0041); /* all others */
	ck_assert_uint_eq(taken(0x41), 0xd);
	ck_assert_uint_eq(lapic_in(1, 0x300), 0xc0041);
}
END_TEST

START_TEST(cluster_model)
{
	start();
	for (unsigned i = 0; i < VCPUS; i++) {
		lapic_out(i, 0xe0, 0x0fffffff);
		lapic_out(i, 0xd0, (i / 2 << 4 | 1u << (i & 1)) << 24);
	}
	send(0, 0x13, 0x841);
	ck_assert_uint_eq(taken(0x41), 0xc);
	send(0, 0x12, 0x841);
	ck_assert_uint_eq(taken(0x41), 0x8);
}
END_TEST

START_TEST(lowest_priority)
{
	start();
	send(0, 0xff, 0x941);
	ck_assert_uint_eq(taken(0x41), 0x1);
	lapic_set_tpr(&m.lapic[0], 3);
	lapic_set_tpr(&m.lapic[1], 2);
	send(0, 0xff, 0x941);
	ck_assert_uint_eq(taken(0x41), 0x4);
	send(0, 0x03, 0x941);
	ck_assert_uint_eq(taken(0x41), 0x2);
}
END_TEST

START_TEST(start_up)
{
	start();
	send(0, 1, 0x4500); /* INIT */
	ck_assert(m.lapic[1].init_pending);
	m.lapic[1].init_pending = false;
	send(0, 1, 0x8500); /* level de-assert: nothing */
	ck_assert(!m.lapic[1].init_pending);
	send(0, 1, 0x4698);
	ck_assert(m.lapic[1].sipi_pending);
	ck_assert_uint_eq(m.lapic[1].sipi_vector, 0x98);
	send(0, 0, 0xc4400); /* NMI to all others */
	ck_assert(!m.lapic[0].nmi_pending);
	ck_assert(m.lapic[3].nmi_pending);
	ck_assert_uint_gt(m.kicks[3], 0);
	/* INIT keeps identifier and base. */
	lapic_reset(&m.lapic[2]);
	ck_assert_uint_eq(lapic_in(2, 0x20), 0x02000000);
	ck_assert_uint_eq(lapic_in(2, 0xf0), 0xff);
}
END_TEST

START_TEST(x2apic_destinations)
{
	struct lapic *l = &m.lapic[0];

	machine_start(VCPUS, true);
	for (unsigned i = 0; i < VCPUS; i++)
		machine_x2apic(i);
	ck_assert_int_eq(lapic_msr_write(l, 0x830, 2ull << 32 | 0x41, 0), 0);
	ck_assert_uint_eq(taken(0x41), 0x4);
	lapic_msr_write(l, 0x830, 0xffffffffull << 32 | 0x41, 0);
	ck_assert_uint_eq(taken(0x41), 0xf);
	lapic_msr_write(l, 0x830, 0xffull << 32 | 0x41, 0); /* no broadcast with 32 bits */
	ck_assert_uint_eq(taken(0x41), 0);
	lapic_msr_write(l, 0x830, 0x0aull << 32 | 0x841, 0);
	ck_assert_uint_eq(taken(0x41), 0xa);
	lapic_msr_write(l, 0x830, 0x1000aull << 32 | 0x841, 0); /* another cluster */
	ck_assert_uint_eq(taken(0x41), 0);
	lapic_msr_write(l, 0x83f, 0x42, 0);
	ck_assert_uint_eq(taken(0x42), 0x1);
}
END_TEST

TCase *lapic_ipi_tests(void)
{
	TCase *t = tcase_create("LAPIC messages");

	tcase_add_test(t, destinations);
	tcase_add_test(t, cluster_model);
	tcase_add_test(t, lowest_priority);
	tcase_add_test(t, start_up);
	tcase_add_test(t, x2apic_destinations);
	return t;
}

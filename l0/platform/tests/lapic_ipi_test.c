// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define VCPUS 4

static void send(unsigned from, uint32_t destination, uint32_t low)
{
	lapic_out(from, 0x310, destination << 24);
	lapic_out(from, 0x300, low);
}

START_TEST(destinations)
{
	machine_start_named(VCPUS);
	send(0, 2, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0x4);
	send(0, 0xff, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
	send(0, 9, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0);
	send(0, 0x0a, 0x841); /* logical, flat */
	ck_assert_uint_eq(machine_taken(0x41), 0xa);
	send(1, 0, 0x40041); /* self */
	ck_assert_uint_eq(machine_taken(0x41), 0x2);
	send(1, 0, 0x80041); /* all */
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
	send(1, 0, 0xc0041); /* all others */
	ck_assert_uint_eq(machine_taken(0x41), 0xd);
	ck_assert_uint_eq(lapic_in(1, 0x300), 0xc0041);
}
END_TEST

START_TEST(cluster_model)
{
	machine_start_named(VCPUS);
	for (unsigned i = 0; i < VCPUS; i++) {
		lapic_out(i, 0xe0, 0x0fffffff);
		lapic_out(i, 0xd0, (i / 2 << 4 | 1u << (i & 1)) << 24);
	}
	send(0, 0x13, 0x841);
	ck_assert_uint_eq(machine_taken(0x41), 0xc);
	send(0, 0x12, 0x841);
	ck_assert_uint_eq(machine_taken(0x41), 0x8);
}
END_TEST

START_TEST(lowest_priority)
{
	machine_start_named(VCPUS);
	send(0, 0xff, 0x941);
	ck_assert_uint_eq(machine_taken(0x41), 0x1);
	lapic_set_tpr(&m.lapic[0], 3);
	lapic_set_tpr(&m.lapic[1], 2);
	send(0, 0xff, 0x941);
	ck_assert_uint_eq(machine_taken(0x41), 0x4);
	send(0, 0x03, 0x941);
	ck_assert_uint_eq(machine_taken(0x41), 0x2);
}
END_TEST

/* A message waits in the inbox, with one kick for all that comes before it is looked at. */
START_TEST(posted)
{
	machine_start_named(VCPUS);
	send(0, 0xff, 0x41);
	ck_assert_int_eq(lapic_pending(&m.lapic[0]), 0x41); /* to itself without a detour */
	ck_assert_int_eq(lapic_pending(&m.lapic[1]), -1);
	ck_assert(lapic_posted(&m.lapic[1]));
	ck_assert(!lapic_posted(&m.lapic[0]));
	send(2, 1, 0x42);
	send(2, 1, 0x400); /* NMI */
	ck_assert_uint_eq(m.kicks[0], 0);
	ck_assert_uint_eq(m.kicks[1], 1);
	lapic_drain(&m.lapic[1]);
	ck_assert(!lapic_posted(&m.lapic[1]));
	ck_assert(m.lapic[1].nmi_pending);
	ck_assert_int_eq(lapic_ack(&m.lapic[1]), 0x42);
	send(0, 1, 0x43);
	ck_assert_uint_eq(m.kicks[1], 2);
}
END_TEST

/* What it says of itself follows each change at once. */
START_TEST(names_change)
{
	machine_start_named(VCPUS);
	lapic_out(3, 0x20, 0x77000000);
	send(0, 3, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0);
	send(0, 0x77, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0x8);
	lapic_out(2, 0xf0, 0xff); /* software-disabled: no vectors, but NMIs */
	send(0, 0xff, 0x941);
	send(0, 0xff, 0x400);
	send(0, 0xff, 0x42);
	machine_drain();
	ck_assert_int_eq(machine_pending(2), -1);
	ck_assert(m.lapic[2].nmi_pending);
	/* Off altogether nothing reaches it, and what was on its way is lost. */
	send(0, 1, 0x43);
	ck_assert_int_eq(lapic_msr_write(&m.lapic[1], MSR_APIC_BASE, 0xfee00000, 0), 0);
	send(0, 0xff, 0x44);
	ck_assert_int_eq(lapic_msr_write(&m.lapic[1], MSR_APIC_BASE, 0xfee00800, 0), 0);
	ck_assert_int_eq(machine_pending(1), -1);
}
END_TEST

START_TEST(other_deliveries)
{
	machine_start_named(VCPUS);
	send(0, 0xff, 0x200); /* SMI */
	send(0, 0xff, 0x341); /* reserved */
	send(0, 0xff, 0x741); /* ExtINT */
	for (unsigned i = 0; i < VCPUS; i++)
		ck_assert(!lapic_posted(&m.lapic[i]));
	send(0, 0, 0xc4400); /* NMI to all others */
	machine_drain();
	for (unsigned i = 0; i < VCPUS; i++)
		ck_assert_int_eq(m.lapic[i].nmi_pending, i != 0);
	send(1, 1, 0x400); /* and to itself */
	ck_assert(m.lapic[1].nmi_pending);
	/* An illegal vector is the sender's error and goes nowhere. */
	send(2, 1, 0x40f);
	send(2, 1, 0x0f);
	ck_assert_int_eq(machine_pending(1), -1);
	lapic_out(2, 0x280, 0);
	ck_assert_uint_eq(lapic_in(2, 0x280), 0x20);
	lapic_out(1, 0x280, 0);
	ck_assert_uint_eq(lapic_in(1, 0x280), 0);
}
END_TEST

START_TEST(x2apic_destinations)
{
	struct lapic *l = &m.lapic[0];
	uint64_t value;

	machine_start(VCPUS, true);
	for (unsigned i = 0; i < VCPUS; i++)
		machine_x2apic(i);
	ck_assert_int_eq(lapic_msr_write(l, 0x830, 2ull << 32 | 0x41, 0), 0);
	ck_assert_uint_eq(machine_taken(0x41), 0x4);
	lapic_msr_write(l, 0x830, 0xffffffffull << 32 | 0x41, 0);
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
	lapic_msr_write(l, 0x830, 0xffull << 32 | 0x41, 0); /* no broadcast with 32 bits */
	ck_assert_uint_eq(machine_taken(0x41), 0);
	lapic_msr_write(l, 0x830, 0x0aull << 32 | 0x841, 0);
	ck_assert_uint_eq(machine_taken(0x41), 0xa);
	lapic_msr_write(l, 0x830, 0x1000aull << 32 | 0x841, 0); /* another cluster */
	ck_assert_uint_eq(machine_taken(0x41), 0);
	lapic_msr_write(l, 0x830, 0xcull << 32 | 0x941, 0); /* lowest priority of a cluster */
	ck_assert_uint_eq(machine_taken(0x41), 0x4);
	lapic_msr_write(l, 0x830, 0xc0041, 0);
	ck_assert_uint_eq(machine_taken(0x41), 0xe);
	lapic_msr_write(l, 0x83f, 0x42, 0);
	ck_assert_uint_eq(machine_taken(0x42), 0x1);
	ck_assert_int_eq(lapic_msr_write(l, 0x83f, 0x0f, 0), 0);
	lapic_msr_write(l, 0x828, 0, 0);
	lapic_msr_read(l, 0x828, &value, 0);
	ck_assert_uint_eq(value, 0x20);
}
END_TEST

/* One in xAPIC mode and one in x2APIC mode understand each other as far as names reach. */
START_TEST(mixed_modes)
{
	machine_start_named(VCPUS);
	machine_x2apic(1);
	machine_x2apic(2);
	send(0, 1, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0x2);
	send(0, 0xff, 0x41);
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
	lapic_msr_write(&m.lapic[1], 0x830, 3ull << 32 | 0x41, 0);
	ck_assert_uint_eq(machine_taken(0x41), 0x8);
	lapic_msr_write(&m.lapic[1], 0x830, 0xffffffffull << 32 | 0x41, 0);
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
}
END_TEST

/* By software, in either mode: those of `who`, and no others. */
static void enable(unsigned who)
{
	for (unsigned i = 0; i < VCPUS; i++) {
		uint32_t svr = who >> i & 1 ? 0x1ff : 0xff;

		if (lapic_x2apic(&m.lapic[i]))
			lapic_msr_write(&m.lapic[i], 0x80f, svr, 0);
		else
			lapic_out(i, 0xf0, svr);
	}
}

/* What a LAPIC in x2APIC mode commands reaches those whom the same message of a device reaches. */
static void compare_ways(uint32_t destination, unsigned enabled)
{
	struct lapic_message message = {
		.destination = destination,
		.x2apic = true,
		.vector = 0x41,
	};
	uint64_t icr = (uint64_t)destination << 32 | 0x41;
	unsigned who;

	lapic_send(&m.p, &message);
	who = machine_taken(0x41);
	ck_assert_int_eq(lapic_msr_write(&m.lapic[0], 0x830, icr, 0), 0);
	ck_assert_uint_eq(machine_taken(0x41), who);
	ck_assert_uint_eq(who & ~enabled, 0);
}

START_TEST(as_from_a_device)
{
	static const uint32_t names[] = {0, 1, 2, 3, 4, 7, 31, 0xff, 0xffffffff};

	machine_start_named(VCPUS); /* the last one stays in xAPIC mode */
	for (unsigned i = 0; i < VCPUS - 1; i++)
		machine_x2apic(i);
	for (unsigned enabled = 0; enabled < 1u << VCPUS; enabled++) {
		enable(enabled);
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			compare_ways(names[i], enabled);
	}
}
END_TEST

TCase *lapic_ipi_tests(void)
{
	TCase *t = tcase_create("LAPIC messages");

	tcase_add_test(t, destinations);
	tcase_add_test(t, cluster_model);
	tcase_add_test(t, lowest_priority);
	tcase_add_test(t, posted);
	tcase_add_test(t, names_change);
	tcase_add_test(t, other_deliveries);
	tcase_add_test(t, x2apic_destinations);
	tcase_add_test(t, mixed_modes);
	tcase_add_test(t, as_from_a_device);
	return t;
}

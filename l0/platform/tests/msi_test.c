// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define VCPUS 4

START_TEST(destinations)
{
	machine_start_named(VCPUS);
	ck_assert(platform_msi(&m.p, 0xfee02000, 0x41));
	ck_assert_uint_eq(machine_taken(0x41), 0x4);
	ck_assert(platform_msi(&m.p, 0xfeeff000, 0x41)); /* broadcast */
	ck_assert_uint_eq(machine_taken(0x41), 0xf);
	ck_assert(platform_msi(&m.p, 0xfee0a004, 0x41)); /* logical */
	ck_assert_uint_eq(machine_taken(0x41), 0xa);
	lapic_set_tpr(&m.lapic[1], 4);
	ck_assert(platform_msi(&m.p, 0xfee0a00c, 0x51)); /* hint: one of them */
	ck_assert_uint_eq(machine_taken(0x51), 0x8);
	ck_assert(platform_msi(&m.p, 0xfee0a004, 0x151)); /* lowest priority */
	ck_assert_uint_eq(machine_taken(0x51), 0x8);
	ck_assert(platform_msi(&m.p, 0xfee03000, 0x400));
	machine_drain();
	ck_assert(m.lapic[3].nmi_pending);
}
END_TEST

START_TEST(for_nobody)
{
	machine_start_named(VCPUS);
	ck_assert(!platform_msi(&m.p, 0xfee09000, 0x41)); /* no such vCPU */
	ck_assert(!platform_msi(&m.p, 0xfef00000, 0x41)); /* no address of interrupts */
	ck_assert(!platform_msi(&m.p, 0x1fee00000, 0x41));
	ck_assert(!platform_msi(&m.p, 0xfee00000, 0x341));  /* reserved delivery mode */
	ck_assert(!platform_msi(&m.p, 0xfee00000, 0x641));  /* reserved too: start-up */
	ck_assert(!platform_msi(&m.p, 0xfee00000, 0x8041)); /* a level that falls */
	lapic_out(1, 0xf0, 0xff);
	ck_assert(!platform_msi(&m.p, 0xfee01000, 0x41)); /* disabled */
	ck_assert_uint_eq(machine_taken(0x41), 0);
}
END_TEST

START_TEST(levels_and_errors)
{
	machine_start_named(VCPUS);
	ck_assert(platform_msi(&m.p, 0xfee01000, 0xc041));
	ck_assert_int_eq(machine_ack(1), 0x41);
	ck_assert_uint_eq(lapic_in(1, 0x1a0), 1u << 1); /* TMR */
	lapic_eoi(&m.lapic[1]);
	ck_assert(platform_msi(&m.p, 0xfee01000, 0x41));
	ck_assert_int_eq(machine_ack(1), 0x41);
	ck_assert_uint_eq(lapic_in(1, 0x1a0), 0);
	/* An illegal vector is the receiver's error. */
	ck_assert(platform_msi(&m.p, 0xfee02000, 0x0f));
	ck_assert_int_eq(machine_pending(2), -1);
	lapic_out(2, 0x280, 0);
	ck_assert_uint_eq(lapic_in(2, 0x280), 0x40);
}
END_TEST

TCase *msi_tests(void)
{
	TCase *t = tcase_create("message-signalled interrupts");

	tcase_add_test(t, destinations);
	tcase_add_test(t, for_nobody);
	tcase_add_test(t, levels_and_errors);
	return t;
}

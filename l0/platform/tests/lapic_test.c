// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform/lapic_internal.h"
#include "suites.h"

static struct lapic *const l = &m.lapic[0];

static void start(void)
{
	machine_start(1, true);
	machine_xapic(0);
}

/* Bit `vector` of the 256-bit register that begins at `offset`. */
static bool bit(unsigned offset, unsigned vector)
{
	return (lapic_in(0, offset + vector / 32 * 16) >> vector % 32 & 1) != 0;
}

START_TEST(power_on)
{
	machine_start(2, true);
	/* The first as firmware leaves it, the second as the processor does. */
	ck_assert_uint_eq(lapic_in(0, 0xf0), 0x1ff);
	ck_assert_uint_eq(lapic_in(0, 0x350), 0x700);
	ck_assert_uint_eq(lapic_in(0, 0x360), 0x400);
	ck_assert_uint_eq(lapic_in(1, 0xf0), 0xff);
	ck_assert_uint_eq(lapic_in(1, 0x350), 0x10000);
	ck_assert_uint_eq(lapic_in(1, 0x20), 0x01000000);
	ck_assert_uint_eq(lapic_in(1, 0x30), 0x00050014);
	ck_assert_uint_eq(lapic_in(1, 0xe0), 0xffffffff);
	ck_assert_uint_eq(m.lapic[0].base, 0xfee00900);
	ck_assert_uint_eq(m.lapic[1].base, 0xfee00800);
}
END_TEST

START_TEST(accept_ack_eoi)
{
	start();
	lapic_accept(l, 0x41, false);
	ck_assert_uint_eq(m.attends[0], 1);
	ck_assert(bit(0x200, 0x41));
	ck_assert_int_eq(lapic_pending(l), 0x41);
	ck_assert_int_eq(lapic_ack(l), 0x41);
	ck_assert(!bit(0x200, 0x41));
	ck_assert(bit(0x100, 0x41));
	ck_assert_uint_eq(lapic_in(0, 0xa0), 0x40);
	lapic_accept(l, 0x42, false); /* same class: waits */
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_accept(l, 0x51, false);
	ck_assert_int_eq(lapic_ack(l), 0x51);
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(lapic_ack(l), 0x42);
	lapic_eoi(l);
	lapic_eoi(l); /* spurious */
	ck_assert_int_eq(lapic_ack(l), -1);
}
END_TEST

START_TEST(task_priority)
{
	start();
	lapic_out(0, 0x80, 0x55);
	ck_assert_uint_eq(lapic_in(0, 0xa0), 0x55);
	ck_assert_uint_eq(lapic_get_tpr(l), 5);
	lapic_accept(l, 0x5f, false);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_set_tpr(l, 4);
	ck_assert_int_eq(lapic_pending(l), 0x5f);
	lapic_set_tpr(l, 15);
	lapic_accept(l, 0xff, false);
	ck_assert_int_eq(lapic_pending(l), -1);
	lapic_set_tpr(l, 0);
	ck_assert_int_eq(lapic_pending(l), 0xff);
}
END_TEST

/* Random sets of requests and services, against a search of all 256 vectors. */
START_TEST(priority_against_search)
{
	uint64_t seed = 1;

	start();
	for (unsigned n = 0; n < 200000; n++) {
		unsigned vector;
		int irr = -1, isr = -1, ppr;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		vector = 16 + (unsigned)(seed >> 33) % 240;
		switch (seed >> 60 & 3) {
		case 0:
			lapic_accept(l, (uint8_t)vector, false);
			break;
		case 1:
			lapic_ack(l);
			break;
		case 2:
			lapic_eoi(l);
			break;
		default:
			lapic_set_tpr(l, vector & 15);
		}
		for (int v = 0; v < 256; v++) {
			irr = vectors_test(&l->irr, (uint8_t)v) ? v : irr;
			isr = vectors_test(&l->isr, (uint8_t)v) ? v : isr;
		}
		ppr = isr >= 0 && isr >> 4 > lapic_get_tpr(l) ? isr >> 4 : lapic_get_tpr(l);
		ensure((int)(l->ppr >> 4) == ppr);
		ensure(lapic_pending(l) == (irr >= 0 && irr >> 4 > ppr ? irr : -1));
	}
}
END_TEST

START_TEST(software_disable)
{
	start();
	lapic_accept(l, 0x41, false);
	lapic_out(0, 0xf0, 0xff);
	ck_assert_uint_eq(lapic_in(0, 0x350), 0x10700);
	ck_assert_int_eq(lapic_pending(l), 0x41); /* what was accepted stays */
	lapic_out(0, 0x350, 0x700);
	ck_assert_uint_eq(lapic_in(0, 0x350), 0x10700); /* cannot be unmasked */
	ck_assert(!lapic_send(&m.p, &(struct lapic_message){.vector = 0x55}));
	ck_assert(!lapic_takes_extint(l));
}
END_TEST

START_TEST(errors)
{
	start();
	lapic_out(0, 0x370, 0xfe);
	lapic_in(0, 0x3f0);        /* no such register in xAPIC mode */
	lapic_out(0, 0x300, 0x05); /* IPI with vector 5 */
	ck_assert_uint_eq(lapic_in(0, 0x280), 0);
	lapic_out(0, 0x280, 0);
	ck_assert_uint_eq(lapic_in(0, 0x280), 0xa0);
	ck_assert_int_eq(lapic_ack(l), 0xfe);
	lapic_out(0, 0x280, 0);
	ck_assert_uint_eq(lapic_in(0, 0x280), 0);
	/* An error interrupt with an illegal vector ends where it began. */
	lapic_out(0, 0x370, 0x01);
	lapic_out(0, 0x300, 0x05);
	lapic_out(0, 0x280, 0);
	ck_assert_uint_eq(lapic_in(0, 0x280), 0x60);
}
END_TEST

START_TEST(base_register)
{
	uint64_t value;

	start();
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xfee00901, 0), -1);
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 1ull << 36 | 0x900, 0), -1);
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xfee00500, 0), -1); /* x2 alone */
	/* It moves. */
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xd0000900, 0), 0);
	ck_assert(!platform_mmio_read(&m.p, 0, 0xfee00030, 4, &value, 0));
	ck_assert_uint_eq(value, 0xffffffff);
	ck_assert(platform_mmio_read(&m.p, 0, 0xd0000030, 4, &value, 0));
	ck_assert_uint_eq(value, 0x00050014);
	/* Off: gone, and nothing is delivered; INTR goes past it. */
	lapic_accept(l, 0x41, false);
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xfee00000, 0), 0);
	ck_assert_uint_eq(l->base, 0xfee00100); /* BSP stays */
	ck_assert(!platform_mmio_read(&m.p, 0, 0xfee00030, 4, &value, 0));
	ck_assert_int_eq(lapic_pending(l), -1);
	ck_assert(lapic_takes_extint(l));
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xfee00c00, 0), -1);
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, 0xfee00800, 0), 0);
	ck_assert_uint_eq(lapic_in(0, 0xf0), 0xff);
	ck_assert_uint_eq(l->base, 0xfee00900);
}
END_TEST

START_TEST(virtual_wire)
{
	start();
	machine_pic(0x30, 0xffff);
	lapic_out(0, 0x350, 0x10700);
	platform_irq_line(&m.p, 4, true);
	ck_assert(!platform_extint_pending(&m.p, 0));
	m.attends[0] = 0;
	lapic_out(0, 0x350, 0x700);
	ck_assert(platform_extint_pending(&m.p, 0));
	ck_assert_uint_eq(m.attends[0], 1);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x34);
	outb(0x20, 0x20);
	/* LINT0 as a fixed interrupt: the "virtual wire IRQ" of Linux's check_timer(). */
	lapic_out(0, 0x350, 0x31);
	platform_irq_line(&m.p, 5, true);
	ck_assert(!platform_extint_pending(&m.p, 0));
	ck_assert_int_eq(machine_ack(0), 0x31);
}
END_TEST

START_TEST(partial_accesses)
{
	uint64_t value;

	start();
	platform_mmio_read(&m.p, 0, 0xfee00030, 1, &value, 0);
	ck_assert_uint_eq(value, 0x14);
	platform_mmio_read(&m.p, 0, 0xfee00032, 1, &value, 0);
	ck_assert_uint_eq(value, 0x05);
	platform_mmio_read(&m.p, 0, 0xfee00034, 4, &value, 0);
	ck_assert_uint_eq(value, 0);
	platform_mmio_write(&m.p, 0, 0xfee00080, 1, 0x50, 0);
	platform_mmio_write(&m.p, 0, 0xfee00084, 4, 0x50, 0);
	ck_assert_uint_eq(lapic_in(0, 0x80), 0);
}
END_TEST

TCase *lapic_tests(void)
{
	TCase *t = tcase_create("LAPIC");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, power_on);
	tcase_add_test(t, accept_ack_eoi);
	tcase_add_test(t, task_priority);
	tcase_add_test(t, priority_against_search);
	tcase_add_test(t, software_disable);
	tcase_add_test(t, errors);
	tcase_add_test(t, base_register);
	tcase_add_test(t, virtual_wire);
	tcase_add_test(t, partial_accesses);
	return t;
}

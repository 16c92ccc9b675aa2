// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

static void start(void)
{
	machine_start(2, false);
	machine_xapic(0);
	machine_xapic(1);
}

static void route(unsigned pin, uint32_t low, uint32_t destination)
{
	ioapic_out(0x11 + 2 * pin, destination << 24);
	ioapic_out(0x10 + 2 * pin, low);
}

START_TEST(registers)
{
	uint64_t value;

	start();
	ck_assert_uint_eq(ioapic_in(1), 0x00170020);
	ioapic_out(0, 0xffffffff);
	ck_assert_uint_eq(ioapic_in(0), 0x0f000000);
	ck_assert_uint_eq(ioapic_in(0x10), 0x10000);
	route(3, 0xffffffff, 0xff);
	ck_assert_uint_eq(ioapic_in(0x16), 0x0001afff);
	ck_assert_uint_eq(ioapic_in(0x17), 0xff000000);
	ck_assert_uint_eq(ioapic_in(0x40), 0);
	ck_assert_uint_eq(ioapic_in(0xff), 0);
	ck_assert(platform_mmio_read(&m.p, 0, IOAPIC_BASE + 0x800, 4, &value, m.now));
	ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(edge)
{
	start();
	platform_irq_line(&m.p, 4, true);
	ck_assert_int_eq(machine_pending(1), -1);
	route(4, 0x41, 1);
	ck_assert_int_eq(machine_pending(1), -1); /* the edge is past */
	platform_irq_line(&m.p, 4, false);
	platform_irq_line(&m.p, 4, true);
	ck_assert_int_eq(machine_pending(1), 0x41);
	ck_assert_int_eq(machine_pending(0), -1);
	ck_assert_uint_gt(m.kicks[1], 0);
	ck_assert_int_eq(machine_ack(1), 0x41);
	ck_assert_uint_eq(lapic_in(1, 0x1a0), 0); /* TMR */
}
END_TEST

START_TEST(timer_is_pin_2)
{
	start();
	route(2, 0x30, 0);
	platform_irq_line(&m.p, 0, true);
	ck_assert_int_eq(machine_pending(0), 0x30);
}
END_TEST

START_TEST(level)
{
	start();
	route(11, 0x8051, 0);
	platform_irq_line(&m.p, 11, true);
	ck_assert_uint_eq(ioapic_in(0x26), 0xc051); /* remote IRR */
	ck_assert_int_eq(machine_ack(0), 0x51);
	ck_assert_uint_eq(lapic_in(0, 0x1a0), 1u << (0x51 - 0x40));
	platform_irq_line(&m.p, 11, false);
	platform_irq_line(&m.p, 11, true);
	ck_assert_int_eq(machine_pending(0), -1);
	/* Still high at EOI: comes again. */
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(machine_ack(0), 0x51);
	platform_irq_line(&m.p, 11, false);
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(machine_pending(0), -1);
	ck_assert_uint_eq(ioapic_in(0x26), 0x8051);
}
END_TEST

START_TEST(mask_and_eoi_register)
{
	start();
	platform_irq_line(&m.p, 10, true);
	route(10, 0x18061, 0);
	ck_assert_int_eq(machine_pending(0), -1);
	route(10, 0x8061, 0);
	ck_assert_int_eq(machine_ack(0), 0x61);
	platform_irq_line(&m.p, 10, false);
	platform_mmio_write(&m.p, 0, IOAPIC_BASE + 0x40, 4, 0x61, m.now);
	ck_assert_uint_eq(ioapic_in(0x24), 0x8061);
	/* Turning an entry to edge and back clears remote IRR, the old way of Linux. */
	platform_irq_line(&m.p, 10, true);
	ck_assert_uint_eq(ioapic_in(0x24), 0xc061);
	ioapic_out(0x24, 0x10061);
	ck_assert_uint_eq(ioapic_in(0x24), 0x10061);
}
END_TEST

START_TEST(other_deliveries)
{
	start();
	route(5, 0x400, 1); /* NMI */
	platform_irq_line(&m.p, 5, true);
	machine_drain();
	ck_assert(m.lapic[1].nmi_pending);
	route(6, 0x500, 1); /* INIT */
	platform_irq_line(&m.p, 6, true);
	machine_drain();
	ck_assert(lapic_init_pending(&m.lapic[1]));
	/* An illegal vector is an error of the receiver, and no panic. */
	route(7, 0x05, 0);
	platform_irq_line(&m.p, 7, true);
	machine_drain();
	lapic_out(0, 0x280, 0);
	ck_assert_uint_eq(lapic_in(0, 0x280), 0x40);
}
END_TEST

/* Four vCPUs with logical names 1, 2, 4, 8: bit i of the answer is vCPU i, which has ended it. */
static unsigned served(int vector)
{
	unsigned who = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (machine_ack(i) != vector)
			continue;
		who |= 1u << i;
		lapic_eoi(&m.lapic[i]);
	}
	return who;
}

static void pulse(unsigned gsi)
{
	platform_irq_line(&m.p, gsi, false);
	platform_irq_line(&m.p, gsi, true);
}

START_TEST(destinations)
{
	machine_start(4, false);
	for (unsigned i = 0; i < 4; i++) {
		machine_xapic(i);
		lapic_out(i, 0xd0, 1u << (24 + i));
	}
	route(4, 0x41, 0xff); /* physical broadcast */
	pulse(4);
	ck_assert_uint_eq(served(0x41), 0xf);
	route(4, 0x841, 0x0c); /* logical */
	pulse(4);
	ck_assert_uint_eq(served(0x41), 0xc);
	route(4, 0x951, 0x0e); /* lowest priority of three */
	lapic_set_tpr(&m.lapic[1], 2);
	pulse(4);
	ck_assert_uint_eq(served(0x51), 0x4);
	lapic_set_tpr(&m.lapic[2], 3);
	lapic_set_tpr(&m.lapic[3], 3);
	pulse(4);
	ck_assert_uint_eq(served(0x51), 0x2);
}
END_TEST

/* Whoever serves a level, its EOI opens the pin again; and while none has, it asks nobody. */
START_TEST(level_of_any)
{
	machine_start(4, false);
	for (unsigned i = 0; i < 4; i++)
		machine_xapic(i);
	for (unsigned i = 0; i < 4; i++) {
		route(11, 0x8051, i);
		platform_irq_line(&m.p, 11, true);
		ck_assert_int_eq(machine_ack(i), 0x51);
		platform_irq_line(&m.p, 11, true);
		ck_assert(!lapic_posted(&m.lapic[i]));
		lapic_eoi(&m.lapic[i]);
		ck_assert(lapic_posted(&m.lapic[i])); /* still high */
		platform_irq_line(&m.p, 11, false);
		ck_assert_uint_eq(served(0x51), 1u << i);
		ck_assert_uint_eq(ioapic_in(0x26), 0x8051);
	}
}
END_TEST

/* What wakes a vCPU that is halted with interrupts off. */
START_TEST(wakes)
{
	static const struct {
		uint32_t low;
		bool wakes;
	} rows[] = {{0x10400, false}, {0x10500, false}, {0x31, false}, {0x131, false},
		    {0x700, false},   {0x400, true},    {0x500, true}};

	start();
	ck_assert(!ioapic_wakes(&m.p) && !lapic_takes_nmi(&m.lapic[0]));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		route(23, rows[i].low, 0);
		ck_assert_int_eq(ioapic_wakes(&m.p), rows[i].wakes);
		lapic_out(0, 0x350, rows[i].low);
		ck_assert_int_eq(lapic_takes_nmi(&m.lapic[0]), rows[i].low == 0x400);
	}
}
END_TEST

START_TEST(nobody_is_told_of)
{
	uint64_t value;

	start();
	ck_assert(!platform_mmio_read(&m.p, 0, 0xd0000000, 4, &value, m.now));
	ck_assert_uint_eq(value, 0xffffffff);
	ck_assert_uint_eq(m.nobody, 0xd0000000);
	ck_assert(!platform_mmio_write(&m.p, 1, 0xd0000008, 4, 0, m.now));
	ck_assert_uint_eq(m.nobody, 0xd0000008);
	ioapic_in(1);
	ck_assert_uint_eq(m.nobody, 0xd0000008);
}
END_TEST

/*
 * With an IOMMU: bits 63:49 and 11 are the index, bit 48 says so; the entry's vector is a name for
 * its end alone.
 */
START_TEST(remappable)
{
	start();
	ioapic_out(0x27, 0x0007ffff);
	ck_assert_uint_eq(ioapic_in(0x27), 0); /* no IOMMU: reserved */
	m.p.config.iommu = true;
	ioapic_out(0x27, 3 << 17 | 1 << 16);
	ck_assert_uint_eq(ioapic_in(0x27), 0x00070000);
	ioapic_out(0x26, 0x800b);
	platform_irq_line(&m.p, 11, true);
	ck_assert_uint_eq(m.remapped, 1);
	ck_assert_uint_eq(m.remapped_source, IOAPIC_ID);
	ck_assert_int_eq(machine_ack(1), 0x53);
	ck_assert_uint_eq(ioapic_in(0x26), 0xc00b);
	platform_irq_line(&m.p, 11, false);
	lapic_out(1, 0xb0, 0); /* names 53H, which is no entry's */
	ck_assert_uint_eq(ioapic_in(0x26), 0xc00b);
	platform_mmio_write(&m.p, 0, IOAPIC_BASE + 0x40, 4, 0x0b, m.now);
	ck_assert_uint_eq(ioapic_in(0x26), 0x800b);
	route(4, 0x41, 1); /* compatibility format, which passes here */
	platform_irq_line(&m.p, 4, true);
	ck_assert_uint_eq(m.remapped, 1);
	ck_assert_int_eq(machine_ack(1), 0x41);
}
END_TEST

TCase *ioapic_tests(void)
{
	TCase *t = tcase_create("IOAPIC");

	tcase_add_test(t, registers);
	tcase_add_test(t, edge);
	tcase_add_test(t, timer_is_pin_2);
	tcase_add_test(t, level);
	tcase_add_test(t, mask_and_eoi_register);
	tcase_add_test(t, other_deliveries);
	tcase_add_test(t, destinations);
	tcase_add_test(t, level_of_any);
	tcase_add_test(t, wakes);
	tcase_add_test(t, nobody_is_told_of);
	tcase_add_test(t, remappable);
	return t;
}

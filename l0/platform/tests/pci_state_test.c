// SPDX-License-Identifier: Apache-2.0
/* What a device leaves behind (pin, deadline, wake), and what ends its state: power and reset. */
#include "pci_access.h"
#include "suites.h"

/* Slots 1 and 3 share GSI 10, 2 has 11. */
#define A SAMPLE_SLOT(1)
#define B SAMPLE_SLOT(2)
#define C SAMPLE_SLOT(3)

static struct sample a, b, c;

static void start(void)
{
	machine_start(2, false);
	machine_xapic(0);
	machine_xapic(1);
	sample_add(&a, &m.p, A);
	sample_add(&b, &m.p, B);
	sample_add(&c, &m.p, C);
	ioapic_out(0x10 + 2 * 10, 0x8000 | 0x6a); /* level-triggered, to vCPU 0 */
	ioapic_out(0x10 + 2 * 11, 0x8000 | 0x6b);
}

static bool line(unsigned gsi)
{
	return m.p.ioapic.lines >> gsi & 1;
}

START_TEST(pins)
{
	start();
	ck_assert_uint_eq(config_in(A, PCI_REG_LINE, 2), 0x10a);
	ck_assert_uint_eq(config_in(B, PCI_REG_LINE, 2), 0x10b);
	ck_assert_uint_eq(config_in(C, PCI_REG_LINE, 2), 0x10a);
	sample_out(&a, SAMPLE_PIN, 1);
	ck_assert(line(10) && !line(11));
	ck_assert_uint_eq(config_in(A, PCI_REG_STATUS, 2), 0x18);
	ck_assert_int_eq(machine_ack(0), 0x6a);
	sample_out(&c, SAMPLE_PIN, 1);
	sample_out(&a, SAMPLE_PIN, 0);
	ck_assert(line(10)); /* the other one's */
	ck_assert_uint_eq(config_in(A, PCI_REG_STATUS, 2), 0x10);
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(machine_ack(0), 0x6a); /* still high at EOI */
	sample_out(&c, SAMPLE_PIN, 0);
	ck_assert(!line(10));
	lapic_out(0, 0xb0, 0);
	ck_assert_int_eq(machine_ack(0), -1);
	sample_out(&b, SAMPLE_PIN, 1);
	ck_assert_int_eq(machine_ack(0), 0x6b);
}
END_TEST

START_TEST(pins_disabled)
{
	start();
	sample_out(&a, SAMPLE_PIN, 1);
	config_out(A, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
	ck_assert(!line(10));
	ck_assert_uint_eq(config_in(A, PCI_REG_STATUS, 2), 0x18); /* it asks, nobody hears */
	config_out(A, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert(line(10));
	config_out(A, a.f.msi + 2u, 2, 1);
	ck_assert(!line(10));
	config_out(A, a.f.msi + 2u, 2, 0);
	config_out(A, a.f.msix.capability + 2u, 2, 0x8000);
	ck_assert(!line(10));
	config_out(A, a.f.msix.capability + 2u, 2, 0);
	ck_assert(line(10));
}
END_TEST

START_TEST(deadlines)
{
	start();
	ck_assert_uint_gt(platform_due(&m.p, 0), m.now + 100000);
	sample_out(&a, SAMPLE_TIMER, 50000);
	sample_out(&b, SAMPLE_TIMER, 20000);
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 20000);
	ck_assert_uint_eq(m.kicks[0], 0); /* the owner's own access */
	machine_advance(19999);
	ck_assert_uint_eq(b.runs, 0);
	machine_advance(1);
	ck_assert_uint_eq(b.runs, 1);
	ck_assert_uint_eq(b.ran, m.now);
	ck_assert(line(11));
	sample_out(&a, SAMPLE_TIMER, 100000); /* later than it was */
	machine_advance(99999);
	ck_assert_uint_eq(a.runs, 0);
	machine_advance(1);
	ck_assert_uint_eq(a.runs, 1);
	ck_assert_uint_eq(b.runs, 1);
	ck_assert_uint_eq(m.p.pci.due, CLOCK_NEVER);
}
END_TEST

/* Another vCPU brings the deadline closer: the owner is told once. */
START_TEST(deadline_of_another)
{
	uint64_t base;

	start();
	base = bar_of(&a, 0);
	platform_mmio_write(&m.p, 1, base + SAMPLE_TIMER, 4, 5000, m.now);
	ck_assert_uint_eq(m.kicks[0], 1);
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 5000);
	machine_advance(5000);
	ck_assert_uint_eq(a.runs, 1);
}
END_TEST

START_TEST(wakes)
{
	start();
	pci_wake(&a.f, m.now + 3000);
	ck_assert_uint_eq(m.kicks[0], 1);
	pci_wake(&a.f, m.now + 9000); /* later: the earlier one holds */
	pci_wake(&b.f, m.now + 4000);
	ck_assert_uint_eq(m.kicks[0], 1);
	sample_out(&a, SAMPLE_TIMER, 6000);
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 3000);
	machine_advance(3000);
	ck_assert_uint_eq(a.runs, 1);
	ck_assert_uint_eq(b.runs, 0);
	machine_advance(1000);
	ck_assert_uint_eq(b.runs, 1);
	machine_advance(2000);
	ck_assert_uint_eq(a.runs, 2); /* a wake leaves the timer alone */
	pci_wake(&a.f, 0);
	ck_assert_uint_eq(platform_due(&m.p, 0), 0);
	machine_advance(0);
	ck_assert_uint_eq(a.runs, 3);
	/* A wake that lies ahead is not lost when the timer comes first. */
	pci_wake(&a.f, m.now + 2000);
	sample_out(&a, SAMPLE_TIMER, 1000);
	machine_advance(2000);
	ck_assert_uint_eq(a.runs, 5);
}
END_TEST

/* A function wakes another one while it is inside the bus, and who is inside waits for no lock: the
 * platform's may be held by a CPU that waits to come in. */
START_TEST(wakes_without_the_lock)
{
	start();
	lock_take(&m.p.lock);
	pci_wake(&a.f, m.now + 3000);
	ck_assert_uint_eq(m.kicks[0], 1);
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 3000);
	lock_give(&m.p.lock);
	/* What others' accesses make of the deadline does not lose it. */
	sample_out(&a, SAMPLE_TIMER, 6000);
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 3000);
	machine_advance(3000);
	ck_assert_uint_eq(a.runs, 1);
}
END_TEST

static void wake_first(struct pci_function *f, uint64_t now)
{
	((struct sample *)f)->runs++;
	pci_wake(&a.f, now);
}

/* A function is run in the turn in which a later one wakes it: nobody needs to look again. */
START_TEST(wakes_in_a_turn)
{
	static const struct pci_ops ops = {.run = wake_first};

	start();
	c.f.ops = &ops;
	pci_wake(&c.f, m.now + 1000);
	m.now += 1000;
	platform_run(&m.p, m.now);
	ck_assert_uint_eq(c.runs, 1);
	ck_assert_uint_eq(a.runs, 1);
	ck_assert_uint_gt(platform_due(&m.p, 0), m.now);
}
END_TEST

static void greedy(struct pci_function *f, uint64_t now)
{
	((struct sample *)f)->runs++;
	pci_set_due(f, now);
}

/* A device that always wants to run lets the guest get on. */
START_TEST(never_satisfied)
{
	static const struct pci_ops ops = {.run = greedy};

	start();
	a.f.ops = &ops;
	pci_work(&a.f, greedy, m.now);
	ck_assert_uint_eq(a.runs, 1);
	machine_advance(100000); /* 100 microseconds */
	ck_assert_uint_le(a.runs, 102);
	ck_assert_uint_ge(a.runs, 90);
}
END_TEST

static void raise_pin(struct pci_function *f, uint64_t now)
{
	((struct sample *)f)->ran = now;
	pci_intx(f, true);
	pci_set_due(f, now + 7000);
}

START_TEST(work_of_another_cpu)
{
	start();
	pci_work(&a.f, raise_pin, m.now + 100);
	ck_assert(line(10));
	ck_assert_uint_eq(platform_due(&m.p, 0), m.now + 7100);
	ck_assert_uint_eq(a.ran, m.now + 100);
	/* Its clock does not go back. */
	pci_work(&a.f, raise_pin, m.now + 50);
	ck_assert_uint_eq(a.ran, m.now + 100);
}
END_TEST

START_TEST(power)
{
	unsigned pm;

	start();
	pm = a.f.power + PCI_POWER_CONTROL;
	master(&a);
	sample_out(&a, SAMPLE_SCRATCH, 0x1234);
	sample_out(&a, SAMPLE_PIN, 1);
	config_out(A, pm, 2, 1); /* no D1, no D2: nothing changes */
	ck_assert_uint_eq(config_in(A, pm, 2), PCI_POWER_NO_SOFT);
	config_out(A, pm, 2, 3);
	ck_assert_uint_eq(config_in(A, pm, 2), PCI_POWER_NO_SOFT | 3);
	ck_assert(!line(10));
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0), 4), 0xffffffff);
	ck_assert_uint_eq(in((uint16_t)bar_of(&a, 1), 4), 0xffffffff);
	ck_assert_ptr_null(pci_dma(&a.f, 0, &(uint32_t){1}, false));
	config_out(A, pm, 2, 2);
	ck_assert_uint_eq(config_in(A, pm, 2), PCI_POWER_NO_SOFT | 3);
	config_out(A, pm, 2, 0);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0), 4), 0x1234);
	ck_assert(line(10));
	ck_assert_uint_eq(a.resets, 0);
	/* Where the way back resets. */
	pci_set(&a.f, pm, 2, 0);
	config_out(A, pm, 2, 3);
	ck_assert_uint_eq(a.resets, 0);
	config_out(A, pm, 2, 0);
	ck_assert_uint_eq(a.resets, 1);
	ck_assert_uint_eq(config_in(A, PCI_REG_COMMAND, 2), 0);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR, 4), 0);
	ck_assert(!line(10));
}
END_TEST

START_TEST(function_level_reset)
{
	static uint32_t saved[PCI_CONFIG_WORDS];
	uint64_t base;

	start();
	base = bar_of(&a, 0);
	for (unsigned i = 0; i < PCI_CONFIG_WORDS; i++)
		saved[i] = config_in(A, 4 * i, 4);
	master(&a);
	sample_out(&a, SAMPLE_SCRATCH, 7);
	sample_out(&a, SAMPLE_PIN, 1);
	sample_out(&a, SAMPLE_TIMER, 5000);
	mmio_out(base + SAMPLE_TABLE, 8, 0xfee00000);
	mmio_out(base + SAMPLE_TABLE + 12, 4, 0);
	ck_assert(line(10));
	config_out(A, a.f.express + PCI_EXPRESS_CONTROL, 2, PCI_EXPRESS_FLR | 0x5810);
	ck_assert_uint_eq(a.resets, 1);
	ck_assert(!line(10));
	ck_assert_uint_eq(a.reg[0], 0);
	ck_assert_uint_eq(m.p.pci.due, CLOCK_NEVER);
	ck_assert_uint_eq(mmio_in(base, 4), 0xffffffff);
	/* All that firmware and the guest wrote is gone, and all else stands. */
	saved[(a.f.express + PCI_EXPRESS_CONTROL) / 4] = 0;
	for (unsigned i = 0; i < PCI_CONFIG_WORDS; i++)
		if (saved[i])
			ck_assert_uint_eq(config_in(A, 4 * i, 4), saved[i] & ~a.f.writable[i]);
	ck_assert_uint_eq(config_in(A, PCI_REG_COMMAND, 2), 0);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR, 4), 0);
	ck_assert_uint_eq(config_in(A, PCI_REG_LINE, 2), 0x100);
	ck_assert_uint_eq(config_in(A, a.f.express + PCI_EXPRESS_CONTROL, 2), 0x2810);
	/* As Linux does: what it had saved. */
	for (unsigned i = 0; i < 16; i++)
		config_out(A, 4 * i, 4, saved[i]);
	ck_assert_uint_eq(mmio_in(base + SAMPLE_TABLE, 8), 0);
	ck_assert_uint_eq(mmio_in(base + SAMPLE_TABLE + 12, 4), 1);
	config_out(A, a.f.express + PCI_EXPRESS_CONTROL, 2, 0x10);
	ck_assert_uint_eq(a.resets, 1);
}
END_TEST

TCase *pci_state_tests(void)
{
	TCase *t = tcase_create("PCI pins, deadlines, power and reset");

	tcase_add_test(t, pins);
	tcase_add_test(t, pins_disabled);
	tcase_add_test(t, deadlines);
	tcase_add_test(t, deadline_of_another);
	tcase_add_test(t, wakes);
	tcase_add_test(t, wakes_without_the_lock);
	tcase_add_test(t, wakes_in_a_turn);
	tcase_add_test(t, never_satisfied);
	tcase_add_test(t, work_of_another_cpu);
	tcase_add_test(t, power);
	tcase_add_test(t, function_level_reset);
	return t;
}

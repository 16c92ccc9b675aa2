// SPDX-License-Identifier: Apache-2.0
// Local APIC, IOAPIC, PIC and PIT.
#include "platform.h"

bool wait_irq(uint8_t vector, uint32_t count, uint64_t ticks)
{
	uint64_t start = rdtsc();

	sti();
	while (irq_count[vector] < count && rdtsc() - start < ticks)
		asm volatile("pause");
	cli();
	return irq_count[vector] >= count;
}

TEST(apic_registers)
{
	apic_enable();
	check("version 1x with at least 5 entries",
	      (apic_read(APIC_VERSION) & 0xf0) == 0x10 && (apic_read(APIC_VERSION) >> 16) >= 4);
	check("base", (rdmsr(MSR_APIC_BASE) & 0xfffff900) == 0xfee00900);
	apic_write(APIC_TPR, 0x50);
	check_eq("TPR and CR8", 5, read_cr8());
	check_eq("PPR follows", 0x50, apic_read(APIC_PPR));
	write_cr8(3);
	check_eq("CR8 and TPR", 0x30, apic_read(APIC_TPR));
	write_cr8(0);
}

TEST(apic_self_ipi)
{
	apic_enable();
	irq_count[0x71] = 0;
	apic_self_ipi(0x71);
	check("requested", apic_bit(APIC_IRR, 0x71));
	check("delivered", wait_irq(0x71, 1, LONG_WAIT));
	check("no longer requested", !apic_bit(APIC_IRR, 0x71));
	check_eq("once", 1, irq_count[0x71]);
}

TEST(apic_priority)
{
	apic_enable();
	irq_count[0x72] = 0;
	apic_write(APIC_TPR, 0x80);
	apic_self_ipi(0x72);
	check("held back by TPR", !wait_irq(0x72, 1, 10000));
	irq_count[0x92] = 0;
	apic_self_ipi(0x92);
	check("a higher one passes", wait_irq(0x92, 1, LONG_WAIT));
	sti();
	apic_write(APIC_TPR, 0);
	cli();
	check("lower TPR lets it through", wait_irq(0x72, 1, LONG_WAIT));
}

TEST(apic_in_service)
{
	apic_enable();
	irq_count[0x73] = irq_count[0x74] = irq_count[0x75] = irq_count[APIC_SPURIOUS] = 0;
	irq_keep = true;
	apic_self_ipi(0x74);
	wait_irq(0x74, 1, LONG_WAIT);
	irq_keep = false;
	check("in service", apic_bit(APIC_ISR, 0x74));
	apic_self_ipi(0x73);
	apic_self_ipi(0x75);
	check("its class waits", !wait_irq(0x73, 1, 10000));
	check_eq("a higher one of it too", 0, irq_count[0x75]);
	check_eq("and is not announced", 0, irq_count[APIC_SPURIOUS]);
	apic_eoi();
	check("end of interrupt lets it through", wait_irq(0x73, 1, LONG_WAIT));
	check_eq("behind the higher one", 1, irq_count[0x75]);
}

TEST(nmi)
{
	apic_enable();
	irq_count[NMI] = 0;
	apic_self_nmi();
	for (int i = 0; i < 1000 && !irq_count[NMI]; i++)
		asm volatile("pause");
	check_eq("taken with interrupts off", 1, irq_count[NMI]);
}

void start_timer(uint32_t mode, uint8_t vector, uint32_t count)
{
	irq_count[vector] = 0;
	apic_write(APIC_TIMER_DIVIDE, 0xb);
	apic_write(APIC_LVT_TIMER, mode | vector);
	apic_write(APIC_TIMER_INITIAL, count);
}

TEST(apic_timer_one_shot)
{
	uint32_t first, second;

	apic_enable();
	start_timer(0, 0x75, 1000000);
	first = apic_read(APIC_TIMER_CURRENT);
	for (int i = 0; i < 1000; i++)
		asm volatile("pause");
	second = apic_read(APIC_TIMER_CURRENT);
	check("counts down", second < first && first <= 1000000);
	check("fires", wait_irq(0x75, 1, LONG_WAIT));
	check_eq("stands at 0", 0, apic_read(APIC_TIMER_CURRENT));
	check("once", !wait_irq(0x75, 2, 3000000));
}

TEST(apic_timer_periodic)
{
	apic_enable();
	start_timer(LVT_PERIODIC, 0x76, 100000);
	check("fires five times", wait_irq(0x76, 5, LONG_WAIT));
	apic_write(APIC_TIMER_INITIAL, 0);
	irq_count[0x76] = 0;
	check("stopped", !wait_irq(0x76, 1, 1000000));
}

/* Only the initial count starts a timer that has run out, not another mode. */
TEST(apic_timer_ended)
{
	apic_enable();
	start_timer(0, 0x7a, 10000);
	check("fires", wait_irq(0x7a, 1, LONG_WAIT));
	apic_write(APIC_LVT_TIMER, LVT_PERIODIC | 0x7a);
	check_eq("periodic now, and still at 0", 0, apic_read(APIC_TIMER_CURRENT));
	check("silent", !wait_irq(0x7a, 2, 1000000));
	apic_write(APIC_TIMER_INITIAL, 10000);
	check("goes on once it is written", wait_irq(0x7a, 3, LONG_WAIT));
	apic_write(APIC_TIMER_INITIAL, 0);
}

TEST(apic_timer_masked)
{
	apic_enable();
	start_timer(LVT_MASKED, 0x77, 1000);
	check("silent", !wait_irq(0x77, 1, 1000000));
}

TEST(apic_timer_deadline)
{
	uint64_t deadline;

	NEED_PLATFORM(cpuid(1, 0).ecx & BIT(24), "no TSC deadline");
	apic_enable();
	irq_count[0x78] = 0;
	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | 0x78);
	deadline = rdtsc() + 200000;
	wrmsr(MSR_TSC_DEADLINE, deadline);
	check_eq("armed", deadline, rdmsr(MSR_TSC_DEADLINE));
	check("fires", wait_irq(0x78, 1, LONG_WAIT));
	check("not before its time", rdtsc() >= deadline);
	/* Bochs 3.0 leaves the old value in the register. */
	check_erratum("disarmed", 0, deadline, rdmsr(MSR_TSC_DEADLINE));
	wrmsr(MSR_TSC_DEADLINE, 1);
	check("a past one fires at once", wait_irq(0x78, 2, 100000));
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

/*
 * IA32_TSC_DEADLINE is held against the TSC as software set it: behind it is past, whichever of the
 * two moved. SDM vol. 3, 11.5.4.1.
 */
TEST(apic_timer_deadline_and_tsc_writes)
{
	uint64_t before = rdtsc(), deadline;

	/* Bochs 3.0 holds it against the ticks since its start. */
	NEED_PLATFORM(under_l0(), "the engine's deadline is in terms of its own clock");
	NEED_PLATFORM(cpuid(1, 0).ecx & BIT(24), "no TSC deadline");
	apic_enable();
	irq_count[0x7a] = 0;
	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | 0x7a);
	wrmsr(MSR_TSC, before + BIT(40));
	wrmsr(MSR_TSC_DEADLINE, before);
	check("one behind a raised TSC", wait_irq(0x7a, 1, 100000));
	check_eq("is disarmed", 0, rdmsr(MSR_TSC_DEADLINE));
	deadline = rdtsc() + BIT(39);
	wrmsr(MSR_TSC_DEADLINE, deadline);
	check("one far ahead", !wait_irq(0x7a, 2, 10000));
	check_eq("reads as written", deadline, rdmsr(MSR_TSC_DEADLINE));
	wrmsr(MSR_TSC, deadline - 5000);
	check("that the TSC comes near", wait_irq(0x7a, 2, 100000));
	deadline = rdtsc() + 50000;
	wrmsr(MSR_TSC_DEADLINE, deadline);
	wrmsr(MSR_TSC, before);
	check("one that the TSC goes away from", !wait_irq(0x7a, 3, 200000));
	wrmsr(MSR_TSC, deadline);
	check("one that the TSC jumps over", wait_irq(0x7a, 3, 100000));
	wrmsr(MSR_TSC_DEADLINE, ~0ULL);
	check("the last of all", !wait_irq(0x7a, 4, 10000));
	check_eq("reads as written", ~0ULL, rdmsr(MSR_TSC_DEADLINE));
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

/* HLT ends with the interrupt, and time has passed. */
TEST(halt_until_timer)
{
	uint64_t before;

	apic_enable();
	start_timer(0, 0x79, 500000);
	before = rdtsc();
	while (!irq_count[0x79])
		asm volatile("sti; hlt; cli" ::: "memory");
	check("time passed", rdtsc() - before > 1000);
}

/* ---- PIT by way of IOAPIC and PIC ---- */

static void pit_start(uint8_t mode, uint16_t count)
{
	outb(0x43, (uint8_t)(0x30 | mode << 1));
	outb(0x40, (uint8_t)count);
	outb(0x40, (uint8_t)(count >> 8));
}

static uint16_t pit_read(void)
{
	uint8_t low;

	outb(0x43, 0);
	low = inb(0x40);
	return (uint16_t)(low | inb(0x40) << 8);
}

TEST(pit_counts)
{
	uint16_t first;
	uint64_t start = rdtsc();

	pit_start(2, 0xffff);
	first = pit_read();
	while (pit_read() == first && rdtsc() - start < LONG_WAIT)
		;
	check("counts down", pit_read() < first);
}

static void ioapic_write(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)0xfec00000 = reg;
	*(volatile uint32_t *)0xfec00010 = value;
}

static uint32_t ioapic_read(uint32_t reg)
{
	*(volatile uint32_t *)0xfec00000 = reg;
	return *(volatile uint32_t *)0xfec00010;
}

TEST(ioapic_registers)
{
	check_eq("24 inputs", 23, (ioapic_read(1) >> 16) & 0xff);
	ioapic_write(0x10 + 2 * 5, LVT_MASKED | 0x45);
	check_eq("redirection entry", LVT_MASKED | 0x45, ioapic_read(0x10 + 2 * 5));
	ioapic_write(0x11 + 2 * 5, 0x0f000000);
	check_eq("its destination", 0x0f000000, ioapic_read(0x11 + 2 * 5));
}

/* ISA interrupt 0 arrives at input 2, as the MADT says on every PC. */
TEST(ioapic_pit)
{
	apic_enable();
	irq_count[0x81] = 0;
	ioapic_write(0x11 + 2 * 2, apic_read(APIC_ID));
	ioapic_write(0x10 + 2 * 2, 0x81);
	pit_start(2, 1000);
	check("three periods", wait_irq(0x81, 3, LONG_WAIT));
	ioapic_write(0x10 + 2 * 2, LVT_MASKED | 0x81);
	irq_count[0x81] = 0;
	check("masked", !wait_irq(0x81, 1, 2000000));
}

/* A level-triggered one comes once for its EOI, of which the IOAPIC hears: remote IRR, bit 14. */
TEST(ioapic_level)
{
	uint32_t entry = BIT(15) | 0x82;

	if (!under_l0()) {
		skip("the engine's IOAPIC does not hear of an EOI");
		return;
	}
	apic_enable();
	irq_count[0x82] = 0;
	irq_keep = true;
	ioapic_write(0x11 + 2 * 2, apic_read(APIC_ID));
	ioapic_write(0x10 + 2 * 2, entry);
	pit_start(0, 1000); /* its output stays high */
	check("comes", wait_irq(0x82, 1, LONG_WAIT));
	check("trigger mode", apic_bit(APIC_TMR, 0x82));
	check_eq("remote IRR", BIT(14), ioapic_read(0x10 + 2 * 2) & BIT(14));
	check("once", !wait_irq(0x82, 2, 10000));
	apic_eoi();
	check("again after its EOI", wait_irq(0x82, 2, LONG_WAIT));
	ioapic_write(0x10 + 2 * 2, LVT_MASKED | entry);
	apic_eoi();
	check_eq("no remote IRR", 0, ioapic_read(0x10 + 2 * 2) & BIT(14));
	check("no more", !wait_irq(0x82, 3, 10000));
	irq_keep = false;
}

static void pic_setup(uint8_t base)
{
	outb(0x20, 0x11);
	outb(0x21, base);
	outb(0x21, 4);
	outb(0x21, 1);
	outb(0x21, 0xfe);
}

TEST(pic_pit)
{
	apic_enable();
	irq_count[0xa0] = 0;
	irq_keep = true;
	pic_setup(0xa0);
	check_eq("mask", 0xfe, inb(0x21));
	apic_write(APIC_LVT_LINT0, 0x700);
	pit_start(0, 1000);
	check("through LINT0", wait_irq(0xa0, 1, LONG_WAIT));
	outb(0x20, 0x0b);
	check_eq("in service", 1, inb(0x20));
	outb(0x20, 0x20);
	check_eq("ended", 0, inb(0x20));
	outb(0x21, 0xff);
	irq_keep = false;
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
}

/* With interrupts off, as a watchdog has it: the PIT's interrupt is an NMI, and HLT ends. */
static void halt_for_nmi(const char *what)
{
	asm volatile("cli");
	irq_count[NMI] = 0;
	pit_start(0, 20000);
	while (!irq_count[NMI])
		asm volatile("hlt" ::: "memory");
	check_eq(what, 1, irq_count[NMI]);
}

TEST(halt_until_ioapic_nmi)
{
	apic_enable();
	ioapic_write(0x11 + 2 * 2, apic_read(APIC_ID));
	ioapic_write(0x10 + 2 * 2, APIC_NMI_BIT);
	halt_for_nmi("by the IOAPIC");
	ioapic_write(0x10 + 2 * 2, LVT_MASKED);
}

TEST(halt_until_lint0_nmi)
{
	if (!under_l0()) {
		skip("the engine knows no NMI by LINT0");
		return;
	}
	apic_enable();
	pic_setup(0xa0);
	apic_write(APIC_LVT_LINT0, APIC_NMI_BIT);
	halt_for_nmi("by LINT0");
	outb(0x21, 0xff);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
}

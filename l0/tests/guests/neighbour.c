// SPDX-License-Identifier: Apache-2.0
// What a machine beside the one under test may do: storms of exits, of events and of dying L2s, and
// every way to end. With `repeat` a storm lasts until its run ends; alone each test is a short one.
#include "apic.h"
#include "trap.h"
#include "vmx.h"

#define ROUNDS 2000

/* What L0 counted of a storm goes to the data channel, so that who looks on knows that there was
 * one. */
static void begin(uint32_t storm)
{
	cpuid(0x54530001, storm);
}

static void end(uint32_t rounds)
{
	cpuid(0x54530002, rounds);
}

/* One exit each, of every kind that L0 answers by itself. */
static void one_of_each_exit(void)
{
	cpuid(0, 0);
	cpuid(0x80000008, 0);
	inb(0x21);
	outb(0x80, 1);
	rdmsr(MSR_APIC_BASE);
	wrmsr(MSR_PAT, rdmsr(MSR_PAT));
	*(volatile uint32_t *)0xfec00000 = 1; /* the IOAPIC's index */
	if (!(read_cr4() & CR4_VMXE)) {       /* VMX operation fixes it */
		write_cr0(read_cr0() ^ CR0_NE);
		write_cr0(read_cr0() ^ CR0_NE);
	}
	asm volatile("wbinvd" ::: "memory");
}

TEST(exits)
{
	begin(1);
	for (unsigned int i = 0; i < ROUNDS; i++)
		one_of_each_exit();
	end(ROUNDS);
}

TEST(nmis)
{
	uint32_t before = irq_count[NMI];

	apic_enable();
	begin(2);
	for (unsigned int i = 0; i < ROUNDS; i++)
		apic_self_nmi();
	end(ROUNDS);
	check_eq("NMIs", before + ROUNDS, irq_count[NMI]);
}

TEST(interrupts)
{
	uint32_t before = irq_count[0x60];

	apic_enable();
	sti();
	begin(3);
	for (unsigned int i = 0; i < ROUNDS; i++)
		apic_self_ipi(0x60);
	end(ROUNDS);
	cli();
	check_eq("interrupts", before + ROUNDS, irq_count[0x60]);
}

/* Without a table to take it: the L2 is gone, and L1 makes another. */
L2_CODE(n_triple_fault, "push $0; push $0; lidt (%rsp); ud2");

TEST(l2_triple_faults)
{
	if (!vmx_begin())
		return;
	begin(4);
	for (unsigned int i = 0; i < ROUNDS / 20; i++) {
		page_reset();
		vm_setup(n_triple_fault);
		vm_expect("the end of L2", X_TRIPLE_FAULT);
		vmclear(vm.vmcs);
	}
	end(ROUNDS / 20);
}

L2_CODE(n_runs,
	"1: incq (%rsi); add $4096, %rsi; and $0x1ffffff, %esi; or $0x1800000, %esi; jmp 1b");

/* An L2 in the middle of its work: its VMCS is taken away, and all its memory is another's. */
TEST(l2_killed)
{
	if (!vmx_begin())
		return;
	begin(5);
	for (unsigned int i = 0; i < ROUNDS / 50; i++) {
		page_reset();
		vm_setup(n_runs);
		vm_guard(20000 + 37 * i);
		vm.regs[RSI] = 0x1800000;
		vm_expect("it ran until then", X_TIMER);
		vmclear(vm.vmcs);
	}
	end(ROUNDS / 50);
}

/* Every page anew: L0 composes and drops tables all the time. */
TEST(l2_remapped)
{
	if (!vmx_begin())
		return;
	vm_setup(n_runs);
	NEED(vm.ept, "no EPT");
	begin(6);
	for (unsigned int i = 0; i < ROUNDS / 20; i++) {
		vm_guard(2000);
		vm.regs[RSI] = 0x1800000;
		vm_expect("it ran until then", X_TIMER);
		check_eq("invept", VM_SUCCEED, invept(2, 0, 0));
	}
	end(ROUNDS / 20);
}

#define TIMERS      200
#define TIMER_TICKS 5000

/* Ticks from when its timer is due until its handler has run. */
static uint64_t timer_late(void)
{
	uint64_t due = rdtsc() + TIMER_TICKS;
	uint32_t before = irq_count[0x60];

	wrmsr(MSR_TSC_DEADLINE, due);
	while (irq_count[0x60] == before) /* PAUSE would wait for other processors */
		;
	return rdtsc() - due;
}

/* It does no harm, and says what is done to it: how late its timer is, to the data channel. */
TEST(late)
{
	uint64_t least = ~0ULL, most = 0, sum = 0;

	NEED(cpuid(1, 0).ecx & BIT(24), "no TSC deadline");
	apic_enable();
	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | 0x60);
	sti();
	for (unsigned int i = 0; i < TIMERS; i++) {
		uint64_t late = timer_late();

		least = late < least ? late : least;
		most = late > most ? late : most;
		sum += late;
	}
	cli();
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	tell("{\"t\":\"sample\",\"level\":\"L1\",\"operation\":\"timer-late\",\"iterations\":%u,"
	     "\"ticks_min\":%lu,\"ticks_max\":%lu,\"ticks_sum\":%lu}\n",
	     TIMERS, least, most, sum);
}

/* Its console is a line of its own. */
TEST(words)
{
	for (unsigned int i = 0; i < 20; i++)
		print("a line of the neighbour's, the %uth of many\n", i);
}

/* The ways to do nothing, and to end, each only where it is asked for by name. */

static bool asked(void)
{
	if (option("tests"))
		return true;
	skip("only by name");
	return false;
}

/* Interrupts are on and none comes: it sleeps, and no one can say that it does for ever. */
TEST(sleep)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	while (asked())
		asm volatile("sti; hlt");
}

TEST(debug_exit)
{
	if (asked())
		finish(5);
}

TEST(power_off)
{
	if (asked())
		outw(0x604, 0x2000);
}

TEST(reboot)
{
	if (asked())
		outb(0xcf9, 6);
}

TEST(triple_fault)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	if (asked())
		asm volatile("lidt %0; ud2" ::"m"(none));
}

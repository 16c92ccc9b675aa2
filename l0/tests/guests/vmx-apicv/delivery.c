// SPDX-License-Identifier: Apache-2.0
// Virtual-interrupt delivery, EOI and self-IPI virtualization: SDM vol. 3, 30.1, 30.2, 30.5.
#include "apicv.h"

#define WRITE_MSR(msr, value) "mov $" msr ", %ecx; mov $" value ", %eax; xor %edx, %edx; wrmsr;"

L2_CODE(d_self_ipi, WRITE_MSR("0x83f", "0x41") WRITE_MSR("0x80b", "0"));
L2_CODE(d_many, "mov $1000, %ebx; 1:" WRITE_MSR("0x83f", "0x41")
			WRITE_MSR("0x80b", "0") "dec %ebx; jnz 1b");
L2_CODE(d_nops, "nop; nop");
L2_CODE(d_lower, "nop; nop;" WRITE_MSR("0x808", "0x20") "nop");
L2_CODE(d_sti, "nop; cli; nop; sti; nop; nop");
L2_CODE(d_illegal, WRITE_MSR("0x83f", "0x0f"));
L2_CODE(d_hlt, "hlt");
L2_CODE(d_mwait, "xor %ecx, %ecx; xor %edx, %edx; monitor; sti; mwait; cli");

static void check_taken(unsigned int events, uint32_t vector)
{
	check_eq("events of L2", events, l2_events);
	if (events)
		check_eq("vector", vector, l2_log[events - 1].vector);
}

TEST(self_ipi)
{
	if (!apicv_begin(PROC2_X2APIC, d_self_ipi))
		return;
	vm_expect("no exit", X_VMCALL);
	check_taken(1, 0x41);
	check_eq("status", 0, vmread(GUEST_INTERRUPT_STATUS));
	check("ended", !apicv_bit(APIC_ISR, 0x41));
	check("not requested", !apicv_bit(APIC_IRR, 0x41));
}

/* What a thousand cost, an exit of L0's included: its line says it. */
TEST(self_ipi_ticks)
{
	uint64_t begin;

	if (!apicv_begin(PROC2_X2APIC, d_many))
		return;
	vm_expect("what it touches is mapped", X_VMCALL);
	l2_log_reset();
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_many));
	begin = rdtsc();
	vm_expect("no exit", X_VMCALL);
	begin = rdtsc() - begin;
	print("INFO ticks of 1000 self-IPIs with their EOIs: %lu\n", begin);
	check_eq("events of L2", 1000, l2_events);
	/* An instruction is a tick on the engine; any exit costs L0 more than all of one's own. */
	check("without an exit for each", begin < 80 * 1000);
}

/* The vector of the EOI-exit bitmap exits behind the WRMSR, ended already. */
TEST(eoi_that_exits)
{
	if (!apicv_begin(PROC2_X2APIC, d_self_ipi))
		return;
	vmwrite((enum field)(EOI_EXIT1), BIT(1));
	vm_expect("EOI", X_EOI);
	check_eq("qualification", 0x41, vmread(EXIT_QUALIFICATION));
	check_eq("status", 0, vmread(GUEST_INTERRUPT_STATUS));
	check("ended", !apicv_bit(APIC_ISR, 0x41));
	check_taken(1, 0x41);
	vm_expect("goes on behind it", X_VMCALL);
	check_taken(1, 0x41);
}

/* What L1 requests comes with the entry, and is in service when L2 leaves. */
TEST(requested_by_l1)
{
	if (!apicv_begin(PROC2_X2APIC, d_nops))
		return;
	apicv_request(0x51);
	vm_expect("L2", X_VMCALL);
	check_taken(1, 0x51);
	check_eq("before the first instruction", address_of((const void *)(uintptr_t)d_nops),
		 l2_log[0].rip);
	check_eq("status", 0x5100, vmread(GUEST_INTERRUPT_STATUS));
	check("in service", apicv_bit(APIC_ISR, 0x51));
	check("no longer requested", !apicv_bit(APIC_IRR, 0x51));
	/* One of its class waits for its end, a higher one does not. */
	apicv_request(0x52);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_nops));
	vm_expect("held back", X_VMCALL);
	check_taken(1, 0x51);
	check_eq("status", 0x5152, vmread(GUEST_INTERRUPT_STATUS));
	apicv_request(0x61);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_nops));
	vm_expect("let in", X_VMCALL);
	check_taken(2, 0x61);
	check_eq("status", 0x6152, vmread(GUEST_INTERRUPT_STATUS));
}

TEST(held_back_by_the_task_priority)
{
	if (!apicv_begin(PROC2_X2APIC, d_lower))
		return;
	apic_page[APIC_TPR / 4] = 0x60;
	apicv_request(0x51);
	vm_expect("no exit", X_VMCALL);
	check_taken(1, 0x51);
	check_eq("behind the write", address_of((const void *)(uintptr_t)d_lower) + 16,
		 l2_log[0].rip);
	check_eq("task priority", 0x20, apic_page[APIC_TPR / 4]);
}

TEST(held_back_by_the_flag)
{
	if (!apicv_begin(PROC2_X2APIC, d_sti))
		return;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE);
	apicv_request(0x51);
	vm_expect("no exit", X_VMCALL);
	check_taken(1, 0x51);
	check_eq("one instruction behind STI", address_of((const void *)(uintptr_t)d_sti) + 5,
		 l2_log[0].rip);
}

/* The halt ends for what is requested. */
TEST(requested_in_hlt)
{
	if (!apicv_begin(PROC2_X2APIC, d_hlt))
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	vmwrite(GUEST_ACTIVITY, 1);
	apicv_request(0x51);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_nops));
	vm_expect("awake", X_VMCALL);
	check_taken(1, 0x51);
}

/* It comes before L1's interrupt, whose exit then is not one from the halt. */
TEST(requested_in_hlt_beside_an_exit)
{
	if (!apicv_begin(PROC2_X2APIC, d_hlt))
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	NEED(!under_l0(), "of what is pending at the entry L0 lets L1's exit first");
	vmwrite(GUEST_ACTIVITY, 1);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_nops));
	apicv_request(0x51);
	apic_self_ipi(0x70);
	vm_expect("L1's", X_EXTERNAL);
	check_eq("status", 0x5100, vmread(GUEST_INTERRUPT_STATUS));
	check_eq("active", 0, vmread(GUEST_ACTIVITY));
	apic_eoi();
	vm_expect("L2's", X_VMCALL);
	check_taken(1, 0x51);
}

/* MWAIT ends for it as HLT does: 30.2.2. */
TEST(requested_before_mwait)
{
	if (!apicv_begin(PROC2_X2APIC, d_mwait))
		return;
	NEED(cpuid(1, 0).ecx & BIT(3), "no MONITOR");
	vm_guard(100000);
	vm_clear(WORD_PROC, PROC_MONITOR | PROC_MWAIT);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE);
	vm.regs[RAX] = address_of((const void *)(uintptr_t)apic_page);
	apicv_request(0x51);
	vm_expect("awake", X_VMCALL);
	check_taken(1, 0x51);
	check_eq("behind MWAIT", address_of((const void *)(uintptr_t)d_mwait) + 11, l2_log[0].rip);
}

TEST(illegal_self_ipi)
{
	if (!apicv_begin(PROC2_X2APIC, d_illegal))
		return;
	vm_expect("APIC write", X_APIC_WRITE);
	check_eq("qualification", 0x3f0, vmread(EXIT_QUALIFICATION));
	vm_expect("behind the write", X_VMCALL);
	check_taken(0, 0);
}

/* An MSR that L1 keeps exits; one that the page has not is no LAPIC's. */
L2_CODE(d_read, "mov $0x802, %ecx; rdmsr");

TEST(registers_by_msr)
{
	if (!apicv_begin(PROC2_X2APIC, d_read))
		return;
	apic_page[APIC_ID / 4] = 0x1234;
	vm_expect("no exit", X_VMCALL);
	check_eq("identifier", 0x1234, (uint32_t)vm.regs[RAX]);
	vm.msr_bitmap[0x802 / 8] |= 1U << 0x802 % 8;
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)d_read));
	vm_expect("L1's bitmap", X_RDMSR);
}

/* ---- xAPIC mode: the page that L2 has at an address ---- */

L2_CODE(d_page, "mov 0x20(%rdi), %eax; movl $0x60, 0x80(%rdi); mov 0x80(%rdi), %edx;"
		"mov 0x390(%rdi), %ebx; movl $5, 0x30(%rdi); movl $0x4041, 0x300(%rdi)");

static uint64_t use_access_page(void)
{
	uint64_t page = address_of(page_alloc());

	vmwrite(APIC_ACCESS, page);
	vm.regs[RDI] = page;
	return page;
}

/* Which registers the processor knows, and how the others exit. */
TEST(registers_in_memory)
{
	if (!apicv_begin(PROC2_APIC_ACCESSES, d_page))
		return;
	use_access_page();
	apic_page[APIC_ID / 4] = 0x5000000;
	vm_expect("a counter that runs", X_APIC_ACCESS);
	check_eq("a read", 0x390, vmread(EXIT_QUALIFICATION));
	check_eq("identifier", 0x5000000, (uint32_t)vm.regs[RAX]);
	check_eq("task priority", 0x60, (uint32_t)vm.regs[RDX]);
	check_eq("in the page", 0x60, apic_page[APIC_TPR / 4]);
	vm_skip();
	vm_expect("one that cannot be written", X_APIC_ACCESS);
	check_eq("a write", 0x1030, vmread(EXIT_QUALIFICATION));
	vm_skip();
	vm_expect("the command", X_APIC_WRITE);
	check_eq("which", 0x300, vmread(EXIT_QUALIFICATION));
	check_eq("in the page", 0x4041, apic_page[APIC_ICR / 4]);
	vm_expect("behind it", X_VMCALL);
}

/* Where L1 has no memory the page has no data, and each access is an exit under L0. */
TEST(access_page_nowhere)
{
	if (!apicv_begin(PROC2_APIC_ACCESSES, d_page))
		return;
	NEED(under_l0(), "the engine has its own devices there");
	vmwrite(APIC_ACCESS, 0xfee00000);
	vm.regs[RDI] = 0xfee00000;
	vm_expect("an access", X_APIC_ACCESS);
	check_eq("a read", 0x20, vmread(EXIT_QUALIFICATION));
	vm_skip();
	vm_expect("another", X_APIC_ACCESS);
	check_eq("a write", 0x1080, vmread(EXIT_QUALIFICATION));
}

// SPDX-License-Identifier: Apache-2.0
// TPR shadow and threshold: SDM vol. 3, 30.1.2 and 30.3.
#include "apic.h"
#include "vmx.h"

L2_CODE(t_cr8, "mov %cr8, %rbx; mov $5, %eax; mov %rax, %cr8; mov %cr8, %rcx");
L2_CODE(t_lower, "mov $5, %eax; mov %rax, %cr8; mov $2, %eax; mov %rax, %cr8; nop");

/* The virtual-APIC page's word at 80H is the task priority. */
static volatile uint32_t *use_shadow(void)
{
	uint8_t *page = page_alloc();

	vm_set(WORD_PROC, PROC_TPR_SHADOW);
	vm_clear(WORD_PROC, PROC_CR8_LOAD | PROC_CR8_STORE);
	vmwrite(VIRTUAL_APIC, address_of(page));
	vmwrite(TPR_THRESHOLD, 0);
	return (volatile uint32_t *)(uintptr_t)(address_of(page) + 0x80);
}

TEST(tpr_shadow)
{
	volatile uint32_t *tpr;
	uint64_t own = read_cr8();

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC).may & PROC_TPR_SHADOW, "no TPR shadow");
	vm_setup(t_cr8);
	tpr = use_shadow();
	*tpr = 0x70;
	vm_expect("L2", X_VMCALL);
	check_eq("read of CR8", 7, vm.regs[RBX]);
	check_eq("read after write", 5, vm.regs[RCX]);
	check_eq("the page", 0x50, *tpr);
	check_eq("CR8 of L1", own, read_cr8());
}

/* A fall below the threshold exits, after the instruction. */
TEST(tpr_threshold)
{
	volatile uint32_t *tpr;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC).may & PROC_TPR_SHADOW, "no TPR shadow");
	vm_setup(t_lower);
	tpr = use_shadow();
	*tpr = 0x40;
	vmwrite(TPR_THRESHOLD, 4);
	vm_expect("below", X_TPR);
	check_eq("the page", 0x20, *tpr);
	/* Two moves of 5 bytes, two of 4. */
	check_eq("after the move", address_of((const void *)(uintptr_t)t_lower) + 18,
		 vmread(GUEST_RIP));
	vmwrite(TPR_THRESHOLD, 2);
	vm_expect("goes on", X_VMCALL);
}

/* ---- a TPR lowered by a store ---- */

L2_CODE(t_store, "movl $0x20, (%rdi); out %al, $0x80; inc %rbx");
L2_CODE(t_store_send, "movl $0x20, (%rdi); mov %eax, (%rsi); inc %rbx; nop; nop");

static volatile uint32_t *lower_by_store(void (*code)(void))
{
	volatile uint32_t *tpr;

	vm_setup(code);
	tpr = use_shadow();
	*tpr = 0x50;
	vmwrite(TPR_THRESHOLD, 4);
	vm.regs[RDI] = address_of(tpr);
	return tpr;
}

/*
 * The processor does not look at the page at a store, but at each entry (SDM vol. 3, 27.2.1.1). A
 * hypervisor below L1 may have to enter L2 anew where L1 asked for nothing: there L2 cannot go on,
 * and what L1 gets to know is what is true, a TPR below the threshold.
 */
static void run_to_the_end(uint64_t rip)
{
	uint32_t reason = vm_run();

	check_eq("L0 tells", under_l0(), reason == X_TPR);
	if (reason == X_TPR) {
		check_eq("L2 is where it came to", rip, vmread(GUEST_RIP));
		check_eq("nothing in flight", 0, vmread(IDT_VECTORING) & BIT(31));
		check_eq("not before the page is right", VM_FAIL(E_CONTROLS), vm_run());
		vmwrite(TPR_THRESHOLD, 2);
		reason = vm_run();
	}
	check_eq("L2's end", X_VMCALL, reason);
	check_eq("L2 went on", 1, vm.regs[RBX]);
}

TEST(tpr_lowered_by_store)
{
	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC).may & PROC_TPR_SHADOW, "no TPR shadow");
	lower_by_store(t_store);
	run_to_the_end(address_of((const void *)(uintptr_t)t_store) + 8);
}

/* With an interrupt that must be delivered at that very entry: it is, then L1 gets to know. */
TEST(tpr_lowered_by_store_and_event)
{
	uint64_t handler = (idt_l2[2 * 0x68] & 0xffff) | ((idt_l2[2 * 0x68] >> 32) & 0xffff0000);

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC).may & PROC_TPR_SHADOW, "no TPR shadow");
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	NEED(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is no longer in memory");
	apic_enable();
	lower_by_store(t_store_send);
	vm.regs[RSI] = 0xfee00300;
	vm.regs[RAX] = APIC_SELF | 0x68;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	run_to_the_end(handler);
	check_eq("events", 1, l2_events);
	check_eq("vector", 0x68, l2_log[0].vector);
	apic_eoi();
}

// SPDX-License-Identifier: Apache-2.0
// TPR shadow and threshold: SDM vol. 3, 30.1.2 and 30.3.
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

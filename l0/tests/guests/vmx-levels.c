// SPDX-License-Identifier: Apache-2.0
// What L0 takes a guest of L1 for: an L2, or the guest of one. Its rows of counters are few: not
// with other tests.
#include "vmx.h"

L2_CODE(n_identify, "mov $0x54530000, %eax; cpuid");
L2_CODE(n_vmlaunch, "vmlaunch");
L2_CODE(n_vmresume, "vmresume");
L2_CODE(n_vmread, "vmread %rax, %rcx");

static uint64_t level_of_next(void)
{
	vm_setup(n_identify);
	vm_expect("the next guest", X_VMCALL);
	return vm.regs[RDX];
}

/* L1 answers the VMLAUNCH of its L2 by entering another guest: that is an L3. */
TEST(levels_told_apart)
{
	struct vm hypervisor, guest;

	if (!vmx_begin())
		return;
	NEED(under_l0(), "only under L0");
	check_eq("a guest of L1", 2, level_of_next());
	vm_setup(n_vmlaunch);
	vm_expect("its hypervisor", X_VMLAUNCH);
	hypervisor = vm;
	check_eq("a guest of that guest", 3, level_of_next());
	guest = vm;
	check_eq("another guest of L1", 2, level_of_next());
	vm = guest;
	vmptrld(vm.vmcs);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)n_identify));
	vm_expect("once more", X_VMCALL);
	check_eq("it stays what it was", 3, vm.regs[RDX]);
	vm = hypervisor;
	vmptrld(vm.vmcs);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)n_identify));
	vm_expect("the hypervisor", X_VMCALL);
	check_eq("so does that", 2, vm.regs[RDX]);
}

TEST(levels_by_vmresume_and_vmclear)
{
	if (!vmx_begin())
		return;
	NEED(under_l0(), "only under L0");
	vm_setup(n_vmresume);
	vm_expect("a hypervisor", X_VMRESUME);
	vmclear(vm.vmcs);
	check_eq("cleared, it asked nevertheless", 3, level_of_next());
	vm_setup(n_vmread);
	vm_expect("another instruction", X_VMREAD);
	check_eq("asks for nothing", 2, level_of_next());
}

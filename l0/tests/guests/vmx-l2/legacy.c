// SPDX-License-Identifier: Apache-2.0
// VMX from 32-bit code (legacy.S): operand sizes, a host that is not in IA-32e mode, a 32-bit L2.
#include "vmx.h"

void legacy_run(void);
extern char legacy_exit[];
extern uint64_t legacy_pdpt[4], legacy_vmcs;
extern volatile uint32_t legacy_values[6], legacy_steps;

L2_CODE(y_leave, "");

/* 32-bit segments, PAE paging on the same 4 GiB, no long mode: for host and guest alike. */
static void make_legacy(void)
{
	vm_clear(WORD_EXIT, EXIT_HOST_64);
	vm_clear(WORD_ENTRY, ENTRY_IA32E);
	vmwrite(HOST_EFER, rdmsr(MSR_EFER) & ~(EFER_LME | EFER_LMA));
	vmwrite(GUEST_EFER, rdmsr(MSR_EFER) & ~(EFER_LME | EFER_LMA));
	vmwrite(HOST_CR3, address_of(legacy_pdpt));
	vmwrite(GUEST_CR3, address_of(legacy_pdpt));
	vmwrite(HOST_CS, SEL_CODE32);
	vmwrite(GUEST_CS, SEL_CODE32);
	vmwrite(GUEST_CS_RIGHTS, 0xc09b);
	vmwrite(HOST_RIP, address_of(legacy_exit));
	vmwrite(HOST_RSP, vm.stack);
	if (vmread(PROC_CONTROLS) & PROC_SECONDARY && vmread(PROC2_CONTROLS) & PROC2_EPT)
		for (uint32_t i = 0; i < 4; i++)
			vmwrite((enum field)(GUEST_PDPTE0 + 2 * i), legacy_pdpt[i]);
}

TEST(hypervisor_of_32_bits)
{
	if (!vmx_begin())
		return;
	vm_setup(y_leave);
	make_legacy();
	vmclear(vm.vmcs);
	legacy_vmcs = vm.vmcs;
	vmxoff();
	legacy_run();
	trap_reload();
	check_eq("as far as the exit", 4, legacy_steps);
	check_eq("a write of 32 bits", 0x89abcdef, legacy_values[0]);
	check_eq("and its high half", 0, legacy_values[1]);
	check_eq("the high half alone", 0x01234567, legacy_values[2]);
	check_eq("exit reason", X_VMCALL, legacy_values[3]);
	check_eq("VMPTRST", vm.vmcs, legacy_values[4]);
	check_eq("its high half", 0, legacy_values[5]);
	check_eq("VMXON again", VM_SUCCEED, vmxon(vmxon_region));
}

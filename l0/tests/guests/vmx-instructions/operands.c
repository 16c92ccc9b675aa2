// SPDX-License-Identifier: Apache-2.0
// VMCLEAR to VMRESUME: operands, states, and VMfail numbers.
#include "vmx.h"

static uint64_t beyond_physical(void)
{
	return BIT(cpuid(0x80000008, 0).eax & 0xff);
}

TEST(no_current_vmcs)
{
	uint64_t v = 0;

	if (!vmx_begin())
		return;
	check_eq("VMPTRST", ~0ULL, vmptrst());
	check_eq("VMREAD", VM_FAIL_INVALID, vmread_status(GUEST_RIP, &v));
	check_eq("VMWRITE", VM_FAIL_INVALID, vmwrite_status(GUEST_RIP, 0));
	check_eq("VMLAUNCH", VM_FAIL_INVALID, VMX_INSTRUCTION("vmlaunch", "r"(0)));
	check_eq("VMRESUME", VM_FAIL_INVALID, VMX_INSTRUCTION("vmresume", "r"(0)));
	if (!under_l0())
		check_eq("VMCALL", VM_FAIL_INVALID, VMX_INSTRUCTION("vmcall", "a"(0)));
	check_eq("VMCLEAR misaligned", VM_FAIL_INVALID, vmclear(1));
	check_eq("VMPTRLD misaligned", VM_FAIL_INVALID, vmptrld(1));
	if (control_allowed(WORD_PROC2).may & PROC2_EPT)
		check_eq("INVEPT of type 7", VM_FAIL_INVALID, invept(7, 0, 0));
}

TEST(vmclear_operands)
{
	uint64_t a;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	vmclear(a);
	check_eq("VMPTRLD", VM_SUCCEED, vmptrld(a));
	check_eq("misaligned", VM_FAIL(E_VMCLEAR_ADDRESS), vmclear(a + 1));
	check_eq("beyond the width", VM_FAIL(E_VMCLEAR_ADDRESS), vmclear(a | beyond_physical()));
	check_eq("the VMXON region", VM_FAIL(E_VMCLEAR_VMXON), vmclear(vmxon_region));
	check_eq("still current", a, vmptrst());
	check_eq("the current one", VM_SUCCEED, vmclear(a));
	check_eq("none current afterwards", ~0ULL, vmptrst());
}

TEST(vmptrld_operands)
{
	uint64_t a, b;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	b = vmcs_alloc();
	vmclear(a);
	check_eq("VMPTRLD", VM_SUCCEED, vmptrld(a));
	check_eq("misaligned", VM_FAIL(E_VMPTRLD_ADDRESS), vmptrld(a + 4));
	check_eq("beyond the width", VM_FAIL(E_VMPTRLD_ADDRESS), vmptrld(a | beyond_physical()));
	check_eq("the VMXON region", VM_FAIL(E_VMPTRLD_VMXON), vmptrld(vmxon_region));
	*(uint32_t *)(uintptr_t)b ^= 1;
	check_eq("wrong revision", VM_FAIL(E_VMPTRLD_REVISION), vmptrld(b));
	if (!(control_allowed(WORD_PROC2).may & BIT(14))) {
		*(uint32_t *)(uintptr_t)b = vmcs_revision() | 0x80000000;
		check_eq("shadow VMCS not offered", VM_FAIL(E_VMPTRLD_REVISION), vmptrld(b));
	}
	check_eq("still current", a, vmptrst());
	vmclear(a);
}

TEST(vmxon_in_root)
{
	uint64_t a;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	vmclear(a);
	vmptrld(a);
	check_eq("VMXON", VM_FAIL(E_VMXON_IN_ROOT), vmxon(vmxon_region));
	check_eq("VMXON misaligned", VM_FAIL(E_VMXON_IN_ROOT), vmxon(vmxon_region + 1));
	vmclear(a);
}

TEST(memory_operand_faults)
{
	if (!vmx_begin())
		return;
	/* The top-level table has no entry there; a non-canonical address is a #GP. */
	check_eq("not present", PF, (uint64_t)CATCH(asm volatile("vmptrld (%0)" ::"r"(BIT(45)))));
	check_eq("address of the fault", BIT(45), read_cr2());
	check_eq("its error code", 0, last_fault.error);
	check_eq("VMPTRST not present", PF,
		 (uint64_t)CATCH(asm volatile("vmptrst (%0)" ::"r"(BIT(45)))));
	check_eq("its error code: a write", 2, last_fault.error);
	check_eq("not canonical", GP, (uint64_t)CATCH(asm volatile("vmclear (%0)" ::"r"(BIT(60)))));
}

/* Segment overrides and a scaled index: the address that the instruction information gives. */
TEST(memory_operand_forms)
{
	uint64_t *p = page_alloc();
	uint64_t a;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	p[5] = a;
	asm volatile("vmclear 8(%0, %1, 8)" ::"r"(p), "r"(4ULL) : "memory", "cc");
	asm volatile("vmptrld 40(%0)" ::"r"(p) : "memory", "cc");
	check_eq("base, index, scale, displacement", a, vmptrst());
	wrmsr(MSR_FS_BASE, address_of(p));
	asm volatile("vmptrst %%fs:(%0)" ::"r"(64ULL) : "memory", "cc");
	check_eq("FS override", a, p[8]);
	asm volatile("addr32 vmptrst 72(%k0)" ::"r"(p) : "memory", "cc");
	check_eq("32-bit address", a, p[9]);
	wrmsr(MSR_FS_BASE, 0);
	vmwrite(GUEST_RSP, 0x1234);
	asm volatile("vmread %1, 80(%0)" ::"r"(p), "r"((uint64_t)GUEST_RSP) : "memory", "cc");
	check_eq("VMREAD to memory", 0x1234, p[10]);
	p[11] = 0x5678;
	asm volatile("vmwrite 88(%0), %1" ::"r"(p), "r"((uint64_t)GUEST_RSP) : "memory", "cc");
	check_eq("VMWRITE from memory", 0x5678, vmread(GUEST_RSP));
	vmclear(a);
}

TEST(launch_state)
{
	if (!vmx_begin())
		return;
	vm_setup((void (*)(void))(uintptr_t)0x100000);
	vm.launched = true;
	check_eq("VMRESUME of a clear VMCS", VM_FAIL(E_RESUME_NOT_LAUNCHED), vm_run());
}

L2_CODE(l2_exits, "1: vmcall\n\tjmp 1b");
TEST(launch_twice)
{
	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	if (!vm_expect("VMLAUNCH", X_VMCALL))
		return;
	vm.launched = false;
	check_eq("VMLAUNCH again", VM_FAIL(E_LAUNCH_NOT_CLEAR), vm_run());
	check_eq("error field", E_LAUNCH_NOT_CLEAR, vmread(INSTRUCTION_ERROR));
	vm.launched = true;
	vm_expect("VMRESUME", X_VMCALL);
	/* VMCLEAR makes it launchable again and loses no field. */
	vmclear(vm.vmcs);
	vmptrld(vm.vmcs);
	vm.launched = true;
	check_eq("VMRESUME after VMCLEAR", VM_FAIL(E_RESUME_NOT_LAUNCHED), vm_run());
	vm.launched = false;
	vm_expect("VMLAUNCH after VMCLEAR", X_VMCALL);
}

/* SDM vol. 3, 27.3 and "VMLAUNCH": blocking by MOV SS makes the entry fail with 26. */
TEST(launch_after_mov_ss)
{
	bool cf, zf;

	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	asm volatile("mov %%ss, %%eax; mov %%eax, %%ss; vmlaunch"
		     : "=@ccc"(cf), "=@ccz"(zf)::"eax", "memory");
	check_eq("VMLAUNCH", VM_FAIL(E_MOV_SS), vm_status(cf, zf));
}

/* A table of its own for one page, so that its flags say who used it. */
static uint64_t *map_one_page(uint64_t at, uint64_t flags)
{
	uint64_t *directory = page_alloc(), *pt = page_alloc(), *top = page_alloc();

	pml4[3] = address_of(top) | 7;
	top[0] = address_of(directory) | 7;
	directory[0] = address_of(pt) | 7;
	pt[0] = at | flags;
	invlpg(3ULL << 39);
	return pt;
}

/* Accessed and dirty are set for operands as for any other access. SDM vol. 3, 4.8. */
TEST(memory_operand_flags)
{
	uint64_t *page = page_alloc(), *pt;

	if (!vmx_begin())
		return;
	pt = map_one_page(address_of(page), 3);
	page[0] = vmcs_alloc();
	asm volatile("vmclear (%0)" ::"r"(3ULL << 39) : "memory", "cc");
	check_eq("read: accessed", 0x20, pt[0] & 0x60);
	asm volatile("vmptrst (%0)" ::"r"(3ULL << 39) : "memory", "cc");
	check_eq("written: dirty", 0x60, pt[0] & 0x60);
	pml4[3] = 0;
}

/* A supervisor's access to a user page, SMAP on. SDM vol. 3, 4.6.1. */
TEST(memory_operand_smap)
{
	if (!vmx_begin())
		return;
	NEED(cpuid(7, 0).ebx & BIT(20), "no SMAP");
	map_one_page(address_of(page_alloc()), 7);
	write_cr4(read_cr4() | BIT(21));
	check_eq("VMPTRST", PF,
		 (uint64_t)CATCH(asm volatile("vmptrst (%0)" ::"r"(3ULL << 39)
					      : "memory", "cc")));
	check_eq("its error code", 3, last_fault.error);
	check_eq("with AC", (uint64_t)NO_FAULT,
		 (uint64_t)CATCH(asm volatile("stac; vmptrst (%0); clac" ::"r"(3ULL << 39)
					      : "memory", "cc")));
	write_cr4(read_cr4() & ~BIT(21));
	pml4[3] = 0;
}

/* The last byte counts too. */
TEST(memory_operand_last_byte)
{
	if (!vmx_begin())
		return;
	check_eq("not canonical from the fifth byte on", GP,
		 (uint64_t)CATCH(asm volatile("vmptrst (%0)" ::"r"(BIT(47) - 4)
					      : "memory")));
}

/* Regions where there is no RAM read as all ones: no revision matches. */
TEST(regions_nowhere)
{
	uint64_t a, top = BIT((cpuid(0x80000008, 0).eax & 0xff) - 1);

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	vmclear(a);
	check_eq("VMPTRLD", VM_SUCCEED, vmptrld(a));
	check_eq("the PCI hole", VM_FAIL(E_VMPTRLD_REVISION), vmptrld(0xd0000000));
	check_eq("beyond all RAM", VM_FAIL(E_VMPTRLD_REVISION), vmptrld(top));
	check_eq("VMCLEAR there", VM_SUCCEED, vmclear(top));
	check_eq("still current", a, vmptrst());
	vmclear(a);
}

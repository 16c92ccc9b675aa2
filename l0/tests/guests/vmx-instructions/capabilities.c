// SPDX-License-Identifier: Apache-2.0
// Linked first, since it starts outside VMX operation: capabilities, faults there, VMXON, VMXOFF.
#include "vmx.h"

TEST(cpuid_vmx)
{
	NEED(cpuid(1, 0).ecx & BIT(5), "no VMX");
	check("VMX capability registers readable", CATCH(rdmsr(MSR_VMX_BASIC)) == NO_FAULT);
}

TEST(feature_control_lock)
{
	uint64_t value;

	NEED(vmx_available(), "no VMX");
	value = rdmsr(MSR_FEATURE_CONTROL);
	check_eq("locked, VMX outside SMX", 5, value & 5);
	check_eq("write to the locked register", GP,
		 (uint64_t)CATCH(wrmsr(MSR_FEATURE_CONTROL, value ^ 4)));
	check_eq("the register afterwards", value, rdmsr(MSR_FEATURE_CONTROL));
}

TEST(capability_msrs_read_only)
{
	NEED(vmx_available(), "no VMX");
	for (uint32_t m = MSR_VMX_BASIC; m <= MSR_VMX_VMCS_ENUM; m++)
		check_eq("write to a capability register", GP, (uint64_t)CATCH(wrmsr(m, rdmsr(m))));
}

/* Reads a register that may not exist: 0 then. */
static uint64_t msr_or_zero(uint32_t msr)
{
	volatile uint64_t v = 0;

	if (CATCH(v = rdmsr(msr)) != NO_FAULT)
		return 0;
	return v;
}

TEST(capability_basic)
{
	uint64_t basic;

	NEED(vmx_available(), "no VMX");
	basic = rdmsr(MSR_VMX_BASIC);
	check_eq("bit 31", 0, basic & BIT(31));
	check("a region size of 1 to 4096", ((basic >> 32) & 0x1fff) - 1 < 4096);
	check_eq("memory type write-back", 6, (basic >> 50) & 15);
	check_eq("reserved bits", 0, basic & (BITS(47, 45) | BITS(63, 59)));
	check_eq("addresses limited to 32 bits", 0, basic & BIT(48));
}

/* SDM vol. 3, A.2 to A.4: bits that must be 1 may be 1; the true registers only relax. */
TEST(capability_controls)
{
	static const struct {
		const char *name;
		uint32_t plain, relaxed, default1;
	} rows[] = {
		{"pin", MSR_VMX_PIN, 0x48d, 0x16},
		{"processor", MSR_VMX_PROC, 0x48e, 0x0401e172},
		{"exit", MSR_VMX_EXIT, 0x48f, 0x00036dff},
		{"entry", MSR_VMX_ENTRY, 0x490, 0x11ff},
	};

	NEED(vmx_available(), "no VMX");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = rdmsr(rows[i].plain);
		uint64_t t = msr_or_zero(rows[i].relaxed);

		check_eq(rows[i].name, 0, (uint32_t)v & ~(v >> 32));
		check_eq("default-1 bits must be 1", rows[i].default1, v & rows[i].default1);
		if (!(rdmsr(MSR_VMX_BASIC) & BIT(55)))
			continue;
		check_eq("true: must within may", 0, (uint32_t)t & ~(t >> 32));
		check_eq("true: may equal", v >> 32, t >> 32);
		check_eq("true: must relaxed only in default 1", 0,
			 ((uint32_t)v ^ (uint32_t)t) & ~(uint64_t)rows[i].default1);
	}
}

TEST(capability_secondary)
{
	uint32_t may;
	uint64_t ept;

	NEED(vmx_available() && (rdmsr(MSR_VMX_PROC) & BIT(63)), "no secondary controls");
	check_eq("must-be-1 bits", 0, (uint32_t)rdmsr(MSR_VMX_PROC2));
	may = control_allowed(WORD_PROC2).may;
	check("EPT with unrestricted guest", !(may & PROC2_UNRESTRICTED) || (may & PROC2_EPT));
	if (!(may & (PROC2_EPT | PROC2_VPID)))
		return;
	ept = rdmsr(MSR_VMX_EPT_VPID);
	if (may & PROC2_EPT)
		check("4-level walk, write-back, INVEPT", (ept & 0x104040) == 0x104040);
	if (may & PROC2_VPID)
		check("INVVPID", ept & BIT(32));
}

TEST(capability_fixed_bits)
{
	NEED(vmx_available(), "no VMX");
	check_eq("CR0 fixed", 0, rdmsr(MSR_VMX_CR0_FIXED0) & ~rdmsr(MSR_VMX_CR0_FIXED1));
	check_eq("CR4 fixed", 0, rdmsr(MSR_VMX_CR4_FIXED0) & ~rdmsr(MSR_VMX_CR4_FIXED1));
	check_eq("PG, NE and PE must be 1", 0x80000021, rdmsr(MSR_VMX_CR0_FIXED0));
	check_eq("VMXE must be 1", CR4_VMXE, rdmsr(MSR_VMX_CR4_FIXED0));
}

TEST(capability_misc_and_enum)
{
	uint64_t highest = 0, misc;

	NEED(vmx_available(), "no VMX");
	misc = rdmsr(MSR_VMX_MISC);
	check_eq("reserved bits", 0, misc & (BITS(13, 9) | BIT(31)));
	check("at most 256 CR3 targets", ((misc >> 16) & 0x1ff) <= 256);
	/* SDM vol. 3, A.9: bits 9:1 hold the highest index of any field. */
	for (unsigned int i = 0; i < field_count; i++)
		if (field_exists(&field_rows[i]) && (field_rows[i].encoding & 0x3fe) > highest)
			highest = field_rows[i].encoding & 0x3fe;
	check("highest index at least that of the fields",
	      (rdmsr(MSR_VMX_VMCS_ENUM) & 0x3fe) >= highest);
}

TEST(outside_vmx_operation)
{
	uint64_t page = address_of(page_alloc());
	uint64_t v = 0;

	NEED(vmx_available(), "no VMX");
	write_cr4(read_cr4() & ~CR4_VMXE);
	check_eq("VMXON without CR4.VMXE", UD, (uint64_t)CATCH(vmxon(page)));
	write_cr4(read_cr4() | CR4_VMXE);
	check_eq("VMXOFF", UD, (uint64_t)CATCH(vmxoff()));
	check_eq("VMCLEAR", UD, (uint64_t)CATCH(vmclear(page)));
	check_eq("VMPTRLD", UD, (uint64_t)CATCH(vmptrld(page)));
	check_eq("VMPTRST", UD, (uint64_t)CATCH(vmptrst()));
	check_eq("VMREAD", UD, (uint64_t)CATCH(vmread_status(GUEST_RIP, &v)));
	check_eq("VMWRITE", UD, (uint64_t)CATCH(vmwrite_status(GUEST_RIP, v)));
	check_eq("VMLAUNCH", UD, (uint64_t)CATCH(asm volatile("vmlaunch" ::: "cc", "memory")));
	check_eq("VMRESUME", UD, (uint64_t)CATCH(asm volatile("vmresume" ::: "cc", "memory")));
	/* Under a hypervisor VMCALL reaches that one whatever L1's own state is. */
	if (!under_l0())
		check_eq("VMCALL", UD, (uint64_t)CATCH(asm volatile("vmcall" ::: "cc", "memory")));
	check_eq("INVEPT", UD, (uint64_t)CATCH(invept(2, 0, 0)));
	check_eq("INVVPID", UD, (uint64_t)CATCH(invvpid(2, 0, 0)));
	write_cr4(read_cr4() & ~CR4_VMXE);
}

/* ---- VMXON: SDM vol. 3, chapter 31, "VMXON" ---- */

static uint64_t beyond_physical(void)
{
	return BIT(cpuid(0x80000008, 0).eax & 0xff);
}

TEST(vmxon_operands)
{
	uint64_t region, wrong;

	NEED(vmx_available(), "no VMX");
	region = vmcs_alloc();
	wrong = vmcs_alloc();
	write_cr4(read_cr4() | CR4_VMXE);
	*(uint32_t *)(uintptr_t)wrong ^= 1;
	check_eq("address not page-aligned", VM_FAIL_INVALID, vmxon(region + 8));
	check_eq("address beyond the width", VM_FAIL_INVALID, vmxon(region | beyond_physical()));
	check_eq("wrong revision", VM_FAIL_INVALID, vmxon(wrong));
	*(uint32_t *)(uintptr_t)wrong = vmcs_revision() | 0x80000000;
	check_eq("revision with bit 31", VM_FAIL_INVALID, vmxon(wrong));
}

TEST(vmxon_fixed_bits)
{
	uint64_t region, cr0 = read_cr0();

	NEED(vmx_available(), "no VMX");
	region = vmcs_alloc();
	write_cr4(read_cr4() | CR4_VMXE);
	write_cr0(cr0 & ~CR0_NE);
	check_eq("CR0.NE clear", GP, (uint64_t)CATCH(vmxon(region)));
	write_cr0(cr0 | CR0_NE);
}

TEST(vmxon_and_off)
{
	uint64_t region;

	NEED(vmx_available(), "no VMX");
	region = vmcs_alloc();
	write_cr4(read_cr4() | CR4_VMXE);
	check_eq("VMXON", VM_SUCCEED, vmxon(region));
	check_eq("no current VMCS", ~0ULL, vmptrst());
	check_eq("VMXON in root without VMCS", VM_FAIL_INVALID, vmxon(region));
	check_eq("clearing CR4.VMXE", GP, (uint64_t)CATCH(write_cr4(read_cr4() & ~CR4_VMXE)));
	check_eq("clearing CR0.NE", GP, (uint64_t)CATCH(write_cr0(read_cr0() & ~CR0_NE)));
	check_eq("VMXOFF", VM_SUCCEED, vmxoff());
	check_eq("VMXOFF again", UD, (uint64_t)CATCH(vmxoff()));
	check_eq("clearing CR4.VMXE afterwards", (uint64_t)NO_FAULT,
		 (uint64_t)CATCH(write_cr4(read_cr4() & ~CR4_VMXE)));
}

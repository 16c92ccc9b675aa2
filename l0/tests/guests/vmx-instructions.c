// SPDX-License-Identifier: Apache-2.0
// VMX instructions outside any L2: operands, VMfail numbers, capability registers, fields.
#include "vmx.h"

/* ---- before VMXON ---- */

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
		check_eq("write to a capability register", GP,
			 (uint64_t)CATCH(wrmsr(m, rdmsr(m))));
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
	check("highest index at least that of the fields", (rdmsr(MSR_VMX_VMCS_ENUM) & 0x3fe) >=
								   highest);
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
	uint64_t region = vmcs_alloc(), wrong = vmcs_alloc();

	NEED(vmx_available(), "no VMX");
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
	uint64_t region = vmcs_alloc();
	uint64_t cr0 = read_cr0();

	NEED(vmx_available(), "no VMX");
	write_cr4(read_cr4() | CR4_VMXE);
	write_cr0(cr0 & ~CR0_NE);
	check_eq("CR0.NE clear", GP, (uint64_t)CATCH(vmxon(region)));
	write_cr0(cr0 | CR0_NE);
}

TEST(vmxon_and_off)
{
	uint64_t region = vmcs_alloc();

	NEED(vmx_available(), "no VMX");
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

/* ---- in VMX operation ---- */

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
	check_eq("not canonical", GP,
		 (uint64_t)CATCH(asm volatile("vmclear (%0)" ::"r"(BIT(60)))));
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

/* ---- fields ---- */

static const uint64_t patterns[] = {0x5a5a5a5a5a5a5a5a, 0xa5a5a5a5a5a5a5a5, ~0ULL, 0};

static uint64_t low_bits(uint64_t v, unsigned int width)
{
	return width == 64 ? v : v & (BIT(width) - 1);
}

static void field_round_trip(const struct field_row *row)
{
	unsigned int width = field_width(row->encoding);

	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++) {
		uint64_t got = ~patterns[i];
		uint64_t want = low_bits(patterns[i], width);

		check_eq(row->name, VM_SUCCEED, vmwrite_status(row->encoding, patterns[i]));
		check_eq(row->name, VM_SUCCEED, vmread_status(row->encoding, &got));
		/* A processor may drop the reserved bits of access rights: SDM vol. 3, 25.4.1. */
		if (row->encoding >= GUEST_ES_RIGHTS && row->encoding <= GUEST_TR_RIGHTS) {
			want &= 0x1f0ff;
			got &= 0x1f0ff;
		}
		check_eq(row->name, want, got);
	}
}

TEST(field_round_trips)
{
	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	for (unsigned int i = 0; i < field_count; i++)
		if (field_exists(&field_rows[i]) && field_type(field_rows[i].encoding) != TYPE_EXIT)
			field_round_trip(&field_rows[i]);
	vmclear(vm.vmcs);
}

/* Odd encodings reach the high half of 64-bit fields and nothing else. SDM vol. 3, 25.11.2 */
TEST(field_high_halves)
{
	uint64_t v = 0;

	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	vmwrite(TSC_OFFSET, 0x1122334455667788);
	check_eq("read", VM_SUCCEED, vmread_status(TSC_OFFSET + 1, &v));
	check_eq("high half", 0x11223344, v);
	check_eq("write", VM_SUCCEED, vmwrite_status(TSC_OFFSET + 1, 0xdeadbeefcafef00d));
	check_eq("both halves", 0xcafef00d55667788, vmread(TSC_OFFSET));
	check_eq("high half of a 32-bit field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(PIN_CONTROLS + 1, &v));
	check_eq("high half of a 16-bit field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmwrite_status(GUEST_ES + 1, 0));
	check_eq("high half of a natural field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(GUEST_RIP + 1, &v));
	vmclear(vm.vmcs);
}

TEST(field_read_only)
{
	bool writable = rdmsr(MSR_VMX_MISC) & BIT(29);

	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	for (unsigned int i = 0; i < field_count; i++) {
		const struct field_row *row = &field_rows[i];

		if (!field_exists(row) || field_type(row->encoding) != TYPE_EXIT)
			continue;
		check_eq(row->name, writable ? VM_SUCCEED : VM_FAIL(E_READ_ONLY_FIELD),
			 vmwrite_status(row->encoding, 0));
	}
	vmclear(vm.vmcs);
}

TEST(field_not_offered)
{
	static const uint32_t never[] = {0x0c0e, 0x03fe, 0x5000, 0x7000, 0x2bfe, 0x4ffe, 0x6ffe};
	uint64_t v = 0;

	if (!vmx_begin())
		return;
	vm_setup(l2_exits);
	for (unsigned int i = 0; i < ARRAY_SIZE(never); i++) {
		check_eq("VMREAD of no field", VM_FAIL(E_UNSUPPORTED_FIELD),
			 vmread_status(never[i], &v));
		check_eq("VMWRITE of no field", VM_FAIL(E_UNSUPPORTED_FIELD),
			 vmwrite_status(never[i], 0));
	}
	check_eq("encoding above 32 bits", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(BIT(32) | GUEST_RIP, &v));
	for (unsigned int i = 0; i < field_count; i++)
		if (!field_exists(&field_rows[i]))
			check_eq(field_rows[i].name, VM_FAIL(E_UNSUPPORTED_FIELD),
				 vmread_status(field_rows[i].encoding, &v));
	check_eq("error field", E_UNSUPPORTED_FIELD, vmread(INSTRUCTION_ERROR));
	vmclear(vm.vmcs);
}

/* What one VMCS holds must not be seen in another. */
TEST(two_vmcs)
{
	uint64_t a, b;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	b = vmcs_alloc();
	vmclear(a);
	vmclear(b);
	vmptrld(a);
	vmwrite(GUEST_RIP, 0xa);
	vmptrld(b);
	vmwrite(GUEST_RIP, 0xb);
	vmptrld(a);
	check_eq("first", 0xa, vmread(GUEST_RIP));
	vmclear(b);
	check_eq("clearing another leaves the current", a, vmptrst());
	vmclear(a);
	vmptrld(b);
	check_eq("second, after VMCLEAR", 0xb, vmread(GUEST_RIP));
	vmclear(b);
}

/* ---- INVEPT and INVVPID ---- */

TEST(invept_operands)
{
	uint64_t caps;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	caps = rdmsr(MSR_VMX_EPT_VPID);
	NEED(caps & BIT(20), "no INVEPT");
	vm_setup(l2_exits);
	for (uint64_t type = 0; type < 5; type++) {
		bool known = (type == 1 && (caps & BIT(25))) || (type == 2 && (caps & BIT(26)));

		check_eq("type", known ? VM_SUCCEED : VM_FAIL(E_INVEPT_OPERAND),
			 invept(type, vmread(EPTP), 0));
	}
	/* Bochs 3.0 looks at the low 32 bits of the register alone. */
	check_erratum("type above 32 bits", VM_FAIL(E_INVEPT_OPERAND), VM_SUCCEED,
		      invept(BIT(32) | 2, vmread(EPTP), 0));
	if (caps & BIT(25)) {
		check_eq("EPTP memory type 7", VM_FAIL(E_INVEPT_OPERAND),
			 invept(1, vmread(EPTP) | 7, 0));
		check_eq("EPTP walk length 2", VM_FAIL(E_INVEPT_OPERAND),
			 invept(1, (vmread(EPTP) & ~0x38ULL) | 8, 0));
		check_eq("EPTP reserved bit", VM_FAIL(E_INVEPT_OPERAND),
			 invept(1, vmread(EPTP) | BIT(11), 0));
	}
	vmclear(vm.vmcs);
}

TEST(invvpid_operands)
{
	uint64_t caps;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_VPID, "no VPID");
	caps = rdmsr(MSR_VMX_EPT_VPID);
	vm_setup(l2_exits);
	for (uint64_t type = 0; type < 6; type++) {
		bool known = type < 4 && (caps & BIT(40 + type));

		check_eq("type", known ? VM_SUCCEED : VM_FAIL(E_INVEPT_OPERAND),
			 invvpid(type, 1, 0x1000));
		if (known && type != 2)
			check_eq("VPID 0", VM_FAIL(E_INVEPT_OPERAND), invvpid(type, 0, 0x1000));
		if (known)
			check_eq("reserved bits 63:16", VM_FAIL(E_INVEPT_OPERAND),
				 invvpid(type, 0x10001, 0x1000));
	}
	if (caps & BIT(40))
		check_eq("address not canonical", VM_FAIL(E_INVEPT_OPERAND),
			 invvpid(0, 1, BIT(60)));
	vmclear(vm.vmcs);
}

/* ---- privilege ---- */

/* In ring 3 each instruction is a #GP in VMX operation (VMXON also outside). */
static int in_ring3(const void *code)
{
	uint64_t stack = map_user(address_of(page_alloc()));
	uint64_t rip = map_user(address_of(code));

	return CATCH(user_enter(rip, stack + PAGE_SIZE - 64));
}

asm(".text\n"
    "r3_vmptrst: vmptrst -8(%rsp)\n"
    "r3_vmread: mov $0x681e, %eax; vmread %rax, %rcx\n"
    "r3_vmwrite: mov $0x681e, %eax; vmwrite %rcx, %rax\n"
    "r3_vmlaunch: vmlaunch\n"
    "r3_vmxoff: vmxoff\n"
    "r3_vmcall: vmcall\n"
    "r3_invept: mov $2, %eax; invept -16(%rsp), %rax\n"
    "r3_vmclear: vmclear -8(%rsp)\n");
extern const char r3_vmptrst[], r3_vmread[], r3_vmwrite[], r3_vmlaunch[], r3_vmxoff[], r3_vmcall[],
	r3_invept[], r3_vmclear[];

TEST(ring3)
{
	static const struct {
		const char *name;
		const char *code;
	} rows[] = {
		{"vmptrst", r3_vmptrst},   {"vmread", r3_vmread}, {"vmwrite", r3_vmwrite},
		{"vmlaunch", r3_vmlaunch}, {"vmxoff", r3_vmxoff}, {"vmcall", r3_vmcall},
		{"invept", r3_invept},	   {"vmclear", r3_vmclear},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		check_eq(rows[i].name, GP, (uint64_t)in_ring3(rows[i].code));
}

// SPDX-License-Identifier: Apache-2.0
// INVEPT, INVVPID, and every VMX instruction in ring 3.
#include "vmx.h"

L2_CODE(i_leave, "");

/* ---- INVEPT and INVVPID ---- */

TEST(invept_operands)
{
	uint64_t caps;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	caps = rdmsr(MSR_VMX_EPT_VPID);
	NEED(caps & BIT(20), "no INVEPT");
	vm_setup(i_leave);
	for (uint64_t type = 0; type < 5; type++) {
		bool known = (type == 1 && (caps & BIT(25))) || (type == 2 && (caps & BIT(26)));

		check_eq("type", known ? VM_SUCCEED : VM_FAIL(E_INVEPT_OPERAND),
			 invept(type, vmread(EPTP), 0));
	}
	/* Bochs 3.0 looks at the low 32 bits of the register alone. */
	check_erratum("type above 32 bits", VM_FAIL(E_INVEPT_OPERAND), VM_SUCCEED,
		      invept(BIT(32) | 2, vmread(EPTP), 0));
	if (caps & BIT(25)) {
		check_eq("EPTP memory type 0, where it is not offered",
			 caps & BIT(8) ? VM_SUCCEED : VM_FAIL(E_INVEPT_OPERAND),
			 invept(1, vmread(EPTP) & ~7ULL, 0));
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
	vm_setup(i_leave);
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
    "r3_invept: mov $2, %eax; invept -16(%rsp), %rax\n"
    "r3_vmcall: vmcall\n"
    "r3_vmclear: vmclear -8(%rsp)\n");
extern const char r3_vmptrst[], r3_vmread[], r3_vmwrite[], r3_vmlaunch[], r3_vmxoff[], r3_vmcall[],
	r3_invept[], r3_vmclear[];

TEST(ring3)
{
	static const struct {
		const char *name;
		const char *code;
	} rows[] = {
		{"vmptrst", r3_vmptrst},   {"vmread", r3_vmread},   {"vmwrite", r3_vmwrite},
		{"vmlaunch", r3_vmlaunch}, {"vmxoff", r3_vmxoff},   {"vmcall", r3_vmcall},
		{"invept", r3_invept},     {"vmclear", r3_vmclear},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		bool offered =
			rows[i].code != r3_invept || (control_allowed(WORD_PROC2).may & PROC2_EPT);

		check_eq(rows[i].name, offered ? GP : UD, (uint64_t)in_ring3(rows[i].code));
	}
}

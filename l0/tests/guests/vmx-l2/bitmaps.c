// SPDX-License-Identifier: Apache-2.0
// MSR and I/O bitmaps, masks and shadows of CR0 and CR4.
#include "vmx.h"

L2_CODE(b_rdmsr, "rdmsr");
L2_CODE(b_wrmsr, "wrmsr");

/* SDM vol. 3, 25.6.9: read low, read high, write low, write high; 1 KiB each. */
TEST(msr_bitmap)
{
	static const struct {
		const char *name;
		uint32_t msr;
		bool write;
		int exits_with_read, exits_with_write; /* bit set in the one or the other half */
	} rows[] = {
		{"read of a low MSR", MSR_SYSENTER_CS, false, 1, 0},
		{"write of a low MSR", MSR_SYSENTER_CS, true, 0, 1},
		{"read of DEBUGCTL", MSR_DEBUGCTL, false, 1, 0},
		{"write of DEBUGCTL", MSR_DEBUGCTL, true, 0, 1},
		{"read of a high MSR", MSR_KERNEL_GS_BASE, false, 1, 0},
		{"write of a high MSR", MSR_KERNEL_GS_BASE, true, 0, 1},
		{"read beyond the ranges", 0x40000000, false, 1, 1},
		{"write beyond the ranges", 0xc0002000, true, 1, 1},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		bool half = i & 1; /* 0 sets the read bit, 1 the write bit */
		uint32_t msr = rows[i / 2].msr;
		uint32_t at = (half ? 2048U : 0) + (msr & BIT(31) ? 1024U : 0) + (msr & 0x1fff) / 8;
		uint32_t reason = rows[i / 2].write ? X_WRMSR : X_RDMSR;

		page_reset();
		vm_setup(rows[i / 2].write ? b_wrmsr : b_rdmsr);
		NEED(vmread(PROC_CONTROLS) & PROC_MSR_BITMAP, "no MSR bitmap");
		vm.msr_bitmap[at] |= (uint8_t)(1U << (msr & 7));
		vm.regs[RCX] = msr;
		if (!(half ? rows[i / 2].exits_with_write : rows[i / 2].exits_with_read))
			reason = X_VMCALL;
		vm_expect(rows[i / 2].name, reason);
	}
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

TEST(msr_without_bitmap)
{
	if (!vmx_begin())
		return;
	vm_setup(b_rdmsr);
	vm_clear(WORD_PROC, PROC_MSR_BITMAP);
	vm.regs[RCX] = MSR_SYSENTER_CS;
	vm_expect("rdmsr", X_RDMSR);
	check_eq("MSR number kept", MSR_SYSENTER_CS, vm.regs[RCX]);
}

L2_CODE(b_debugctl, "rdmsr; mov %eax, %ebx; mov $2, %eax; wrmsr; rdmsr");

/* L1 and L2 each have their own, whether its accesses exit or not; bit 1 is BTF, idle without TF.
 */
TEST(debugctl_of_each_level)
{
	if (!vmx_begin())
		return;
	if (CATCH(wrmsr(MSR_DEBUGCTL, 2)) != NO_FAULT || rdmsr(MSR_DEBUGCTL) != 2)
		return; /* an engine without it */
	vm_setup(b_debugctl);
	vm_set(WORD_ENTRY, ENTRY_LOAD_DEBUG);
	vm_set(WORD_EXIT, EXIT_SAVE_DEBUG);
	vmwrite(GUEST_DEBUGCTL, 0);
	vm.regs[RCX] = MSR_DEBUGCTL;
	vm_expect("L2's own", X_VMCALL);
	check_eq("loaded at the entry", 0, vm.regs[RBX]);
	check_eq("as L2 wrote it", 2, vm.regs[RAX]);
	check_eq("saved at the exit", 2, vmread(GUEST_DEBUGCTL));
	check_eq("cleared for L1 by the exit", 0, rdmsr(MSR_DEBUGCTL));
}

L2_CODE(b_in8, "inb %dx, %al");
L2_CODE(b_in16, "inw %dx, %ax");
L2_CODE(b_in32, "inl %dx, %eax");

/* SDM vol. 3, 25.1.3: any byte of the access that has its bit set makes it exit. */
TEST(io_bitmap)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint16_t bit, port;
		bool exits;
	} rows[] = {
		{"own port", b_in8, 0x80, 0x80, true},
		{"port below", b_in8, 0x80, 0x7f, false},
		{"port above", b_in8, 0x80, 0x81, false},
		{"second byte of a word", b_in16, 0x81, 0x80, true},
		{"first byte below a word", b_in16, 0x7f, 0x80, false},
		{"last byte of a long word", b_in32, 0x83, 0x80, true},
		{"bitmap B", b_in8, 0x8000, 0x8000, true},
		{"last port", b_in8, 0xffff, 0xffff, true},
		{"across the bitmaps", b_in16, 0x8000, 0x7fff, true},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(rows[i].code);
		NEED(vm_set(WORD_PROC, PROC_IO_BITMAP), "no I/O bitmaps");
		/* With bitmaps in use the unconditional control is ignored. */
		vm_set(WORD_PROC, PROC_IO_ALL);
		vm.io_bitmap[rows[i].bit / 8] |= (uint8_t)(1U << (rows[i].bit & 7));
		vm.regs[RDX] = rows[i].port;
		if (vm_expect(rows[i].name, rows[i].exits ? X_IO : X_VMCALL) && rows[i].exits)
			check_eq(rows[i].name, rows[i].port, vmread(EXIT_QUALIFICATION) >> 16);
	}
}

L2_CODE(b_read_cr, "mov %cr0, %rbx; mov %cr4, %rcx; smsw %rdx");

TEST(cr_shadow_reads)
{
	uint64_t cr0, cr4;

	if (!vmx_begin())
		return;
	vm_setup(b_read_cr);
	cr0 = vmread(GUEST_CR0);
	cr4 = vmread(GUEST_CR4);
	vmwrite(CR0_MASK, CR0_TS | CR0_NE | CR0_MP);
	vmwrite(CR0_SHADOW, CR0_TS);
	vmwrite(CR4_MASK, CR4_VMXE | CR4_TSD);
	vmwrite(CR4_SHADOW, CR4_TSD);
	vm_expect("reads", X_VMCALL);
	check_eq("CR0", (cr0 & ~(CR0_NE | CR0_MP)) | CR0_TS, vm.regs[RBX]);
	check_eq("CR4", (cr4 & ~CR4_VMXE) | CR4_TSD, vm.regs[RCX]);
	check_eq("SMSW", vm.regs[RBX] & 0xffff, vm.regs[RDX] & 0xffff);
	check_eq("GUEST_CR0 itself", cr0, vmread(GUEST_CR0));
}

L2_CODE(b_to_cr0, "mov %rax, %cr0");
L2_CODE(b_to_cr4, "mov %rbx, %cr4");
L2_CODE(b_clts, "clts");
L2_CODE(b_lmsw, "lmsw %ax");

/* An exit comes when an owned bit would get another value than its shadow. */
TEST(cr_mask_writes)
{
	if (!vmx_begin())
		return;
	vm_setup(b_to_cr0);
	vmwrite(CR0_MASK, CR0_TS);
	vmwrite(CR0_SHADOW, CR0_TS);
	vm.regs[RAX] = vmread(GUEST_CR0) | CR0_TS;
	vm_expect("write equal to the shadow", X_VMCALL);
	check_eq("the real bit stays", 0, vmread(GUEST_CR0) & CR0_TS);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)b_to_cr0));
	vm.regs[RAX] = vmread(GUEST_CR0) & ~CR0_TS;
	vm_expect("write unlike the shadow", X_CR);
	check_eq("qualification", 0, vmread(EXIT_QUALIFICATION));
	page_reset();
	vm_setup(b_to_cr4);
	vmwrite(CR4_MASK, CR4_VMXE | CR4_PGE);
	vm.regs[RBX] = vmread(GUEST_CR4) & ~CR4_VMXE;
	vm_expect("CR4 equal to the shadow", X_VMCALL);
	check_eq("VMXE stays", CR4_VMXE, vmread(GUEST_CR4) & CR4_VMXE);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)b_to_cr4));
	vm.regs[RBX] = (vmread(GUEST_CR4) & ~CR4_VMXE) | CR4_PGE;
	vm_expect("CR4 unlike the shadow", X_CR);
	check_eq("qualification", 4 | 3 << 8, vmread(EXIT_QUALIFICATION));
}

/* SDM vol. 3, 26.1.3: CLTS exits if mask and shadow have TS; LMSW looks at bits 3:0. */
TEST(clts_and_lmsw)
{
	if (!vmx_begin())
		return;
	vm_setup(b_clts);
	vmwrite(CR0_MASK, CR0_TS);
	vmwrite(CR0_SHADOW, CR0_TS);
	vm_expect("CLTS, owned and set in the shadow", X_CR);
	check_eq("qualification", 2 << 4, vmread(EXIT_QUALIFICATION));
	vmwrite(CR0_SHADOW, 0);
	vm_expect("CLTS, owned and clear in the shadow", X_VMCALL);
	page_reset();
	vm_setup(b_lmsw);
	vmwrite(CR0_MASK, CR0_TS);
	vm.regs[RAX] = 0x9;
	vm_expect("LMSW", X_CR);
	check_eq("qualification", 3 << 4 | 9 << 16, vmread(EXIT_QUALIFICATION));
}

/* A write that the fixed bits forbid is a #GP in L2 and no exit. */
TEST(cr_fixed_bits_fault)
{
	if (!vmx_begin())
		return;
	vm_setup(b_to_cr4);
	vm.regs[RBX] = vmread(GUEST_CR4) & ~CR4_VMXE;
	vmwrite(EXCEPTION_BITMAP, BIT(GP));
	vm_expect("clearing VMXE", X_EXCEPTION);
	check_eq("#GP", EVENT(EVENT_EXCEPTION, GP) | EVENT_ERROR, vmread(EXIT_EVENT));
}

L2_CODE(b_set_cd, "mov %cr0, %rax; bts $30, %rax; mov %rax, %cr0; mov %cr0, %rbx");

/* CD is L2's own bit as any other, whatever the processor's caches do; an exit leaves it to
 * L1. 28.5.1. */
TEST(cr0_cache_bit_of_l2)
{
	uint64_t cr0 = read_cr0();

	if (!vmx_begin())
		return;
	vm_setup(b_set_cd);
	vm_expect("L2", X_VMCALL);
	check_eq("as L2 reads it", cr0 | CR0_CD, vm.regs[RBX]);
	check_eq("saved", cr0 | CR0_CD, vmread(GUEST_CR0));
	check_eq("L1 goes on with it", cr0 | CR0_CD, read_cr0());
	write_cr0(cr0);
	page_reset();
	vm_setup(b_set_cd);
	vmwrite(CR0_MASK, CR0_CD);
	vm_expect("owned by L1", X_CR);
	vmwrite(CR0_SHADOW, CR0_CD);
	vm_expect("equal to the shadow", X_VMCALL);
	check_eq("read from the shadow", cr0 | CR0_CD, vm.regs[RBX]);
	check_eq("the bit itself stays", cr0, vmread(GUEST_CR0));
	check_eq("and L1's", cr0, read_cr0());
}

L2_CODE(b_flip, "mov %cr0, %rax; btc $30, %rax; btc $16, %rax; mov %rax, %cr0; mov %cr0, %rbx");

/*
 * A write is judged by what it makes of CR0, not by the bits that L1 has L2 see: this L2 believes
 * that paging is off, which a 64-bit guest, or one with PCIDs, may not turn off. SDM vol. 3, 26.3.
 */
TEST(cr0_write_under_a_shadow_of_paging)
{
	if (!vmx_begin())
		return;
	vm_setup(b_flip);
	vmwrite(CR0_MASK, CR0_PG | CR0_PE);
	vmwrite(CR0_SHADOW, CR0_PE);
	vmwrite(EXCEPTION_BITMAP, BIT(GP));
	vm_expect("L2", X_VMCALL);
	check_eq("PG and PE as shown", CR0_PE, vm.regs[RBX] & (CR0_PG | CR0_PE));
	check_eq("and as they are", CR0_PG | CR0_PE, vmread(GUEST_CR0) & (CR0_PG | CR0_PE));
	write_cr0(read_cr0() & ~CR0_CD);
}

L2_CODE(b_to_cr0_short, ".code32; mov %eax, %cr0; .code64");

/* Outside of 64-bit mode a MOV has 32 bits: what is above them in the register is no change. */
TEST(cr0_write_of_32_bits)
{
	uint64_t cr0 = read_cr0();

	if (!vmx_begin())
		return;
	vm_setup(b_to_cr0_short);
	vmwrite(GUEST_CS, SEL_CODE32);
	vmwrite(GUEST_CS_RIGHTS, 0xc09b);
	vmwrite(CR0_MASK, BIT(40));
	vm.regs[RAX] = (cr0 ^ CR0_CD ^ CR0_WP) | BIT(40);
	vm_expect("L2", X_VMCALL);
	check_eq("CR0", cr0 ^ CR0_CD ^ CR0_WP, vmread(GUEST_CR0));
	write_cr0(cr0);
}

L2_CODE(b_cr3_target, "mov %rax, %cr3");
TEST(cr3_targets)
{
	if (!vmx_begin())
		return;
	NEED(((rdmsr(MSR_VMX_MISC) >> 16) & 0x1ff) >= 1, "no CR3 targets");
	vm_setup(b_cr3_target);
	NEED(vm_set(WORD_PROC, PROC_CR3_LOAD), "no CR3-load exiting");
	vm.regs[RAX] = vmread(GUEST_CR3);
	vmwrite(CR3_TARGET0, vmread(GUEST_CR3));
	vmwrite(CR3_TARGET_COUNT, 1);
	vm_expect("a target", X_VMCALL);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)b_cr3_target));
	vmwrite(CR3_TARGET_COUNT, 0);
	vm_expect("no target", X_CR);
}

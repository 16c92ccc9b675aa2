// SPDX-License-Identifier: Apache-2.0
// MSRs across entry and exit: lists and fields. SDM vol. 3, 27.4, 28.4, 28.6.
#include "vmx.h"

struct msr_entry {
	uint32_t index, reserved;
	uint64_t data;
};

L2_CODE(m_read, "rdmsr");
L2_CODE(m_write, "wrmsr");

static void use_entry_list(struct msr_entry *list, unsigned int count)
{
	vmwrite(ENTRY_MSR_LOAD, address_of(list));
	vmwrite(ENTRY_MSR_LOAD_COUNT, count);
}

TEST(msr_entry_load)
{
	struct msr_entry *list;

	if (!vmx_begin())
		return;
	vm_setup(m_read);
	list = page_alloc();
	list[0] = (struct msr_entry){MSR_KERNEL_GS_BASE, 0, 0x111122223333};
	list[1] = (struct msr_entry){MSR_STAR, 0, 0x44445555};
	use_entry_list(list, 2);
	vm.regs[RCX] = MSR_KERNEL_GS_BASE;
	vm_expect("L2", X_VMCALL);
	check_eq("seen by L2", 0x22223333, vm.regs[RAX]);
	check_eq("seen by L2, high", 0x1111, vm.regs[RDX]);
	check_eq("stays after the exit", 0x111122223333, rdmsr(MSR_KERNEL_GS_BASE));
	check_eq("second entry", 0x44445555, rdmsr(MSR_STAR));
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_STAR, 0);
}

/* The valid entries before the bad one have taken effect; the number of the bad one is told. */
TEST(msr_entry_load_fails)
{
	static const struct {
		const char *name;
		struct msr_entry entry;
	} rows[] = {
		{"IA32_FS_BASE", {MSR_FS_BASE, 0, 0}},
		{"IA32_GS_BASE", {MSR_GS_BASE, 0, 0}},
		{"x2APIC range", {0x808, 0, 0}},
		{"reserved bits", {MSR_STAR, 1, 0}},
		{"value that WRMSR refuses", {MSR_KERNEL_GS_BASE, 0, BIT(60)}},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct msr_entry *list;

		page_reset();
		vm_setup(m_read);
		list = page_alloc();
		list[0] = (struct msr_entry){MSR_STAR, 0, 0x1000 + i};
		list[1] = rows[i].entry;
		use_entry_list(list, 2);
		vm_expect(rows[i].name, ENTRY_FAILED | X_MSR_LOAD);
		check_eq(rows[i].name, 2, vmread(EXIT_QUALIFICATION));
		check_eq(rows[i].name, 0x1000 + i, rdmsr(MSR_STAR));
		check_eq(rows[i].name, address_of((const void *)(uintptr_t)m_read),
			 vmread(GUEST_RIP));
	}
	wrmsr(MSR_STAR, 0);
}

TEST(msr_exit_store_and_load)
{
	struct msr_entry *store, *load;

	if (!vmx_begin())
		return;
	vm_setup(m_write);
	store = page_alloc();
	load = page_alloc();
	store[0].index = MSR_KERNEL_GS_BASE;
	store[1].index = MSR_TSC;
	load[0] = (struct msr_entry){MSR_KERNEL_GS_BASE, 0, 0x4444};
	vmwrite(EXIT_MSR_STORE, address_of(store));
	vmwrite(EXIT_MSR_STORE_COUNT, 2);
	vmwrite(EXIT_MSR_LOAD, address_of(load));
	vmwrite(EXIT_MSR_LOAD_COUNT, 1);
	vm.regs[RCX] = MSR_KERNEL_GS_BASE;
	vm.regs[RAX] = 0x3333;
	vm_expect("L2", X_VMCALL);
	check_eq("stored", 0x3333, store[0].data);
	check("TSC stored", store[1].data > 0 && store[1].data <= rdtsc());
	check_eq("loaded", 0x4444, rdmsr(MSR_KERNEL_GS_BASE));
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

/* More may be stored than may be loaded: L2's bases are no VMX abort. SDM vol. 3, 27.4 and 28.4. */
TEST(msr_exit_store_of_bases)
{
	struct msr_entry *store;

	if (!vmx_begin())
		return;
	vm_setup(m_write);
	store = page_alloc();
	store[0].index = MSR_FS_BASE;
	store[1].index = MSR_GS_BASE;
	store[2] = (struct msr_entry){MSR_BIOS_SIGN, 0, 1};
	vmwrite(EXIT_MSR_STORE, address_of(store));
	vmwrite(EXIT_MSR_STORE_COUNT, 3);
	vmwrite(GUEST_GS_BASE, 0x2222);
	vm.regs[RCX] = MSR_FS_BASE;
	vm.regs[RAX] = 0x1111;
	vm_expect("L2", X_VMCALL);
	check_eq("FS base as L2 wrote it", 0x1111, store[0].data);
	check_eq("GS base as the entry loaded it", 0x2222, store[1].data);
	check_eq("a read-only one", rdmsr(MSR_BIOS_SIGN), store[2].data);
}

/* A list that fails leaves VMCS12 as it was, and L2 with it. SDM vol. 3, 27.8. */
TEST(msr_entry_load_failure_leaves_the_vmcs)
{
	struct msr_entry *list;

	if (!vmx_begin())
		return;
	vm_setup(m_read);
	vmwrite(GUEST_SYSENTER_ESP, 0x5550);
	vm.regs[RCX] = MSR_SYSENTER_ESP;
	vm_expect("runs once", X_VMCALL);
	list = page_alloc();
	list[0] = (struct msr_entry){MSR_SYSENTER_ESP, 0, 0x6660};
	list[1] = (struct msr_entry){MSR_FS_BASE, 0, 0};
	use_entry_list(list, 2);
	vm_expect("second entry of the list", ENTRY_FAILED | X_MSR_LOAD);
	check_eq("the field", 0x5550, vmread(GUEST_SYSENTER_ESP));
	use_entry_list(list, 0);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)m_read));
	vm.regs[RCX] = MSR_SYSENTER_ESP;
	vm_expect("runs again", X_VMCALL);
	check_eq("what L2 finds", 0x5550, vm.regs[RAX]);
}

/* What a failed list has loaded stays where no exit loads it: EFER but for its mode. SDM 27.8. */
TEST(msr_entry_load_failure_keeps_efer)
{
	uint64_t efer = rdmsr(MSR_EFER);
	struct msr_entry *list;

	if (!vmx_begin())
		return;
	vm_setup(m_read);
	vm_clear(WORD_EXIT, EXIT_LOAD_EFER);
	list = page_alloc();
	list[0] = (struct msr_entry){MSR_EFER, 0, efer ^ EFER_SCE};
	list[1] = (struct msr_entry){MSR_FS_BASE, 0, 0};
	use_entry_list(list, 2);
	vm_expect("second entry of the list", ENTRY_FAILED | X_MSR_LOAD);
	check_eq("EFER of L1", efer ^ EFER_SCE, rdmsr(MSR_EFER));
	wrmsr(MSR_EFER, efer);
}

/* What every exit saves to the guest area and loads from the host area. */
TEST(msr_fields)
{
	static const struct {
		const char *name;
		uint32_t msr;
		enum field guest, host;
	} rows[] = {
		{"SYSENTER_ESP", MSR_SYSENTER_ESP, GUEST_SYSENTER_ESP, HOST_SYSENTER_ESP},
		{"SYSENTER_EIP", MSR_SYSENTER_EIP, GUEST_SYSENTER_EIP, HOST_SYSENTER_EIP},
		{"SYSENTER_CS", MSR_SYSENTER_CS, GUEST_SYSENTER_CS, HOST_SYSENTER_CS},
		{"FS base", MSR_FS_BASE, GUEST_FS_BASE, HOST_FS_BASE},
		{"GS base", MSR_GS_BASE, GUEST_GS_BASE, HOST_GS_BASE},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(m_write);
		vmwrite(rows[i].host, 0x770);
		vm.regs[RCX] = rows[i].msr;
		vm.regs[RAX] = 0x660 + i;
		vm_expect(rows[i].name, X_VMCALL);
		check_eq(rows[i].name, 0x660 + i, vmread(rows[i].guest));
		check_eq(rows[i].name, 0x770, rdmsr(rows[i].msr));
		wrmsr(rows[i].msr, 0);
	}
}

TEST(msr_pat_and_efer)
{
	uint64_t pat = rdmsr(MSR_PAT), efer = rdmsr(MSR_EFER);

	if (!vmx_begin())
		return;
	vm_setup(m_write);
	NEED(vm_set(WORD_EXIT, EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER), "no PAT controls");
	vm_set(WORD_ENTRY, ENTRY_LOAD_PAT);
	vmwrite(GUEST_PAT, 0x0606060606060606);
	vmwrite(HOST_PAT, pat);
	vm.regs[RCX] = MSR_EFER;
	vm.regs[RAX] = efer | EFER_SCE;
	vm_expect("L2", X_VMCALL);
	check_eq("PAT saved", 0x0606060606060606, vmread(GUEST_PAT));
	check_eq("PAT of L1", pat, rdmsr(MSR_PAT));
	check_eq("EFER saved", efer | EFER_SCE, vmread(GUEST_EFER));
	check_eq("EFER of L1", efer, rdmsr(MSR_EFER));
}

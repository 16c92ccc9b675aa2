// SPDX-License-Identifier: Apache-2.0
// EPT: rights, qualifications, misconfigurations, page sizes, accessed and dirty bits, INVEPT.
// SDM vol. 3, 29.3.
#include "vmx.h"

L2_CODE(p_read, "mov (%rax), %ebx");
L2_CODE(p_write, "mov %ebx, (%rax)");
L2_CODE(p_jump, "jmp *%rax");

enum { R = 1, W = 2, X = 4, WB = 6 << 3 };

static uint64_t caps(void)
{
	return rdmsr(MSR_VMX_EPT_VPID);
}

/* A page of its own that holds VMCALL, and the EPT entry that maps it. */
static uint64_t target;

static uint64_t *map_target(void)
{
	uint64_t *pt = page_alloc();
	uint32_t *code = page_alloc();
	uint64_t first;

	code[0] = 0x00c1010f; /* VMCALL */
	target = address_of(code);
	first = target & ~(BIT(21) - 1);
	for (uint64_t i = 0; i < 512; i++)
		pt[i] = (first + (i << 12)) | R | W | X | WB;
	vm.ept_pd[first >> 21] = address_of(pt) | R | W | X;
	vm.regs[RAX] = target;
	return &pt[(target >> 12) & 511];
}

struct access_row {
	const char *name;
	void (*code)(void);
	uint64_t entry; /* low bits of the leaf; bits above 11 are set in it */
	uint32_t reason;
	uint32_t access; /* of the qualification */
};

static void run_access(const struct access_row *row)
{
	uint64_t *leaf;

	page_reset();
	vm_setup(row->code);
	leaf = map_target();
	*leaf = target | row->entry;
	if (!vm_expect(row->name, row->reason))
		return;
	if (row->reason == X_VMCALL)
		return;
	check_eq(row->name, target, vmread(GUEST_PHYSICAL));
	if (row->reason == X_EPT_VIOLATION) {
		/* access, rights of the entry, linear address valid, not a page walk */
		check_eq(row->name, row->access | (row->entry & 7) << 3 | BIT(7) | BIT(8),
			 vmread(EXIT_QUALIFICATION) & 0x1bf);
		check_eq(row->name, target, vmread(GUEST_LINEAR));
	}
}

TEST(ept_rights)
{
	static const struct access_row rows[] = {
		{"read of nothing", p_read, 0, X_EPT_VIOLATION, R},
		{"write of nothing", p_write, 0, X_EPT_VIOLATION, W},
		{"fetch of nothing", p_jump, 0, X_EPT_VIOLATION, X},
		{"read of r", p_read, R | WB, X_VMCALL, 0},
		{"write of r", p_write, R | WB, X_EPT_VIOLATION, W},
		{"fetch of r", p_jump, R | WB, X_EPT_VIOLATION, X},
		{"write of rw", p_write, R | W | WB, X_VMCALL, 0},
		{"fetch of rw", p_jump, R | W | WB, X_EPT_VIOLATION, X},
		{"fetch of rx", p_jump, R | X | WB, X_VMCALL, 0},
		{"write of rx", p_write, R | X | WB, X_EPT_VIOLATION, W},
		{"uncached", p_read, R, X_VMCALL, 0},
		{"nonsense in an absent entry", p_read, ~0ULL << 12 | 0xff8, X_EPT_VIOLATION, R},
	};

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		run_access(&rows[i]);
}

TEST(ept_execute_only)
{
	static const struct access_row with[] = {
		{"fetch of x", p_jump, X | WB, X_VMCALL, 0},
		{"read of x", p_read, X | WB, X_EPT_VIOLATION, R},
	};
	static const struct access_row without = {"x", p_jump, X | WB, X_EPT_MISCONFIG, 0};

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	if (!(caps() & 1)) {
		run_access(&without);
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(with); i++)
		run_access(&with[i]);
}

/* 29.3.3.1 */
TEST(ept_misconfiguration)
{
	static const struct access_row rows[] = {
		{"w", p_read, W | WB, X_EPT_MISCONFIG, 0},
		{"wx", p_read, W | X | WB, X_EPT_MISCONFIG, 0},
		{"memory type 2", p_read, R | 2 << 3, X_EPT_MISCONFIG, 0},
		{"memory type 3", p_read, R | 3 << 3, X_EPT_MISCONFIG, 0},
		{"memory type 7", p_read, R | 7 << 3, X_EPT_MISCONFIG, 0},
		{"address beyond the width", p_read, R | WB | BIT(51), X_EPT_MISCONFIG, 0},
	};

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		run_access(&rows[i]);
}

/* Reserved bits of entries that point to tables, and of large leaves. */
TEST(ept_misconfigured_tables)
{
	static const struct {
		const char *name;
		int level;
		uint64_t bits;
	} rows[] = {
		{"top level, bit 7", 4, BIT(7)},
		{"top level, bit 3", 4, BIT(3)},
		{"third level, bit 4", 3, BIT(4)},
		{"second level, low address bits", 2, BIT(13)},
		{"second level, bit 51", 2, BIT(51)},
	};

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(p_read);
		/* The far end of the 4 GiB, so that L2's own code is not touched. */
		vm.regs[RAX] = 0xfff00000;
		if (rows[i].level == 4)
			vm.ept[0] |= rows[i].bits;
		else if (rows[i].level == 3)
			vm.ept_pdpt[3] |= rows[i].bits;
		else
			vm.ept_pd[2047] |= rows[i].bits;
		vm_expect(rows[i].name, X_EPT_MISCONFIG);
	}
}

TEST(ept_beyond_the_map)
{
	volatile void *window;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(p_read);
	window = map_physical(BIT(32) + 0x1238);
	vm.regs[RAX] = address_of(window);
	vm_expect("read", X_EPT_VIOLATION);
	check_eq("guest-physical address", BIT(32) + 0x1238, vmread(GUEST_PHYSICAL));
	check_eq("guest-linear address", address_of(window), vmread(GUEST_LINEAR));
	check_eq("qualification", BIT(8) | BIT(7) | R, vmread(EXIT_QUALIFICATION) & 0x1bf);
}

/* L2's own page tables are read through EPT: bit 8 says that it was a walk. */
TEST(ept_violation_in_page_walk)
{
	uint64_t *leaf, *root;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(p_read);
	leaf = map_target();
	root = (uint64_t *)(uintptr_t)target;
	root[0] = pml4[0];
	vmwrite(GUEST_CR3, target);
	*leaf = 0;
	vm_expect("walk", X_EPT_VIOLATION);
	check_eq("guest-physical address", target, vmread(GUEST_PHYSICAL) & ~0xfffULL);
	check_eq("qualification", BIT(7) | R, vmread(EXIT_QUALIFICATION) & 0x1bd);
	*leaf = target | R | W | X | WB;
	vm.regs[RAX] = 0x1000000;
	vm_expect("mapped", X_VMCALL);
}

TEST(ept_page_sizes)
{
	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	if (caps() & BIT(17)) {
		vm_setup(p_read);
		for (uint64_t i = 0; i < 4; i++)
			vm.ept_pdpt[i] = (i << 30) | R | W | X | WB | BIT(7);
		vm.regs[RAX] = 0x1000000;
		*(uint32_t *)0x1000000 = 0x13579bdf;
		vm_expect("1 GiB", X_VMCALL);
		check_eq("its content", 0x13579bdf, vm.regs[RBX]);
	}
	page_reset();
	vm_setup(p_read);
	map_target();
	vm_expect("4 KiB", X_VMCALL);
	check_eq("its content", 0x00c1010f, vm.regs[RBX]);
}

/* 29.3.5: EPTP bit 6 */
TEST(ept_accessed_and_dirty)
{
	uint64_t *leaf;

	if (!vmx_begin())
		return;
	NEED(caps() & BIT(21), "no accessed and dirty bits");
	vm_setup(p_read);
	leaf = map_target();
	vmwrite(EPTP, vmread(EPTP) | BIT(6));
	vm_expect("read", X_VMCALL);
	check_eq("accessed, not dirty", BIT(8), *leaf & (BIT(8) | BIT(9)));
	check_eq("top level accessed", BIT(8), vm.ept[0] & BIT(8));
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_write));
	vm_expect("write", X_VMCALL);
	check_eq("dirty", BIT(8) | BIT(9), *leaf & (BIT(8) | BIT(9)));
	*leaf &= ~(BIT(8) | BIT(9));
	invept(2, 0, 0);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_write));
	vm_expect("write after clearing", X_VMCALL);
	check_eq("dirty again", BIT(8) | BIT(9), *leaf & (BIT(8) | BIT(9)));
}

/* L1 maps a page after a write of L2's, but L2 never comes back to the write: D stays clear. */
TEST(ept_write_that_never_comes)
{
	uint64_t *leaf;

	if (!vmx_begin())
		return;
	NEED(caps() & BIT(21), "no accessed and dirty bits");
	vm_setup(p_write);
	leaf = map_target();
	*leaf = 0;
	vmwrite(EPTP, vmread(EPTP) | BIT(6));
	vm_expect("absent", X_EPT_VIOLATION);
	*leaf = target | R | W | WB;
	vmwrite(GUEST_RIP, vmread(GUEST_RIP) + 2); /* the VMCALL behind it */
	vm_expect("past the write", X_VMCALL);
	check_eq("not dirty", 0, *leaf & BIT(9));
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_write));
	vm_expect("the write", X_VMCALL);
	check_eq("dirty", BIT(9), *leaf & BIT(9));
}

/* A right taken away is gone after INVEPT; one given needs none once it has faulted. */
TEST(invept_after_change)
{
	uint64_t *leaf;
	uint32_t *other;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(p_read);
	leaf = map_target();
	vm_expect("mapped", X_VMCALL);
	*leaf = 0;
	invept(caps() & BIT(25) ? 1 : 2, vmread(EPTP), 0);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_read));
	vm_expect("taken away", X_EPT_VIOLATION);
	other = page_alloc();
	other[0] = 0x2468ace0;
	*leaf = address_of(other) | R | WB;
	vm_expect("given, another frame", X_VMCALL);
	check_eq("content", 0x2468ace0, vm.regs[RBX]);
	*leaf = target | R | WB;
	invept(2, 0, 0);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_read));
	vm_expect("the first frame again", X_VMCALL);
	check_eq("content", 0x00c1010f, vm.regs[RBX]);
}

/* Two roots: each L2 sees its own memory, back and forth, without an INVEPT. */
TEST(ept_two_roots)
{
	uint64_t roots[2], *tables[2], *leaf;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(p_read);
	leaf = map_target();
	roots[0] = vmread(EPTP);
	tables[0] = leaf;
	/* The second root differs in one page alone. */
	for (unsigned int i = 1; i < 2; i++) {
		uint64_t *top = page_alloc(), *mid = page_alloc(), *low = pages_alloc(4);

		for (uint64_t k = 0; k < 2048; k++)
			low[k] = vm.ept_pd[k];
		for (uint64_t k = 0; k < 4; k++)
			mid[k] = (address_of(low) + k * PAGE_SIZE) | 7;
		top[0] = address_of(mid) | 7;
		tables[i] = page_alloc();
		for (uint64_t k = 0; k < 512; k++)
			tables[i][k] = (leaf - ((target >> 12) & 511))[k];
		low[target >> 21] = address_of(tables[i]) | 7;
		tables[i] += (target >> 12) & 511;
		roots[i] = address_of(top) | (roots[0] & 0xfff);
	}
	*tables[1] = address_of(page_alloc()) | R | WB;
	for (unsigned int i = 0; i < 6; i++) {
		vmwrite(EPTP, roots[i & 1]);
		vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)p_read));
		vm_expect("read", X_VMCALL);
		check_eq("content", i & 1 ? 0 : 0x00c1010f, vm.regs[RBX]);
	}
}

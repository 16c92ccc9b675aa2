// SPDX-License-Identifier: Apache-2.0
// What L0 composes for L2, seen by its cost: the EPT violations of L2 that L0 solves, as L0 counts.
#include "vmx.h"

/* Reads ECX pages from RAX on. */
L2_CODE(f_touch, "1: mov (%rax), %bl; add $4096, %rax; dec %ecx; jnz 1b");

#define MIB        BIT(20)
#define PAGES_2M   512U
#define RWX_WB     0x37ULL
#define RWX_WB_BIG 0xb7ULL
/* RAM of L1 that no test's pages lie in, nor L2's code, stack and tables. */
#define TOUCHED (512 * MIB)

static bool fills_begin(void)
{
	if (!vmx_begin())
		return false;
	if (!(control_allowed(WORD_PROC2).may & PROC2_EPT) || !under_l0()) {
		skip("no EPT, or no L0 that counts");
		return false;
	}
	return true;
}

/* L2 touches so many pages and leaves; the fills that L0 made for it. Any other exit is a failure.
 */
static uint64_t fills_of(uint64_t start, uint32_t pages)
{
	uint64_t before = exits_of_l2(X_EPT_VIOLATION);

	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)f_touch));
	vm.regs[RAX] = start;
	vm.regs[RCX] = pages;
	vm_expect("only L2's own end reaches L1", X_VMCALL);
	return exits_of_l2(X_EPT_VIOLATION) - before;
}

/* An L2 whose code, stack and page tables have been used already. */
static void setup_warm(void)
{
	vm_setup(f_touch);
	fills_of(address_of(vm.ept), 1);
}

TEST(fill_of_a_first_touch)
{
	if (!fills_begin())
		return;
	setup_warm();
	check_eq("the first touch: one, and L1 sees nothing of it", 1, fills_of(TOUCHED, 1));
	check_eq("the second", 0, fills_of(TOUCHED, 1));
}

/* A violation that L1 must solve: one exit of L2 for L1, and none more once L1 has mapped the page.
 */
TEST(fill_after_a_violation_of_l1s)
{
	uint64_t before;

	if (!fills_begin())
		return;
	setup_warm();
	vm.ept_pd[TOUCHED >> 21] = 0;
	before = exits_of_l2(X_EPT_VIOLATION);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)f_touch));
	vm.regs[RAX] = TOUCHED;
	vm.regs[RCX] = 1;
	vm_expect("L1's", X_EPT_VIOLATION);
	check_eq("address", TOUCHED, vmread(GUEST_PHYSICAL));
	vm.ept_pd[TOUCHED >> 21] = TOUCHED | RWX_WB_BIG;
	vm_expect("mapped", X_VMCALL);
	check_eq("one exit", 1, exits_of_l2(X_EPT_VIOLATION) - before);
}

/* 4 KiB of EPT12 for the 2 MiB that will be touched. */
static void map_small(uint64_t start)
{
	uint64_t *pt = page_alloc();

	for (uint64_t i = 0; i < PAGES_2M; i++)
		pt[i] = (start + i * PAGE_SIZE) | RWX_WB;
	vm.ept_pd[start >> 21] = address_of(pt) | 7;
}

/* EPT01 has pages of 2 MiB at least where L1's RAM is: the smaller of the two counts. */
TEST(fill_page_sizes)
{
	if (!fills_begin())
		return;
	setup_warm();
	check_eq("2 MiB: one leaf", 1, fills_of(TOUCHED, PAGES_2M));
	check_eq("the next 2 MiB: another", 1, fills_of(TOUCHED + 2 * MIB, PAGES_2M));
	setup_warm();
	map_small(TOUCHED);
	check_eq("4 KiB: a leaf each", PAGES_2M, fills_of(TOUCHED, PAGES_2M));
	check_eq("all are there", 0, fills_of(TOUCHED, PAGES_2M));
}

/* 1 GiB of EPT12 is filled by what EPT01 has: one leaf of 1 GiB, or 2 MiB each. */
TEST(fill_of_1_gib)
{
	uint64_t fills;

	if (!fills_begin())
		return;
	NEED(rdmsr(MSR_VMX_EPT_VPID) & BIT(17), "no pages of 1 GiB");
	vm_setup(f_touch);
	for (uint64_t i = 0; i < 4; i++)
		vm.ept_pdpt[i] = (i << 30) | RWX_WB_BIG;
	fills_of(address_of(vm.ept), 1);
	fills = fills_of(TOUCHED, 2 * PAGES_2M);
	if (option("gib"))
		check_eq("EPT01 has 1 GiB: filled with L2's first instruction", 0, fills);
	else
		check_eq("EPT01 has 2 MiB", 2, fills);
}

/* ---- several L2s: a VMCS and an EPT pointer each ---- */

enum { VMS = 6, PAGES = 3 };
static struct vm vms[VMS];

static void setup_several(void)
{
	for (unsigned int i = 0; i < VMS; i++) {
		vm_setup(f_touch);
		map_small(TOUCHED);
		vms[i] = vm;
	}
}

/* The L2 of that number touches its pages; the fills. */
static uint64_t fills_by(unsigned int number)
{
	uint64_t fills;

	vm = vms[number];
	check_eq("vmptrld", VM_SUCCEED, vmptrld(vm.vmcs));
	fills = fills_of(TOUCHED, PAGES);
	vms[number] = vm;
	return fills;
}

/* All of them have run once, each with as many fills as the first: these. 0: skipped. */
static uint64_t fill_several(void)
{
	uint64_t whole = 0;

	if (!fills_begin())
		return 0;
	setup_several();
	for (unsigned int i = 0; i < VMS; i++) {
		uint64_t fills = fills_by(i);

		check("the pages and more", fills > PAGES);
		check_eq("as the first", i ? whole : fills, fills);
		whole = fills;
	}
	return whole;
}

TEST(fills_outlive_switches)
{
	if (!fill_several())
		return;
	NEED(!option("function"), "a shadow of a table may be made meanwhile");
	for (unsigned int round = 0; round < 4; round++)
		for (unsigned int i = 0; i < VMS; i++)
			check_eq("later rounds", 0, fills_by(i));
}

TEST(invept_single_spares_the_others)
{
	uint64_t whole = fill_several();

	if (!whole)
		return;
	NEED(!option("function"), "a shadow of a table may be made meanwhile");
	check_eq("invept", VM_SUCCEED, invept(1, address_of(vms[2].ept) | 0x1e, 0));
	for (unsigned int i = 0; i < VMS; i++)
		check_eq("fills again: the one that was named", i == 2 ? whole : 0, fills_by(i));
	check_eq("invept", VM_SUCCEED, invept(1, address_of(page_alloc()) | 0x1e, 0));
	for (unsigned int i = 0; i < VMS; i++)
		check_eq("one that nobody uses", 0, fills_by(i));
}

TEST(invept_global_drops_all)
{
	uint64_t whole = fill_several();

	if (!whole)
		return;
	check_eq("invept", VM_SUCCEED, invept(2, 0, 0));
	for (unsigned int i = 0; i < VMS; i++)
		check_eq("fills again", whole, fills_by(i));
}

/* An EPT12 that has changed counts from INVEPT on at the latest, in the L2 that it is of. */
TEST(invept_makes_a_change_count)
{
	uint64_t *table;
	uint8_t *other;

	if (!fill_several())
		return;
	other = page_alloc();
	*other = 0x5a;
	*(volatile uint8_t *)TOUCHED = 0xa5;
	table = (uint64_t *)(uintptr_t)(vms[1].ept_pd[TOUCHED >> 21] & ~0xfffULL);
	table[0] = address_of(other) | RWX_WB;
	check_eq("invept", VM_SUCCEED, invept(1, address_of(vms[1].ept) | 0x1e, 0));
	for (unsigned int i = 0; i < 2; i++) {
		vm = vms[i];
		check_eq("vmptrld", VM_SUCCEED, vmptrld(vm.vmcs));
		fills_of(TOUCHED, 1);
		vms[i] = vm;
		check_eq("what L2 read", i ? 0x5a : 0xa5, vm.regs[RBX] & 0xff);
	}
}

// SPDX-License-Identifier: Apache-2.0
// INVVPID: what it must drop, and what it spares. SDM vol. 3, 29.4.3.2
#include "vmx.h"

L2_CODE(v_read, "mov (%rax), %ebx");

#define MIB BIT(20)

enum { OURS = 5, ANOTHER = 6 };
enum invvpid_type { ADDRESS, SINGLE, ALL, SINGLE_BUT_GLOBAL };

static bool vpid_begin(void)
{
	if (!vmx_begin())
		return false;
	if (!(control_allowed(WORD_PROC2).may & PROC2_VPID)) {
		skip("no VPID");
		return false;
	}
	vm_setup(v_read);
	vm_set(WORD_PROC2, PROC2_VPID);
	vmwrite(VPID, OURS);
	return true;
}

static bool offered(enum invvpid_type type)
{
	return rdmsr(MSR_VMX_EPT_VPID) & BIT(40 + type);
}

static uint32_t read_by_l2(uint64_t address)
{
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)v_read));
	vm.regs[RAX] = address;
	vm_expect("read", X_VMCALL);
	return (uint32_t)vm.regs[RBX];
}

/* L1 changes a translation of L2's and tells by INVVPID: each type makes it count. */
TEST(invvpid_after_change)
{
	uint64_t window;
	uint32_t *page[2];

	if (!vpid_begin())
		return;
	page[0] = page_alloc();
	page[1] = (uint32_t *)((uintptr_t)page[0] + 2 * MIB);
	page[0][0] = 0xaaaa;
	page[1][0] = 0xbbbb;
	window = address_of(map_physical(address_of(page[0])));
	check_eq("first", 0xaaaa, read_by_l2(window));
	for (unsigned int type = ADDRESS; type <= SINGLE_BUT_GLOBAL; type++) {
		if (!offered(type))
			continue;
		map_physical(address_of(page[(type + 1) & 1]));
		check_eq("invvpid", VM_SUCCEED, invvpid(type, OURS, window));
		check_eq("changed", type & 1 ? 0xaaaa : 0xbbbb, read_by_l2(window));
	}
	page[1][0] = 0;
}

/*
 * A translation belongs to the VPID that it was made under. The numbers are such that a hypervisor
 * which has fewer tags than L1 has VPIDs must notice.
 */
TEST(vpids_apart)
{
	static const uint16_t vpids[] = {5, 6, 13, 5 + 256, 65535};
	uint32_t *frame;
	uint64_t window = 0;

	if (!vpid_begin())
		return;
	invvpid(ALL, 0, 0); /* what the tests before left */
	frame = page_alloc();
	for (uint32_t i = 0; i < ARRAY_SIZE(vpids); i++, frame += 2 * MIB / sizeof(*frame)) {
		frame[0] = 0x1000 + i;
		window = address_of(map_physical(address_of(frame)));
		vmwrite(VPID, vpids[i]);
		check_eq("under a VPID that is new", 0x1000 + i, read_by_l2(window));
	}
	invvpid(ALL, 0, 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(vpids); i++) {
		vmwrite(VPID, vpids[i]);
		check_eq("after INVVPID of all", 0x1000 + ARRAY_SIZE(vpids) - 1,
			 read_by_l2(window));
	}
}

/* Page faults that L0 alone solves, where it has shadow tables of its own. */
static uint64_t fills_of(uint64_t address)
{
	uint64_t before = exits_of_l2(X_EXCEPTION);

	read_by_l2(address);
	return exits_of_l2(X_EXCEPTION) - before;
}

/*
 * Translations that INVVPID does not name stay, seen by what L0 must fill again; and where it names
 * all, those stay whose entries L1 has not changed.
 */
TEST(invvpid_spares_the_rest)
{
	const uint64_t one = 512 * MIB, other = 514 * MIB;

	if (!vpid_begin())
		return;
	NEED(under_l0() && fills_of(one), "no L0 with shadow tables of its own");
	check_eq("first touch", 1, fills_of(other));
	check_eq("both are there", 0, fills_of(one) + fills_of(other));
	check_eq("invvpid", VM_SUCCEED, invvpid(ADDRESS, OURS, one));
	check_eq("the other", 0, fills_of(other));
	check_eq("the one that was named", 0, fills_of(one)); /* ahead, at the entry */
	check_eq("invvpid", VM_SUCCEED, invvpid(ADDRESS, ANOTHER, one));
	check_eq("invvpid", VM_SUCCEED, invvpid(SINGLE, ANOTHER, 0));
	check_eq("those of another VPID", 0, fills_of(one) + fills_of(other));
	for (unsigned int type = SINGLE; type <= SINGLE_BUT_GLOBAL; type++) {
		check_eq("invvpid", VM_SUCCEED, invvpid(type, OURS, 0));
		check_eq("what L1 has not changed", 0, fills_of(one) + fills_of(other));
	}
}

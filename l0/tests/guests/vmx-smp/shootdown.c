// SPDX-License-Identifier: Apache-2.0
// EPT that one processor changes while the L2s of others run on it. SDM vol. 3, 29.4.3.
#include "peers.h"

enum { RWX = 7, WRITE_BACK = 6 << 3, INVEPT_ONE = 1 };

/* Reads the word until it is what RCX says. */
L2_CODE(smp_l2_watches, "1: pause; mov (%rax), %ebx; cmp %ecx, %ebx; jne 1b");

static uint64_t *leaf, page[2];
static uint64_t shared_ept;

/* The page that all watch, by a table of 4 KiB pages in the EPT of the last vm_setup(). */
static void map_watched(void)
{
	uint64_t *table = page_alloc(), first;

	for (unsigned int i = 0; i < 2; i++) {
		page[i] = address_of(page_alloc());
		*(volatile uint32_t *)(uintptr_t)page[i] = i + 1;
	}
	first = page[0] & ~(BIT(21) - 1);
	for (uint64_t i = 0; i < 512; i++)
		table[i] = (first + (i << 12)) | RWX | WRITE_BACK;
	vm.ept_pd[first >> 21] = address_of(table) | RWX;
	leaf = &table[page[0] >> 12 & 511];
	shared_ept = vmread(EPTP);
}

/* L1 on each processor: an interrupt is the call to invalidate. */
static void watch(void)
{
	struct peer *p = peer_here();
	uint64_t eptp = shared_ept;

	peer_enter_root();
	peer_setup(smp_l2_watches);
	vmwrite(EPTP, eptp);
	vm_set(WORD_PIN, PIN_EXTERNAL);
	p->vm.regs[RAX] = page[0];
	p->vm.regs[RCX] = 2;
	p->phase = 1;
	while (peer_run() == X_EXTERNAL) {
		sti();
		cli();
		invept(INVEPT_ONE, eptp, 0);
		p->phase++;
	}
	peer_leave_root();
	p->phase = 0;
}

static bool all_reach(uint32_t phase)
{
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		if (!wait_until(&peers[cpu].phase, phase))
			return false;
	return true;
}

static bool begin(void)
{
	if (!peers_begin())
		return false;
	if (!(control_allowed(WORD_PROC2).may & PROC2_EPT) || option("no-ept")) {
		skip("no EPT");
		return false;
	}
	peer_enter_root();
	peer_setup(smp_l2_watches);
	map_watched();
	run_on_all_others(watch);
	check("all watch", all_reach(1));
	spend(30000);
	return true;
}

static void end(uint32_t reason)
{
	wait_for_all();
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++) {
		check_eq("exit reason", reason, peers[cpu].reason);
		check_eq("what it read", reason == X_VMCALL ? 2 : 1, peers[cpu].vm.regs[RBX]);
	}
	peer_leave_root();
}

/* Another page behind the address. */
TEST(ept_shootdown)
{
	if (!begin())
		return;
	*leaf = page[1] | RWX | WRITE_BACK;
	ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
	end(X_VMCALL);
}

/* No page any more. */
TEST(ept_shootdown_of_a_page)
{
	if (!begin())
		return;
	*leaf = 0;
	ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
	end(X_EPT_VIOLATION);
}

/* Calls that change nothing, many of them: none is lost, and no L2 sees anything. */
TEST(many_shootdowns)
{
	if (!begin())
		return;
	for (uint32_t i = 0; i < 50; i++) {
		*leaf ^= BIT(8); /* the accessed flag of an EPT that has none: ignored */
		ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
		check("all have invalidated", all_reach(i + 2));
	}
	*leaf = page[1] | RWX | WRITE_BACK;
	ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
	end(X_VMCALL);
}

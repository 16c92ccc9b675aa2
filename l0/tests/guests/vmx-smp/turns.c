// SPDX-License-Identifier: Apache-2.0
// All processors in VMX operation at once, each with L2s of its own.
#include "peers.h"

enum { ROUNDS = 100, VMCS_EACH = 3 };

/* Counts in a register and on its own stack. */
L2_CODE(smp_l2_counts, "xor %eax, %eax\n"
		       "1: add %rbx, %rax; mov %rax, -64(%rsp); vmcall; jmp 1b");

static volatile uint64_t counted[CPUS_MAX], stored[CPUS_MAX];
static volatile uint32_t odd_exits;

/* @count exits of the current VMCS's L2 by VMCALL. */
static void turn(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (peer_run() != X_VMCALL)
			__atomic_fetch_add(&odd_exits, 1, __ATOMIC_RELAXED);
		vm_skip();
	}
}

static void count_alone(void)
{
	struct peer *p = peer_here();
	unsigned int cpu = this_cpu();

	peer_enter_root();
	peer_setup(smp_l2_counts);
	p->vm.regs[RBX] = cpu + 1;
	turn(ROUNDS);
	counted[cpu] = p->vm.regs[RAX];
	stored[cpu] = *(uint64_t *)(uintptr_t)(p->vm.stack - 64);
	peer_leave_root();
}

TEST(one_l2_each)
{
	if (!peers_begin())
		return;
	odd_exits = 0;
	peers_all(count_alone);
	check_eq("exits that are no VMCALL", 0, odd_exits);
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		check_eq("in the register", ROUNDS * (cpu + 1), counted[cpu]);
		check_eq("in memory", ROUNDS * (cpu + 1), stored[cpu]);
	}
}

/* With a VPID that all processors use, each for another L2, and invalidations in between. */
static void count_in_turns(void)
{
	struct peer *p = peer_here();
	struct vm mine[VMCS_EACH];
	uint64_t sum = 0;

	peer_enter_root();
	for (unsigned int i = 0; i < VMCS_EACH; i++) {
		peer_setup(smp_l2_counts);
		p->vm.regs[RBX] = 10 * i + this_cpu() + 1;
		if (control_allowed(WORD_PROC2).may & PROC2_VPID) {
			vm_set(WORD_PROC2, PROC2_VPID);
			vmwrite(VPID, i + 1);
		}
		mine[i] = p->vm;
	}
	for (unsigned int i = 0; i < ROUNDS / 4 * VMCS_EACH; i++) {
		p->vm = mine[i % VMCS_EACH];
		vmptrld(p->vm.vmcs);
		turn(2);
		if (i % 5 == 0)
			invvpid(2, 0, 0);
		if (i % 7 == 0)
			invept(2, 0, 0);
		mine[i % VMCS_EACH] = p->vm;
	}
	for (unsigned int i = 0; i < VMCS_EACH; i++)
		sum += mine[i].regs[RAX] / (10 * i + this_cpu() + 1);
	counted[this_cpu()] = sum;
	peer_leave_root();
}

TEST(several_l2s_each)
{
	if (!peers_begin())
		return;
	odd_exits = 0;
	peers_all(count_in_turns);
	check_eq("exits that are no VMCALL", 0, odd_exits);
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
		check_eq("turns", ROUNDS / 4 * VMCS_EACH * 2, counted[cpu]);
}

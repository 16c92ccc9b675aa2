// SPDX-License-Identifier: Apache-2.0
// A VMCS that moves between processors. SDM vol. 3, 25.1 and 25.11.1.
#include "peers.h"

enum { HOPS = 24, COOKIE = 0x123456789000 };

/* Leaves traces in its RIP, RSP and in an MSR that the VMCS holds. */
L2_CODE(smp_l2_moves, "1: push %rax; mov $0x174, %ecx; rdmsr; inc %eax; wrmsr; vmcall; jmp 1b");

static struct vm moving;
static struct {
	volatile uint32_t reason, resumed, cleared;
	volatile uint64_t cs, stack, base, offset;
} found;

/* One stay on this processor: a launch, a resume, and all that the VMCS must have kept. */
static void visit(void)
{
	struct peer *p = peer_here();

	p->vm = moving;
	p->vm.launched = true;
	vmptrld(p->vm.vmcs);
	found.resumed = vm_run_one(&p->vm); /* VMCLEAR took the launch state away */
	p->vm.launched = false;
	peer_run();
	vm_skip();
	peer_run();
	vm_skip();
	found.reason = p->reason;
	found.cs = vmread(GUEST_SYSENTER_CS);
	found.stack = moving.stack - vmread(GUEST_RSP);
	found.base = vmread(GUEST_FS_BASE);
	found.offset = vmread(CR3_TARGET0);
	found.cleared = vmclear(p->vm.vmcs);
	moving = p->vm;
}

static void prepare(void)
{
	peer_setup(smp_l2_moves);
	vmwrite(GUEST_FS_BASE, COOKIE);
	vmwrite(CR3_TARGET0, COOKIE + 1);
	moving = peer_here()->vm;
	vmclear(moving.vmcs);
}

static void check_visit(unsigned int visits)
{
	check_eq("VMRESUME", VM_FAIL(E_RESUME_NOT_LAUNCHED), found.resumed);
	check_eq("exit reason", X_VMCALL, found.reason);
	check_eq("VMCLEAR", VM_SUCCEED, found.cleared);
	check_eq("IA32_SYSENTER_CS", 2 * visits, found.cs);
	check_eq("stack", 16 * visits, found.stack);
	check_eq("FS base", COOKIE, found.base);
	check_eq("a field of the hypervisor's", COOKIE + 1, found.offset);
}

TEST(vmcs_moves)
{
	if (!peers_begin())
		return;
	peers_all(peer_enter_root);
	prepare();
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		unsigned int cpu = hop % cpu_count;

		if (cpu) {
			run_on(cpu, visit);
			wait_for(cpu);
		} else {
			visit();
		}
		check_visit(hop);
	}
	peers_all(peer_leave_root);
}

static volatile uint32_t stop;

/* Everything that one can do to a VMCS that is another processor's. */
static void steal(void)
{
	struct peer *p = peer_here();
	uint64_t value;

	p->vm = moving;
	for (unsigned int i = 0; !stop; i++) {
		vmptrld(p->vm.vmcs);
		vmread_status(GUEST_RIP, &value);
		vmwrite_status(CR3_TARGET0, i);
		vmptrst();
		if (i % 4 == 1) {
			p->vm.launched = i % 8 == 1;
			vm_run_one(&p->vm);
		}
		if (i % 3 == 0)
			vmclear(p->vm.vmcs);
	}
	vmclear(p->vm.vmcs);
}

/*
 * A VMCS that is current on two processors: the manual leaves open what comes of it, so that only
 * L0 is asked, which has a copy each. It has to survive, and the VMCS to be good again afterwards.
 */
TEST(vmcs_current_twice)
{
	struct peer *p = peer_here();
	uint64_t value = 0;

	if (!peers_begin())
		return;
	if (!under_l0()) {
		skip("undefined on a processor");
		return;
	}
	peers_all(peer_enter_root);
	prepare();
	stop = 0;
	run_on(1, steal);
	vmptrld(moving.vmcs);
	for (unsigned int i = 0; i < 200; i++) {
		p->vm.launched = i > 0;
		vm_run_one(&p->vm);
		if (i % 16 == 5)
			vmclear(moving.vmcs), vmptrld(moving.vmcs);
		vmread_status(GUEST_RSP, &value);
	}
	stop = 1;
	wait_for(1);
	vmclear(moving.vmcs);
	prepare();
	visit();
	check_eq("exit reason afterwards", X_VMCALL, found.reason);
	check_eq("stack", 16, found.stack);
	peers_all(peer_leave_root);
}

// SPDX-License-Identifier: Apache-2.0
// The last test, for the linker takes files in the order of their names.
#include "peers.h"

enum { STATE_SHUTDOWN = 2, STATE_WAIT_FOR_SIPI = 3 };

L2_CODE(smp_l2_never_runs, "1: pause; jmp 1b");

static void never_come_back(void)
{
	struct peer *p = peer_here();

	peer_enter_root();
	peer_setup(smp_l2_never_runs);
	vmwrite(PIN_CONTROLS, vmread(PIN_CONTROLS) & ~(uint64_t)PIN_TIMER);
	vmwrite(GUEST_ACTIVITY, this_cpu() & 1 ? STATE_WAIT_FOR_SIPI : STATE_SHUTDOWN);
	p->phase = 1;
	peer_run();
	p->phase = 2;
}

/*
 * No interrupt reaches an L2 in these states. The test is that the machine can be ended all the
 * same: L0 must have all its processors back for that.
 */
TEST(others_sleep_at_the_end)
{
	if (!peers_begin())
		return;
	if ((rdmsr(MSR_VMX_MISC) >> 7 & 3) != 3) {
		skip("not both states");
		return;
	}
	run_on_all_others(never_come_back);
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		check("it enters", wait_until(&peers[cpu].phase, 1));
	ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
	spend(50000);
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		check_eq("it sleeps", 1, peers[cpu].phase);
}

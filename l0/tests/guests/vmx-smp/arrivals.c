// SPDX-License-Identifier: Apache-2.0
// What reaches an L2 from another processor, beside what smp-bare has. SDM vol. 3, 25.4.2 and 26.2.
#include "peers.h"

enum { X_INIT = 3, X_SIPI = 4, STATE_SHUTDOWN = 2, STATE_WAIT_FOR_SIPI = 3 };

L2_CODE(smp_l2_runs, "1: pause; jmp 1b");
L2_CODE(smp_l2_halts, "sti; hlt; cli");

static void (*entry)(void);
static uint32_t pin, exit_controls, state;
static volatile uint32_t stage;

static void run_one(void)
{
	peer_enter_root();
	peer_setup(entry);
	vm_set(WORD_PIN, pin);
	vm_set(WORD_EXIT, exit_controls);
	vmwrite(GUEST_ACTIVITY, state);
	stage = 1;
	peer_run();
	apic_eoi(); /* of what the exit has acknowledged, or L2 has taken */
	stage = 2;
	while (stage != 3)
		pause();
	peer_leave_root();
}

static bool begin(void (*code)(void), uint32_t pin_controls, uint32_t exits, uint32_t activity)
{
	if (!peers_begin())
		return false;
	entry = code;
	pin = pin_controls;
	exit_controls = exits;
	state = activity;
	stage = 0;
	run_on(1, run_one);
	check("it is about to enter", wait_until(&stage, 1));
	spend(20000);
	return true;
}

static void end(uint32_t reason, uint64_t info)
{
	check("it exits", wait_until(&stage, 2));
	stage = 3;
	wait_for(1);
	check_eq("exit reason", reason, peers[1].reason);
	check_eq("interruption information", info, info ? peers[1].info : 0);
}

TEST(interrupt_acknowledged)
{
	if (!begin(smp_l2_runs, PIN_EXTERNAL, EXIT_ACK, 0))
		return;
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	end(X_EXTERNAL, EVENT(EVENT_EXTERNAL, VECTOR_TEST));
}

TEST(nmi_reported)
{
	if (!begin(smp_l2_runs, PIN_NMI, 0, 0))
		return;
	ipi(1, ICR_ASSERT | ICR_NMI);
	end(X_EXCEPTION, EVENT(EVENT_NMI, NMI));
}

/* Without external-interrupt exiting it is L2's own: no exit, and HLT is over. */
TEST(interrupt_wakes_l2)
{
	l2_log_reset();
	if (!begin(smp_l2_halts, 0, 0, 0))
		return;
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	end(X_VMCALL, 0);
	check_eq("interrupts of L2", 1, l2_events);
	check_eq("vector", VECTOR_TEST, l2_log[0].vector);
}

/* An interrupt leaves an L2 in shutdown alone. */
static void leave_shutdown(uint32_t controls, uint32_t command, uint32_t reason, uint64_t info)
{
	if (!begin(smp_l2_runs, controls, 0, STATE_SHUTDOWN))
		return;
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	spend(20000);
	check_eq("an interrupt does not end it", 1, stage);
	ipi(1, ICR_ASSERT | command);
	end(reason, info);
	/* What the state was before the event (28.1). */
	check_eq("activity state", STATE_SHUTDOWN, peers[1].activity);
}

TEST(shutdown_state)
{
	if (!(rdmsr(MSR_VMX_MISC) & BIT(7))) {
		skip("no shutdown state");
		return;
	}
	leave_shutdown(PIN_EXTERNAL | PIN_NMI, ICR_NMI, X_EXCEPTION, EVENT(EVENT_NMI, NMI));
	leave_shutdown(PIN_EXTERNAL | PIN_NMI, ICR_INIT, X_INIT, 0);
}

/* A guest that waits for a SIPI hears nothing else; what came meanwhile is there afterwards. */
TEST(only_sipi_ends_the_wait)
{
	uint32_t before = irq_count[NMI];

	if (!begin(smp_l2_runs, PIN_EXTERNAL | PIN_NMI, 0, STATE_WAIT_FOR_SIPI))
		return;
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	ipi(1, ICR_ASSERT | ICR_NMI);
	spend(20000);
	check_eq("it still waits", 1, stage);
	ipi(1, ICR_ASSERT | ICR_SIPI | 0x34);
	end(X_SIPI, 0);
	check_eq("vector", 0x34, peers[1].qualification);
	check_eq("activity state", STATE_WAIT_FOR_SIPI, peers[1].activity);
	check_eq("NMIs afterwards", before + 1, irq_count[NMI]);
}

/* A SIPI to an L2 that runs, or to VMX root operation, is for nobody, also for a wait that begins
 * later. */
TEST(sipi_for_nobody)
{
	if (!begin(smp_l2_runs, PIN_EXTERNAL, 0, 0))
		return;
	ipi(1, ICR_ASSERT | ICR_SIPI | 0x34);
	spend(20000);
	check_eq("L2 runs on", 1, stage);
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	end(X_EXTERNAL, 0);
}

static void run_with_timer(void)
{
	peer_enter_root();
	peer_setup(smp_l2_runs);
	vmwrite(GUEST_ACTIVITY, STATE_SHUTDOWN);
	vmwrite(PREEMPTION_TIMER, 100000 >> (rdmsr(MSR_VMX_MISC) & 31));
	peer_run();
	peer_leave_root();
}

TEST(timer_ends_shutdown)
{
	if (!peers_begin())
		return;
	if (!(control_allowed(WORD_PIN).may & PIN_TIMER)) {
		skip("no preemption timer");
		return;
	}
	run_on(1, run_with_timer);
	wait_for(1);
	check_eq("exit reason", X_TIMER, peers[1].reason);
	check_eq("activity state", STATE_SHUTDOWN, peers[1].activity);
}

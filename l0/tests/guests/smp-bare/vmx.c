// SPDX-License-Identifier: Apache-2.0
// What reaches a processor in VMX operation from another one. SDM vol. 3, 24.8, 26.2 and 27.7.2.
// All VMX here is the second processor's: smp.h says who may check; the first one waits meanwhile.
#include "smp.h"
#include "vmx.h"

enum { X_INIT = 3, X_SIPI = 4, STATE_HLT = 1, STATE_WAIT_FOR_SIPI = 3 };
enum { START_VECTOR = 0x12 };

static volatile uint32_t phase, reason;
static volatile uint64_t entered_at, left_at;
static uint64_t area;
static struct {
	uint64_t qualification, rflags, interruptibility, activity;
} found;

L2_CODE(smp_l2_spins, "1: pause; jmp 1b");

/* Gives the second processor something in VMX operation to do, and waits until it is about to. */
static bool begin(void (*work)(void))
{
	if (!smp_begin())
		return false;
	if (!(cpuid(1, 0).ecx & BIT(5))) {
		skip("no VMX");
		return false;
	}
	area = vmcs_alloc();
	phase = 0;
	run_on(1, work);
	check("it is in VMX operation", wait_until(&phase, 1));
	spend(20000);
	return true;
}

static void enter_root(void)
{
	check_eq("vmxon", VM_SUCCEED, vmx_enter_root(area));
}

static void run_l2(void)
{
	phase = 1;
	entered_at = rdtsc();
	reason = vm_run();
	left_at = rdtsc();
	found.qualification = vmread(EXIT_QUALIFICATION);
	found.rflags = vmread(GUEST_RFLAGS);
	found.interruptibility = vmread(GUEST_INTERRUPTIBILITY);
	found.activity = vmread(GUEST_ACTIVITY);
	vmxoff();
}

static void stay_in_root(void)
{
	enter_root();
	phase = 1;
	while (phase != 2)
		pause();
	phase = 3;
	vmxoff();
	phase = 4;
	for (;;)
		pause();
}

/* VMX root operation blocks INIT until VMXOFF, which then takes place at once. */
TEST(init_waits_for_vmxoff)
{
	if (!begin(stay_in_root))
		return;
	ipi(1, ICR_INIT | ICR_ASSERT);
	spend(20000);
	phase = 2;
	spend(20000);
	check_eq("how far it came", 3, phase);
	check("started again", restart(1));
}

static void run_spinning(void)
{
	enter_root();
	vm_setup(smp_l2_spins);
	run_l2();
}

TEST(init_exits)
{
	if (!begin(run_spinning))
		return;
	ipi(1, ICR_INIT | ICR_ASSERT);
	wait_for(1);
	check_eq("exit reason", X_INIT, reason);
}

static void run_spinning_for_nmi(void)
{
	enter_root();
	vm_setup(smp_l2_spins);
	vm_set(WORD_PIN, PIN_NMI | PIN_EXTERNAL);
	run_l2();
}

TEST(nmi_exits)
{
	if (!begin(run_spinning_for_nmi))
		return;
	ipi(1, ICR_NMI | ICR_ASSERT);
	wait_for(1);
	check_eq("exit reason", X_EXCEPTION, reason);
}

TEST(interrupt_exits)
{
	if (!begin(run_spinning_for_nmi))
		return;
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	wait_for(1);
	check_eq("exit reason", X_EXTERNAL, reason);
}

static void run_halted(void)
{
	enter_root();
	vm_setup(smp_l2_spins);
	vm_set(WORD_PIN, PIN_NMI | PIN_EXTERNAL);
	vmwrite(GUEST_ACTIVITY, STATE_HLT);
	run_l2();
}

/* Events that come to a halted guest: RFLAGS.IF is 0, which keeps none of them away. */
TEST(halted_guest_exits)
{
	static const struct {
		uint32_t command, reason;
	} rows[] = {
		{ICR_ASSERT | VECTOR_TEST, X_EXTERNAL},
		{ICR_ASSERT | ICR_NMI, X_EXCEPTION},
		{ICR_ASSERT | ICR_INIT, X_INIT},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!begin(run_halted))
			return;
		ipi(1, rows[i].command);
		wait_for(1);
		check_eq("exit reason", rows[i].reason, reason);
	}
}

static void run_halted_for_a_while(void)
{
	enter_root();
	vm_setup(smp_l2_spins);
	vmwrite(GUEST_ACTIVITY, STATE_HLT);
	vm_guard(200000);
	run_l2();
}

TEST(preemption_timer_of_a_halted_guest)
{
	if (!begin(run_halted_for_a_while))
		return;
	wait_for(1);
	check_eq("exit reason", X_TIMER, reason);
	check("in time", left_at - entered_at >= 200000 &&
				 left_at - entered_at < (under_l0() ? 205000U : 200300U));
}

static void run_waiting(void)
{
	enter_root();
	vm_setup(smp_l2_spins);
	vmwrite(GUEST_ACTIVITY, STATE_WAIT_FOR_SIPI);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	run_l2();
	phase = 2;
	while (phase != 3)
		pause();
}

/*
 * The wait-for-SIPI state: NMIs and interrupts wait, SIPI exits with its vector, and the rest of
 * the guest's state is as it was. NMIs reach the hypervisor afterwards.
 */
TEST(wait_for_sipi_state)
{
	uint32_t nmis = irq_count[NMI];

	if (!begin(run_waiting))
		return;
	check("the state is offered", rdmsr(MSR_VMX_MISC) & BIT(8));
	ipi(1, ICR_SIPI | ICR_ASSERT | START_VECTOR);
	check("it exits", wait_until(&phase, 2));
	ipi(1, ICR_NMI | ICR_ASSERT);
	spend(5000);
	phase = 3;
	wait_for(1);
	check_eq("exit reason", X_SIPI, reason);
	check_eq("vector", START_VECTOR, found.qualification);
	check_eq("activity state", STATE_WAIT_FOR_SIPI, found.activity);
	check_eq("RFLAGS", RFLAGS_ONE | RFLAGS_IF, found.rflags);
	check_eq("blocking", 0, found.interruptibility);
	check_eq("NMIs of the hypervisor", nmis + 1, irq_count[NMI]);
}

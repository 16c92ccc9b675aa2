// SPDX-License-Identifier: Apache-2.0
#include "cpu/asm.h"
#include "cpu/entry.h"
#include "cpu/vcpu.h"
#include "cpu/x86.h"
#include "vm.h"
#include "vmcs_access.h"

#define BLOCKS_INTERRUPT (BLOCKING_STI | BLOCKING_MOV_SS)
#define BLOCKS_NMI       (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI)

int entry_interrupt_ack(struct vcpu *v)
{
	if (platform_extint_pending(&v->vm->platform, v->id))
		return platform_extint_ack(&v->vm->platform);
	return lapic_ack(&v->lapic);
}

static void set_window(const struct vcpu *v, uint32_t window, bool open)
{
	uint64_t proc = vmcs_read(VMCS_PROC_CONTROLS);

	/* A window that L1 asked for in L2 stays open: the route tells whose exit it is. */
	if (v->level == 2 && (v->nested.cache.v.proc_controls & window))
		open = true;
	if (!!(proc & window) != open)
		vmcs_write(VMCS_PROC_CONTROLS, open ? proc | window : proc & ~(uint64_t)window);
}

static void write_event(struct event *e)
{
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, e->info);
	/* An NMI that comes again must not find itself blocked (SDM 28.2.4). */
	if ((e->info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING_NMI);
	if (e->info & EVENT_ERROR)
		vmcs_write(VMCS_ENTRY_EXCEPTION_ERROR, e->error);
	if (e->length)
		vmcs_write(VMCS_ENTRY_INSTRUCTION_LENGTH, e->length);
	*e = (struct event){.info = 0};
}

/* Does L1 take this kind of event as an exit of the L2 that runs? Then it is not L2's. */
static bool l1_takes(const struct vcpu *v, uint32_t pin)
{
	return v->level == 2 && (v->nested.cache.v.pin_controls & pin);
}

/* Room for one event an entry. What L1 injects into L2 stands in VMCS02 until L2 has run. */
static bool event_taken(const struct vcpu *v)
{
	return v->event.info || (v->level == 2 && v->nested.run_pending &&
				 (v->nested.cache.v.entry_interruption_info & EVENT_VALID));
}

void entry_inject(struct vcpu *v)
{
	bool interrupt = entry_interrupt_pending(v) && !l1_takes(v, PIN_EXTERNAL_INTERRUPT);
	bool nmi = v->lapic.nmi_pending && !l1_takes(v, PIN_NMI), after_sti;
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (!event_taken(v) && nmi && !(blocking & BLOCKS_NMI)) {
		v->event.info = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI;
		v->lapic.nmi_pending = nmi = false;
	}
	if (!event_taken(v) && interrupt && !(blocking & BLOCKS_INTERRUPT) &&
	    (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF)) {
		int vector = entry_interrupt_ack(v);

		if (vector >= 0)
			v->event.info = EVENT_VALID | (uint32_t)vector;
		interrupt = entry_interrupt_pending(v);
	}
	/*
	 * Some processors refuse to inject an NMI that STI blocks, and not all open the NMI window
	 * only when it does not (SDM 27.3.1.5): the other window opens right after.
	 */
	after_sti = nmi && (blocking & BLOCKING_STI);
	if (v->event.info)
		write_event(&v->event);
	set_window(v, PROC_INTERRUPT_WINDOW, interrupt || after_sti);
	set_window(v, PROC_NMI_WINDOW, nmi && !after_sti);
	v->windows[v->level] = interrupt || nmi;
}

/*
 * The deadline that the preemption timer is set for is never further away than the timer's 32 bits
 * reach: then the entry needs no test for it.
 */
#define TIMER_SPAN (UINT64_C(1) << 31)

/* The timer at 0 ends the entry before its first instruction. */
static void expire_at_once(struct vcpu *v)
{
	uint64_t unit = UINT64_C(1) << v->timer_shift;

	v->deadline = v->now < unit ? 0 : v->now - unit;
}

static void set_deadline(struct vcpu *v)
{
	uint64_t deadline = v->lapic.deadline, platform = v->vm->platform.deadline;
	uint64_t furthest = v->now + (TIMER_SPAN << v->timer_shift);

	if (platform < deadline)
		deadline = platform;
	if (v->level == 2 && v->nested.timer12 < deadline)
		deadline = v->nested.timer12;
	if (deadline <= v->now)
		expire_at_once(v);
	else
		v->deadline = deadline < furthest ? deadline : furthest;
}

static void run_timers(struct vcpu *v)
{
	struct platform *p = &v->vm->platform;

	if (v->now >= v->lapic.deadline)
		lapic_run(&v->lapic, v->now);
	if (v->now >= p->deadline)
		platform_run(p, v->now);
}

/* What comes up while it is done, it does too: a vcpu_attend() of these calls needs no second. */
void entry_attend(struct vcpu *v)
{
	bool exit_at_once = false;

	run_timers(v);
	if (v->level == 2)
		exit_at_once = nested_events(v);
	if (v->level == 1)
		entry_inject(v);
	if (v->vm->stopped)
		vm_end(v->vm);
	if (exit_at_once)
		expire_at_once(v);
	else
		set_deadline(v);
}

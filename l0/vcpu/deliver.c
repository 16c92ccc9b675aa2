// SPDX-License-Identifier: Apache-2.0
/* What the guest that runs gets of its events: an injection, and windows for what must wait. */
#include "hw/x86.h"
#include "lib/asm.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

int vcpu_interrupt_ack(struct vcpu *v)
{
	if (platform_extint_pending(&v->vm->platform, v->id))
		return platform_extint_ack(&v->vm->platform);
	return lapic_ack(&v->lapic);
}

/*
 * What a #DB does before its handler runs, and neither the exit nor the injection does (SDM 28.1,
 * 27.6.1.1): DR6 tells the cause in bits 3:0, BD, BS; DR7.GD, LBR and BTF are off.
 */
static void take_debug_state(uint64_t causes)
{
	uint64_t dr7 = vmcs_read(VMCS_GUEST_DR7), debugctl = vmcs_read(VMCS_GUEST_DEBUGCTL);

	write_dr6((read_dr6() & ~0xfull) | causes);
	if (dr7 & DR7_GD)
		vmcs_write(VMCS_GUEST_DR7, dr7 & ~DR7_GD);
	/*
	 * STI or MOV SS before INT1 with TF set: the processor insists that the trap after them is
	 * pending (27.3.1.5), and drops it at the injection (27.7.3).
	 */
	if ((vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOV_SS)) &&
	    (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TF) && !(debugctl & DEBUGCTL_BTF))
		vmcs_write(VMCS_GUEST_PENDING_DEBUG,
			   vmcs_read(VMCS_GUEST_PENDING_DEBUG) | PENDING_BS);
	if (debugctl & (DEBUGCTL_LBR | DEBUGCTL_BTF))
		vmcs_write(VMCS_GUEST_DEBUGCTL,
			   debugctl & ~(uint64_t)(DEBUGCTL_LBR | DEBUGCTL_BTF));
}

/* An exception's own registers change when it is delivered, not when an exit reports it. */
static void deliver_payload(const struct event *e)
{
	switch (e->info & EVENT_VECTOR) {
	case VECTOR_PF:
		write_cr2(e->payload);
		break;
	case VECTOR_DB:
		take_debug_state(e->payload);
		break;
	}
}

static void inject(struct event *e)
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
	e->info = 0;
}

static void inject_nmi(struct vcpu *v)
{
	struct event e = {.info = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI};

	vcpu_nmi_ack(v);
	inject(&e);
}

/* The next interrupt waits for its window. */
static void inject_interrupt(struct vcpu *v, struct event_pick *pick)
{
	int vector = vcpu_interrupt_ack(v);

	if (vector >= 0)
		vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, EVENT_VALID | (uint32_t)vector);
	pick->interrupt_window |= vcpu_interrupt_pending(v);
}

#define WINDOWS (PROC_INTERRUPT_WINDOW | PROC_NMI_WINDOW)

static void set_windows(struct vcpu *v, const struct event_pick *pick)
{
	uint64_t open = (pick->interrupt_window ? PROC_INTERRUPT_WINDOW : 0) |
			(pick->nmi_window ? PROC_NMI_WINDOW : 0);
	uint64_t proc;

	if (!open && !v->events.windows[v->level])
		return;
	v->events.windows[v->level] = open;
	proc = vmcs_read(VMCS_PROC_CONTROLS);
	/* A window that L1 asked for in L2 stays open: the route tells whose exit it is. */
	if (v->level == 2)
		open |= v->nested.cache.v.proc_controls & WINDOWS;
	if ((proc & WINDOWS) != open)
		vmcs_write(VMCS_PROC_CONTROLS, (proc & ~(uint64_t)WINDOWS) | open);
}

void vcpu_deliver_interrupt(struct vcpu *v)
{
	struct event_pick pick = {.inject = INJECT_INTERRUPT};

	inject_interrupt(v, &pick);
	set_windows(v, &pick);
}

void vcpu_deliver(struct vcpu *v, struct event_pick pick)
{
	switch (pick.inject) {
	case INJECT_FAULT:
		deliver_payload(&v->events.fault);
		inject(&v->events.fault);
		v->events.redo.info = 0; /* its delivery was cut short for good (6.15) */
		break;
	case INJECT_REDO:
		inject(&v->events.redo);
		break;
	case INJECT_NMI:
		inject_nmi(v);
		break;
	case INJECT_INTERRUPT:
		inject_interrupt(v, &pick);
		break;
	case INJECT_NOTHING:
		break;
	}
	set_windows(v, &pick);
}

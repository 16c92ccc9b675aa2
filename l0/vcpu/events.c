// SPDX-License-Identifier: Apache-2.0
/* The queue of events, and what is decided about it. */
#include "vcpu/events.h"
#include "check.h"
#include "hw/x86.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define VTPR_OFFSET 0x80

/* ---- what handlers say ---- */

static void shut_down(struct vcpu *v)
{
	const struct vmx_exit e = {.reason = EXIT_TRIPLE_FAULT};

	v->events.redo.info = 0; /* no exit by shutdown counts as one in a delivery (28.2.4) */
	if (v->level == 2)
		vcpu_reflect(v, &e);
	else
		vm_stop(v->vm, STOP_TRIPLE_FAULT, 0, "L1 faulted while delivering a double fault");
}

void vcpu_queue_fault(struct vcpu *v, const struct event *e)
{
	static const struct event double_fault = {
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | EVENT_ERROR |
			VECTOR_DF,
	};

	if (v->events.fault.info || v->events.exits)
		return;
	vcpu_attend(v);
	switch (event_clash(v->events.redo.info, e->info & EVENT_VECTOR)) {
	case CLASH_SHUTDOWN:
		shut_down(v);
		return;
	case CLASH_DOUBLE_FAULT:
		v->events.redo.info = 0; /* its exit is not one in a delivery either */
		v->events.fault = double_fault;
		break;
	case CLASH_SERIAL:
		v->events.fault = *e;
	}
	if (event_sets_rf(v->events.fault.info))
		vmcs_write(VMCS_GUEST_RFLAGS, vmcs_read(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
}

void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
	const struct event e = {
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | vector |
			(has_error ? EVENT_ERROR : 0),
		.error = error,
	};

	vcpu_queue_fault(v, &e);
}

void vcpu_inject_page_fault(struct vcpu *v, uint64_t linear, uint32_t error)
{
	const struct event e = {
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | EVENT_ERROR |
			VECTOR_PF,
		.error = error,
		.payload = linear,
	};

	vcpu_queue_fault(v, &e);
}

void vcpu_reflect(struct vcpu *v, const struct vmx_exit *e)
{
	vcpu_attend(v);
	if (v->events.exits)
		return;
	v->events.exits = true;
	v->events.exit = *e;
	v->events.fault.info = 0;
}

void vcpu_requeue_event(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_INFO);

	if (!(info & EVENT_VALID))
		return;
	v->events.redo = (struct event){
		.info = info & ~EVENT_NMI_UNBLOCKING,
		.error = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_ERROR),
		.length = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH),
	};
	vcpu_attend(v);
}

void vcpu_take_back_event(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_ENTRY_INTERRUPTION_INFO);

	if (!(info & EVENT_VALID))
		return;
	v->events.redo = (struct event){
		.info = info,
		.error = (uint32_t)vmcs_read(VMCS_ENTRY_EXCEPTION_ERROR),
		.length = (uint32_t)vmcs_read(VMCS_ENTRY_INSTRUCTION_LENGTH),
	};
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, 0);
}

/* ---- what is decided ---- */

bool vcpu_vtpr_below(const struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	const volatile uint8_t *vtpr =
		ram_ptr(&v->vm->ram, v12->virtual_apic_address + VTPR_OFFSET, 1);

	return vmcs12_wants_vtpr(v12) && vtpr && *vtpr >> 4 < (v12->tpr_threshold & 0xf);
}

/* With NMI exiting, but no virtual NMIs, IRET of L2 lifts nothing (26.3): it is as L1 left it. */
static bool nmi_masked(const struct vmcs12 *v12)
{
	return !(v12->pin_controls & PIN_VIRTUAL_NMI) && vmcs12_blocks_nmi(v12);
}

static void describe_l1(const struct vcpu *v, struct event_state *s)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	const struct event *fault = &v->events.fault;

	s->fault_is_l1s = fault->info && vmcs12_wants_exception(v12, fault->info, fault->error);
	s->asked = v->events.entry_asked;
	s->asked_event = s->asked && (v12->entry_interruption_info & EVENT_VALID);
	s->below_threshold = v->events.refused_vtpr && vcpu_vtpr_below(v);
	s->timer_expired = !v->nested.timer12_starts && v->now >= v->nested.timer12;
	s->init = lapic_init_pending(&v->lapic);
	s->sipi = lapic_guest_sipi_pending(&v->lapic);
	s->activity = v->nested.asleep;
	s->nmi_masked = nmi_masked(v12);
	s->pin12 = (uint32_t)v12->pin_controls;
	s->proc12 = (uint32_t)v12->proc_controls;
}

static inline struct event_state describe_guest(const struct vcpu *v)
{
	return (struct event_state){
		.fault = v->events.fault.info,
		.redo = v->events.redo.info,
		.nmi = v->lapic.nmi_pending,
		.interrupt = vcpu_interrupt_pending(v),
		.interrupt_flag = vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF,
		.blocking = (uint32_t)vmcs_read(VMCS_GUEST_INTERRUPTIBILITY),
		.pending_debug = vmcs_read(VMCS_GUEST_PENDING_DEBUG),
	};
}

/* Out of the way of L1's own. */
static __attribute__((noinline)) struct event_pick pick_of_l2(const struct vcpu *v)
{
	struct event_state s = describe_guest(v);

	describe_l1(v, &s);
	return events_pick(&s);
}

struct event_pick vcpu_pick_event(const struct vcpu *v)
{
	struct event_state s;

	if (v->level == 2)
		return pick_of_l2(v);
	s = describe_guest(v);
	return events_pick_own(&s);
}

bool vcpu_takes_interrupt(const struct vcpu *v)
{
	struct event_state s = describe_guest(v);

	s.interrupt = true;
	return events_interrupt_alone(&s);
}

/* Out of the way of an interrupt alone. */
static __attribute__((noinline)) void deliver_other(struct vcpu *v, const struct event_state *s)
{
	vcpu_deliver(v, events_pick_own(s));
}

void vcpu_deliver_own(struct vcpu *v)
{
	const struct event_state s = describe_guest(v);

	if (events_interrupt_alone(&s))
		vcpu_deliver_interrupt(v);
	else
		deliver_other(v, &s);
}

// SPDX-License-Identifier: Apache-2.0
#include "hw/x86.h"
#include "nested/nested.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* Exceptions that make a double fault of one another (SDM table 6-5). */
static bool contributory(unsigned vector)
{
	return vector == 0 || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
	uint32_t first = v->event.info;

	if ((first & EVENT_VALID) && (first & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_HARDWARE) {
		unsigned old = first & EVENT_VECTOR;

		if (old == VECTOR_DF && v->level == 2) { /* the shutdown is L2's, and L1's exit */
			struct vmx_exit e = {.reason = EXIT_TRIPLE_FAULT};

			v->event.info = 0;
			nested_reflect(v, &e);
			return;
		}
		if (old == VECTOR_DF) {
			vm_stop(v->vm, STOP_TRIPLE_FAULT, 0,
				"L1 faulted while delivering a double fault");
			return;
		}
		if ((contributory(old) && contributory(vector)) ||
		    (old == VECTOR_PF && (contributory(vector) || vector == VECTOR_PF))) {
			vector = VECTOR_DF;
			has_error = true;
			error = 0;
		}
	}
	vcpu_attend(v);
	v->event = (struct event){
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | vector |
			(has_error ? EVENT_ERROR : 0),
		.error = error,
		.made = true,
	};
}

/* An event whose delivery the exit interrupted is delivered again (SDM 28.2.4). */
void vcpu_requeue_event(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_INFO);

	if (!(info & EVENT_VALID))
		return;
	v->event = (struct event){
		.info = info & ~EVENT_NMI_UNBLOCKING,
		.error = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_ERROR),
		.length = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH),
	};
	vcpu_attend(v);
}

#define BLOCKS_INTERRUPT (BLOCKING_STI | BLOCKING_MOV_SS)
#define BLOCKS_NMI       (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI)

int vcpu_interrupt_ack(struct vcpu *v)
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

void vcpu_inject_events(struct vcpu *v)
{
	bool interrupt = vcpu_interrupt_pending(v) && !l1_takes(v, PIN_EXTERNAL_INTERRUPT);
	bool nmi = v->lapic.nmi_pending && !l1_takes(v, PIN_NMI), after_sti;
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (!event_taken(v) && nmi && !(blocking & BLOCKS_NMI)) {
		v->event.info = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI;
		v->lapic.nmi_pending = nmi = false;
	}
	if (!event_taken(v) && interrupt && !(blocking & BLOCKS_INTERRUPT) &&
	    (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF)) {
		int vector = vcpu_interrupt_ack(v);

		if (vector >= 0)
			v->event.info = EVENT_VALID | (uint32_t)vector;
		interrupt = vcpu_interrupt_pending(v);
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

// SPDX-License-Identifier: Apache-2.0
/* Events of L1's platform that come while L2 has the processor. */
#include "lib/asm.h"
#include "nested/nested.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* An exception that L0 is about to inject into L2, as the exit that L1 asked for. */
static void reflect_exception(struct vcpu *v)
{
	struct vmx_exit e = {
		.reason = EXIT_EXCEPTION_NMI,
		.interruption_info = v->event.info,
		.interruption_error = v->event.error,
		.qualification = (v->event.info & EVENT_VECTOR) == VECTOR_PF ? read_cr2() : 0,
	};

	v->event.info = 0;
	nested_reflect(v, &e);
}

static void reflect_nmi(struct vcpu *v)
{
	struct vmx_exit e = {
		.reason = EXIT_EXCEPTION_NMI,
		.interruption_info = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI,
	};

	v->lapic.nmi_pending = false;
	nested_reflect(v, &e);
	/* The exit blocks NMIs as their delivery would have (SDM 28.5.5). */
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
		   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

static void reflect_interrupt(struct vcpu *v)
{
	struct vmx_exit e = {.reason = EXIT_EXTERNAL_INTERRUPT};

	/* Without acknowledge-on-exit L1 finds it pending and takes it when it opens IF. */
	if (v->nested.cache.v.exit_controls & EXIT_ACK_INTERRUPT) {
		int vector = vcpu_interrupt_ack(v);

		if (vector < 0)
			return;
		e.interruption_info = EVENT_VALID | (uint32_t)vector;
	}
	nested_reflect(v, &e);
}

bool nested_events(struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	bool interrupt = (v12->pin_controls & PIN_EXTERNAL_INTERRUPT) && vcpu_interrupt_pending(v);
	bool nmi = (v12->pin_controls & PIN_NMI) && v->lapic.nmi_pending;
	bool exit_at_once = false;

	if (v->event.info && v->event.made &&
	    nested_wants_exception(v12, v->event.info, v->event.error)) {
		reflect_exception(v);
	} else if (v->nested.run_pending || v->event.info) {
		/*
		 * The entry that L1 asked for comes first, with the event that it injects, and so
		 * does an event whose delivery L0 interrupted: no processor reports an interrupt in
		 * the middle of a delivery. The exit follows before L2's first instruction.
		 */
		exit_at_once = interrupt || nmi;
	} else if (nmi) {
		reflect_nmi(v);
	} else if (interrupt) {
		reflect_interrupt(v);
	}
	if (v->level == 2 && (vcpu_event_pending(v) || v->windows[2]))
		vcpu_inject_events(v);
	return exit_at_once;
}

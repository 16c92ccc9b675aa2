// SPDX-License-Identifier: Apache-2.0
/*
 * An L2 that L1 enters into the shutdown or the wait-for-SIPI state (SDM 25.4.2). Only some events
 * end these, and not the interrupt by which another CPU calls this one: a processor that is in one
 * of them would be L1's for as long as L1 likes. So VMCS02 has all of L2, and is not entered; what
 * the processor runs is VMCS01 in its HLT state, of which an exit to L1 leaves nothing.
 */
#include "hw/x86.h"
#include "nested/nested.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vmcs_access.h"

bool nested_sleeps(const struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;

	return v12->guest_activity > ACTIVITY_HLT && !(v12->entry_interruption_info & EVENT_VALID);
}

/* L1's state agrees with HLT: nothing is pending, and nothing blocks but NMIs (SDM 27.3.1.5). */
static void halt_vmcs01(struct vcpu *v)
{
	struct event_pick nothing = {REFLECT_NOTHING};

	vcpu_switch(v, 1);
	vmcs_write(VMCS_GUEST_RFLAGS, RFLAGS_FIXED1);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
		   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKING_NMI);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	vcpu_deliver(v, nothing); /* closes its windows */
}

void nested_sleep(struct vcpu *v)
{
	struct nested *n = &v->nested;

	n->asleep = (uint32_t)n->cache.v.guest_activity;
	v->events.entry_asked = false;
	lapic_guest_waits(&v->lapic, n->asleep == ACTIVITY_WAIT_SIPI);
	halt_vmcs01(v);
	vcpu_attend(v);
}

static void wake(struct vcpu *v)
{
	v->nested.asleep = ACTIVITY_ACTIVE;
	lapic_guest_waits(&v->lapic, false);
}

void nested_sleep_events(struct vcpu *v)
{
	struct event_pick pick;

	vcpu_switch(v, 2);
	pick = vcpu_pick_event(v);
	if (!pick.reflect && !pick.inject) {
		halt_vmcs01(v);
		return;
	}
	nested_events(v);
	if (v->level == 2) /* it got an event of its own */
		vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
	wake(v);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * L1's VMX-preemption timer (SDM 26.5.1, 27.7.4, 28.3.1). It counts bit X of the TSC from L2's
 * entry on (X: IA32_VMX_MISC[4:0], the processor's own), so its end is a value of the TSC; the
 * processor's timer is set anew by it at each entry, and what L0 does between an exit and an entry
 * costs L2 time, but does not move the end.
 */
#include "lib/asm.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"

static void count_from(struct vcpu *v, uint64_t tsc)
{
	uint64_t end = (tsc >> v->timer_shift) + (uint32_t)v->nested.cache.v.preemption_timer;

	v->nested.timer12 = (end << v->timer_shift) + v->clock_offset;
}

void nested_timer_start(struct vcpu *v)
{
	struct nested *n = &v->nested;

	n->timer12 = TIMER12_NONE;
	if (!(n->cache.v.pin_controls & PIN_PREEMPTION_TIMER))
		return;
	count_from(v, rdtsc());
	n->timer12_starts = true;
	vcpu_attend(v);
}

uint64_t nested_timer_left(struct vcpu *v, uint64_t tsc)
{
	struct nested *n = &v->nested;
	uint64_t now = tsc >> v->timer_shift, end;

	if (n->timer12_starts)
		count_from(v, tsc);
	n->timer12_starts = false;
	end = (n->timer12 - v->clock_offset) >> v->timer_shift;
	return end > now ? end - now : 0;
}

void nested_timer_save(struct vcpu *v)
{
	struct nested *n = &v->nested;

	/* An L2 that left before it was entered has used nothing up. */
	if (n->timer12 != TIMER12_NONE && !n->timer12_starts &&
	    (n->cache.v.exit_controls & EXIT_SAVE_TIMER))
		n->cache.v.preemption_timer = nested_timer_left(v, v->now - v->clock_offset);
	n->timer12 = TIMER12_NONE;
}

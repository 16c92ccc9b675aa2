/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps before every entry: timers, events, the preemption timer, counters. */
#ifndef LOOP_ENTRY_H
#define LOOP_ENTRY_H

#include <stdbool.h>

#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/*
 * Something wants to be looked at before this entry, rare beside the exits that only do their work:
 * timers, events, the VM's end, which ends the machine.
 */
void entry_attend(struct vcpu *v);

/* The same with interrupts=eli. */
void entry_attend_direct(struct vcpu *v);

/* The preemption timer counts from the entry, so it is written before each. */
static inline void entry_set_timer(const struct vcpu *v)
{
	vmcs_write(VMCS_PREEMPTION_TIMER,
		   (uint64_t)(((int64_t)(v->deadline - v->now) >> v->timer_shift) + 1));
}

/* The last ones, after that. */
static inline void entry_finish(struct vcpu *v)
{
	entry_set_timer(v);
	if (v->level == 2)
		counters_chain(&v->counters);
	counters_enter(&v->counters);
}

/* The steps before every entry. */
static inline void entry_prepare(struct vcpu *v)
{
	if (v->now >= v->deadline)
		entry_attend(v);
	entry_finish(v);
}

#endif

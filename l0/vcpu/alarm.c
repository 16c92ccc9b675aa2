// SPDX-License-Identifier: Apache-2.0
#include "vcpu/alarm.h"

#include "vcpu/timers.h"

void alarm_init(struct vcpu *v)
{
	v->alarm.at = CLOCK_NEVER;
	v->alarm.served = v->exit_kind == EXIT_KIND_POSTED || v->exit_kind == EXIT_KIND_DIRECT;
}

unsigned alarm_poll(void *of, uint64_t now, unsigned budget)
{
	struct vcpu *v = of;
	struct alarm *a = &v->alarm;
	uint64_t at = __atomic_load_n(&a->at, __ATOMIC_ACQUIRE);
	uint8_t vector = a->vector;

	(void)budget;
	if (now < at || !__atomic_compare_exchange_n(&a->at, &at, CLOCK_NEVER, false,
						     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return 0;
	lapic_post_timer(&v->lapic, vector);
	return 1;
}

void alarm_take_back(struct vcpu *v)
{
	struct alarm *a = &v->alarm;

	a->lent = false;
	a->back = true;
	lapic_deadline_back(&v->lapic, __atomic_exchange_n(&a->at, CLOCK_NEVER, __ATOMIC_ACQ_REL));
}

/* L1 runs, and takes what comes from elsewhere by itself. */
static bool may_be_lent(const struct vcpu *v)
{
	return v->level == 1 && (v->posted.given || v->direct.on);
}

/* It was not part of v->deadline while it was lent. */
static void keep(struct vcpu *v)
{
	uint64_t at = v->lapic.deadline;

	if (at < v->deadline)
		v->deadline = at > v->now ? at : v->now;
}

void alarm_lend(struct vcpu *v)
{
	struct alarm *a = &v->alarm;
	uint64_t at = v->lapic.deadline;

	a->back = false;
	if (!may_be_lent(v) || !lapic_lend_deadline(&v->lapic, &a->vector)) {
		keep(v);
		return;
	}
	a->lent = true;
	__atomic_store_n(&a->at, at, __ATOMIC_RELEASE);
	if (v->deadline == at && at > v->now)
		v->deadline = vcpu_timers_due(v);
}

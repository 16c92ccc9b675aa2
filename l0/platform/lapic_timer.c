// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic_internal.h"

#define FIRST_LENT 16 /* those below are illegal, which is for lapic_local() to say */

/*
 * The LAPIC timer, SDM volume 3, "APIC Timer". Its counter is a formula: bus ticks since the
 * counter held the initial count, divided, so reading it and planning its end need no state.
 */

static uint32_t mode(const struct lapic *l)
{
	return l->lvt[LAPIC_LVT_TIMER] & LVT_TIMER_MODE;
}

/* Divide configuration 000 is 2, 110 is 128, 111 is 1; bit 2 of it is bit 3 of the register. */
static uint64_t divisor(uint32_t divide)
{
	unsigned code = (divide & 3) | (divide >> 1 & 4);

	return 1ull << ((code + 1) & 7);
}

/* Bus ticks of a whole count. */
static uint64_t span(const struct lapic *l)
{
	return l->timer_initial * divisor(l->timer_divide);
}

uint32_t lapic_timer_current(const struct lapic *l, uint64_t now)
{
	uint64_t passed = clock_ticks(&l->bus, now) - l->timer_origin;

	if (l->timer_initial == 0 || l->timer_ended || mode(l) == TIMER_DEADLINE)
		return 0;
	if (mode(l) == TIMER_PERIODIC)
		passed %= span(l);
	else if (passed >= span(l))
		return 0;
	return l->timer_initial - (uint32_t)(passed / divisor(l->timer_divide));
}

/*
 * Brings the state behind the formula up to `now`: the origin into the period that runs, and a
 * single count that is over stays at 0, whatever the mode becomes, until it is written.
 */
static void settle(struct lapic *l, uint64_t now)
{
	uint64_t passed = clock_ticks(&l->bus, now) - l->timer_origin;

	if (l->timer_initial == 0)
		return;
	if (mode(l) == TIMER_PERIODIC)
		l->timer_origin += passed / span(l) * span(l);
	else if (passed >= span(l))
		l->timer_ended = true;
}

/* Deadline of the counting modes. */
static void plan(struct lapic *l, uint64_t now)
{
	l->deadline = CLOCK_NEVER;
	/* While masked nothing can come of it; unmasking plans again. */
	if (l->timer_initial == 0 || (l->lvt[LAPIC_LVT_TIMER] & LVT_MASKED))
		return;
	settle(l, now);
	if (!l->timer_ended)
		l->deadline = clock_tsc(&l->bus, l->timer_origin + span(l));
}

/*
 * The first `now` at which L1's TSC has reached the deadline. What lies behind it is due at once:
 * also a deadline that was ahead until the TSC was set.
 */
static uint64_t deadline_at(const struct lapic *l, uint64_t now)
{
	uint64_t tsc = now + l->tsc_adjust;

	if (l->tsc_deadline == 0)
		return CLOCK_NEVER;
	if (l->tsc_deadline <= tsc)
		return now;
	/* Further away than the clock reaches is never. */
	return l->tsc_deadline - tsc < CLOCK_NEVER - now ? now + (l->tsc_deadline - tsc)
							 : CLOCK_NEVER;
}

void lapic_run(struct lapic *l, uint64_t now)
{
	if (now < l->deadline)
		return;
	l->deadline = CLOCK_NEVER;
	l->tsc_deadline = 0;
	lapic_local(l, LAPIC_LVT_TIMER);
	if (mode(l) != TIMER_PERIODIC)
		return;
	/* Periods that were missed are one interrupt; the phase stays. */
	plan(l, now);
	if (l->deadline < now + l->period_min)
		l->deadline = now + l->period_min;
}

static void replan(struct lapic *l, uint64_t now)
{
	if (mode(l) == TIMER_ONE_SHOT || mode(l) == TIMER_PERIODIC)
		plan(l, now);
	else
		l->deadline = deadline_at(l, now);
}

void lapic_timer_start(struct lapic *l, uint32_t initial, uint64_t now)
{
	/* In TSC-deadline mode writes to the initial count are ignored. */
	if (mode(l) == TIMER_DEADLINE)
		return;
	l->timer_initial = initial;
	l->timer_ended = false;
	l->timer_origin = clock_ticks(&l->bus, now);
	replan(l, now);
}

void lapic_timer_divide(struct lapic *l, uint32_t divide, uint64_t now)
{
	uint64_t done = l->timer_initial - lapic_timer_current(l, now);

	lapic_run(l, now);
	l->timer_divide = divide & 0xb;
	/* The count goes on from where it is at the new pace. */
	l->timer_origin = clock_ticks(&l->bus, now) - done * divisor(l->timer_divide);
	replan(l, now);
}

void lapic_timer_lvt(struct lapic *l, uint32_t lvt, uint64_t now)
{
	uint32_t before = mode(l);

	lapic_run(l, now);
	if (before != TIMER_DEADLINE)
		settle(l, now);
	l->lvt[LAPIC_LVT_TIMER] = lvt;
	/* Going to or from TSC-deadline mode disarms the timer. */
	if (before != mode(l) && (before == TIMER_DEADLINE || mode(l) == TIMER_DEADLINE)) {
		l->timer_initial = 0;
		l->tsc_deadline = 0;
	}
	replan(l, now);
}

void lapic_timer_deadline(struct lapic *l, uint64_t tsc, uint64_t now)
{
	if (mode(l) != TIMER_DEADLINE)
		return;
	l->tsc_deadline = tsc;
	l->deadline = deadline_at(l, now);
	lapic_run(l, now);
}

void lapic_tsc_adjust(struct lapic *l, uint64_t adjust, uint64_t now)
{
	lapic_run(l, now);
	l->tsc_adjust = adjust;
	if (mode(l) != TIMER_DEADLINE)
		return;
	l->deadline = deadline_at(l, now);
	lapic_run(l, now);
}

bool lapic_lend_deadline(struct lapic *l, uint8_t *vector)
{
	uint32_t lvt = l->lvt[LAPIC_LVT_TIMER];

	if (l->deadline == CLOCK_NEVER || mode(l) != TIMER_DEADLINE || (lvt & LVT_MASKED) ||
	    (uint8_t)lvt < FIRST_LENT || !lapic_x2apic(l) || !lapic_enabled(l))
		return false;
	l->deadline = CLOCK_NEVER;
	*vector = (uint8_t)lvt;
	return true;
}

void lapic_deadline_back(struct lapic *l, uint64_t deadline)
{
	l->deadline = deadline;
	if (deadline == CLOCK_NEVER)
		l->tsc_deadline = 0;
}

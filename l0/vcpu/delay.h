/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long L0 waited for its own work on a vCPU whose guest takes interrupts by itself
 * (vcpu/direct.h): the longest times since the measurement began, from when it was asked for until
 * L0 looked at it, in ticks of the platform's clock. No other vCPU counts them.
 */
#ifndef VCPU_DELAY_H
#define VCPU_DELAY_H

#include <stdint.h>

struct vcpu;

struct delays {
	uint64_t timer; /* past a deadline of L0's, a look's among them */
	uint64_t kick;  /* from a message in the inbox to the entry that takes it */
	/*
	 * Of a vector of L0's own. Nobody knows when it was requested, so it counts from the last
	 * moment when none was: no guest keeps one for longer.
	 */
	uint64_t interrupt;
	uint64_t kicked; /* by the sender: of the first message that nobody took yet; 0: none */
	unsigned marked; /* exits until counting begins: delay_begin() */
	/* Time in direct mode, without that since it began last; and how often it ended. */
	uint64_t direct, begun, ended;
	uint64_t unanswered; /* a vector of L0's own is requested, and was not then; 0: none is */
};

static inline void delay_count(uint64_t *longest, uint64_t since, uint64_t until)
{
	if ((int64_t)(until - since) > (int64_t)*longest)
		*longest = until - since;
}

/* A vector of L0's own, which a look has found: it came, or is wanted no longer. */
static inline void delay_answered(struct delays *d, uint64_t now)
{
	if (d->unanswered)
		delay_count(&d->interrupt, d->unanswered, now);
	d->unanswered = 0;
}

/* From another CPU: a message lies in the inbox, and a kick follows. */
void delay_ask(struct vcpu *v);

/* The inbox is about to be looked at. */
void delay_end(struct vcpu *v);

/*
 * A measurement begins: with the second exit from here on, as this one clears all counters, and the
 * next one is late by that. delay_exit() is the last word of each exit.
 */
void delay_begin(struct vcpu *v);
static inline void delay_exit(struct delays *d)
{
	if (d->marked && !--d->marked)
		d->timer = d->kick = d->interrupt = 0;
}

/* It ends, or the machine does: a line of the data channel. */
void delay_tell(const struct vcpu *v);

#endif

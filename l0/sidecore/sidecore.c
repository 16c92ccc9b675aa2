// SPDX-License-Identifier: Apache-2.0
#include "sidecore/sidecore.h"
#include "hw/cpu.h"
#include "knobs.h"
#include "lib/asm.h"
#include "lib/relax.h"
#include "lib/string.h"
#include "sidecore/poller.h"

/* At least once, so that a turn without work lets the other CPUs go on. */
static void wait_until(uint64_t when)
{
	do
		cpu_relax();
	while (rdtsc() < when);
}

/* What lies between two turns is idle, too. */
static uint64_t rest(struct poller *p, uint64_t since, uint64_t ticks)
{
	uint64_t now;

	wait_until(since + ticks);
	now = rdtsc();
	polling_count(&p->spent.idle_ticks, now - since);
	return now;
}

_Noreturn static void run(struct cpu *self)
{
	struct poller *p = self->poller;
	uint64_t began = rdtsc(), ended, wait;
	bool worked;

	for (;;) {
		worked = poller_turn(p, began);
		ended = rdtsc();
		wait = poller_account(p, ended - began, worked);
		began = worked ? ended : rest(p, ended, wait);
	}
}

static void give_role(struct cpu *c, enum cpu_role role, struct poller *p)
{
	c->role = role;
	c->poller = p;
	c->spent = &p->spent;
	c->work = run;
}

void sidecore_init(struct cpu *c, struct poller *p, const struct knobs *k)
{
	memset(p, 0, sizeof(*p));
	p->budget = (unsigned)k->sidecore_budget;
	p->idle = knob_is(k->sidecore_idle, "spin") ? POLLER_SPIN : POLLER_BACKOFF;
	p->longest = k->sidecore_wait;
	give_role(c, CPU_SIDECORE, p);
}

void fabric_init(struct cpu *c, struct poller *p, const struct knobs *k)
{
	(void)k;
	memset(p, 0, sizeof(*p));
	p->budget = 1; /* a turn of each function, whose queues have budgets of their own */
	p->idle = POLLER_SPIN;
	give_role(c, CPU_FABRIC, p);
}

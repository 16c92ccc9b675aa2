// SPDX-License-Identifier: Apache-2.0
#include "sidecore/poller.h"

#define SHORTEST_WAIT 64 /* ticks: what follows the first idle turn by POLLER_BACKOFF */

bool poller_add(struct poller *p, const struct poller_source *source)
{
	if (p->sources == POLLER_SOURCES)
		return false;
	p->source[p->sources++] = *source;
	return true;
}

static unsigned serve(struct poller_source *s, uint64_t now, unsigned budget)
{
	unsigned done = s->poll(s->of, now + *s->clock_offset, budget);

	s->work += done;
	return done;
}

bool poller_turn(struct poller *p, uint64_t now)
{
	unsigned done = 0;

	for (unsigned i = p->first; i < p->sources; i++)
		done += serve(&p->source[i], now, p->budget);
	for (unsigned i = 0; i < p->first; i++)
		done += serve(&p->source[i], now, p->budget);
	if (p->sources)
		p->first = (p->first + 1) % p->sources;
	return done != 0;
}

static uint64_t next_wait(struct poller *p)
{
	uint64_t wait = p->wait;

	if (p->idle == POLLER_SPIN)
		return 0;
	p->wait = wait < SHORTEST_WAIT ? SHORTEST_WAIT : 2 * wait;
	if (p->wait > p->longest)
		p->wait = p->longest;
	return wait;
}

uint64_t poller_account(struct poller *p, uint64_t ticks, bool worked)
{
	polling_count(&p->spent.turns, 1);
	if (!worked) {
		polling_count(&p->spent.idle_ticks, ticks);
		return next_wait(p);
	}
	polling_count(&p->spent.busy_turns, 1);
	polling_count(&p->spent.busy_ticks, ticks);
	p->wait = 0;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "lib/string.h"
#include "measure/counters.h"

unsigned counters_slot(struct counters *c, uint64_t vmcs12)
{
	unsigned slot = 1;

	/* vmcs12 is 0 where free: no VMCS12 lies there, since L1 has its own tables at page 0. */
	while (slot < COUNTER_SLOTS - 1 && c->groups[slot].vmcs12 &&
	       c->groups[slot].vmcs12 != vmcs12)
		slot++;
	c->groups[slot].vmcs12 = vmcs12;
	return slot;
}

uint64_t counters_exits(const struct exit_stat *s)
{
	uint64_t exits = 0;

	for (unsigned i = 0; i < TICK_BUCKETS; i++)
		exits += s->bucket[i];
	return exits;
}

uint64_t counters_l2_exits(const struct counters *c, uint32_t reason)
{
	uint64_t exits = 0;

	for (unsigned slot = SLOT_L1 + 1; slot < COUNTER_SLOTS && reason < EXIT_REASON_ROWS; slot++)
		exits += counters_exits(&c->groups[slot].stat[reason]);
	return exits;
}

uint64_t counters_l0_ticks(const struct counters *c)
{
	uint64_t ticks = 0;

	for (unsigned slot = 0; slot < COUNTER_SLOTS; slot++)
		for (unsigned reason = 0; reason < EXIT_REASON_ROWS; reason++)
			ticks += c->groups[slot].stat[reason].ticks;
	return ticks;
}

unsigned counters_level(const struct counters *c, unsigned slot)
{
	unsigned level = 1;

	for (; slot != SLOT_L1; slot = c->groups[slot].asked_by)
		level++;
	return level;
}

unsigned counters_running_level(const struct counters *c)
{
	return counters_level(c, (unsigned)(c->group - c->groups));
}

/* Neither two that one asked for, nor a circle: what was seen last holds, what contradicts it goes.
 */
void counters_answer(struct counters *c, unsigned slot, unsigned asker)
{
	if (slot == asker)
		return;
	for (unsigned other = SLOT_L1 + 1; other < COUNTER_SLOTS && asker != SLOT_L1; other++)
		if (c->groups[other].asked_by == asker)
			c->groups[other].asked_by = SLOT_L1;
	for (unsigned up = asker; up != SLOT_L1; up = c->groups[up].asked_by)
		if (c->groups[up].asked_by == slot)
			c->groups[up].asked_by = SLOT_L1;
	c->groups[slot].asked_by = asker;
}

uint64_t counters_ticks(const struct counters *c, unsigned level)
{
	uint64_t ticks = 0;

	for (unsigned slot = SLOT_L1; slot < COUNTER_SLOTS; slot++)
		ticks += counters_level(c, slot) == level ? c->groups[slot].ticks : 0;
	return ticks;
}

static void clear_group(struct counter_group *g)
{
	g->ticks = 0;
	memset(g->stat, 0, sizeof(g->stat));
	for (unsigned reason = 0; reason < EXIT_REASON_ROWS; reason++)
		g->stat[reason].min = UINT64_MAX;
}

void counters_clear(struct counters *c)
{
	for (unsigned slot = 0; slot < COUNTER_SLOTS; slot++)
		clear_group(&c->groups[slot]);
	memset(c->chain_bucket, 0, sizeof(c->chain_bucket));
	c->charged = c->halted = 0;
	c->chains = c->chain_sum = c->chain_max = 0;
	c->chain = CHAIN_NONE;
	c->restart = false;
	c->row = &c->none;
	counters_begin(c, rdtsc());
}

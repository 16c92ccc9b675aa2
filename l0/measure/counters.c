// SPDX-License-Identifier: Apache-2.0
#include "lib/string.h"
#include "measure/counters.h"

unsigned counters_slot(struct counters *c, uint64_t vmcs12)
{
	unsigned slot = 1;

	/* vmcs12[] is 0 where free: no VMCS12 lies there, since L1 has its own tables at page 0. */
	while (slot < COUNTER_SLOTS - 1 && c->vmcs12[slot] && c->vmcs12[slot] != vmcs12)
		slot++;
	c->vmcs12[slot] = vmcs12;
	return slot;
}

void counters_clear(struct counters *c, uint64_t now)
{
	memset(c->ticks, 0, sizeof(c->ticks));
	memset(c->stat, 0, sizeof(c->stat));
	memset(c->chain_bucket, 0, sizeof(c->chain_bucket));
	c->charged = 0;
	c->chains = c->chain_sum = c->chain_max = 0;
	c->exits = c->chain_start = 0;
	c->restart = false;
	c->row = &c->none;
	c->start = c->left = c->entered = now;
}

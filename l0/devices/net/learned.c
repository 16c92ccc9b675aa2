// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <stddef.h>

#include "devices/net/learned.h"

/* Fibonacci hashing (Knuth, volume 3, 6.4): the upper bits depend on all. */
static size_t set_of(uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15u >> 32) % LEARNED_SETS;
}

static bool lives(const struct learned *l, const struct learned_entry *e, uint64_t now)
{
	return e->port && (now <= e->seen || now - e->seen <= l->age);
}

static struct learned_entry *place_for(struct learned_entry *set, uint64_t key)
{
	struct learned_entry *oldest = set;

	for (unsigned i = 0; i < LEARNED_WAYS; i++) {
		if (set[i].port && set[i].key == key)
			return &set[i];
		if (oldest->port && (!set[i].port || set[i].seen < oldest->seen))
			oldest = &set[i];
	}
	return oldest;
}

void learned_set(struct learned *l, uint64_t key, uint32_t port, uint64_t now)
{
	*place_for(l->set[set_of(key)], key) = (struct learned_entry){key, now, port};
}

uint32_t learned_get(const struct learned *l, uint64_t key, uint64_t now)
{
	const struct learned_entry *set = l->set[set_of(key)];

	for (unsigned i = 0; i < LEARNED_WAYS; i++)
		if (set[i].key == key && lives(l, &set[i], now))
			return set[i].port;
	return 0;
}

void learned_forget(struct learned *l, uint32_t port)
{
	for (unsigned i = 0; i < LEARNED_SETS * LEARNED_WAYS; i++) {
		struct learned_entry *e = &l->set[i / LEARNED_WAYS][i % LEARNED_WAYS];

		if (e->port == port)
			e->port = 0;
	}
}

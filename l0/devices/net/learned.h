/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind which port an address was last seen: so many sets of a few entries each, the oldest of
 * which goes when another comes. Whoever sends with many addresses makes the switch forget, never
 * grow.
 */
#ifndef DEVICES_NET_LEARNED_H
#define DEVICES_NET_LEARNED_H

#include <stdint.h>

#define LEARNED_SETS 64
#define LEARNED_WAYS 4

struct learned_entry {
	uint64_t key;
	uint64_t seen;
	uint32_t port; /* its bit; 0: no entry */
};

struct learned {
	uint64_t age; /* ticks after which an address that was not seen again is forgotten */
	struct learned_entry set[LEARNED_SETS][LEARNED_WAYS];
};

/* Addresses of different VLANs have nothing to do with each other. */
static inline uint64_t learned_key(uint64_t mac, uint16_t vlan)
{
	return mac | (uint64_t)vlan << 48;
}

void learned_set(struct learned *l, uint64_t key, uint32_t port, uint64_t now);

/* The bit of the port, 0 if nobody knows. */
uint32_t learned_get(const struct learned *l, uint64_t key, uint64_t now);

/* All of a port's. */
void learned_forget(struct learned *l, uint32_t port);

#endif

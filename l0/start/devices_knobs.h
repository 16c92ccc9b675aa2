/* SPDX-License-Identifier: Apache-2.0 */
/* What the knobs of a machine's devices mean, where it takes no machine to say it. */
#ifndef START_DEVICES_KNOBS_H
#define START_DEVICES_KNOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/frame.h"
#include "knobs.h"

/* Is there any device for start/devices.c to make? */
bool devices_wanted(const struct knobs *k);

/* Does the NIC have a root port of its own? */
bool devices_behind_port(const struct knobs *k);

/* 52:54:00:00, machine, function. */
void devices_mac(uint8_t mac[MAC_BYTES], unsigned machine, unsigned function);

/*
 * Bytes of a queue that holds what waits for the wire and what is on its way: a power of two. A
 * small frame takes twice there what it takes on the wire; a wire that is longer than the largest
 * queue drops what has no room.
 */
#define DEVICES_UPLINK_MAX (64ull << 20)
uint64_t devices_uplink_bytes(const struct knobs *k);

#endif

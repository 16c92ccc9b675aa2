// SPDX-License-Identifier: Apache-2.0
#include "start/devices_knobs.h"

#include <stddef.h>

#include "devices/net/frame_queue.h"

#define KIB 1024ull

bool devices_behind_port(const struct knobs *k)
{
	return knob_is(k->nic_behind, "port") &&
	       (knob_is(k->nic, "virtio") || knob_is(k->nic, "function"));
}

bool devices_wanted(const struct knobs *k)
{
	return !knob_is(k->nic, "none") || !knob_is(k->disk, "none") || knob_is(k->rng, "on") ||
	       knob_is(k->hvc, "on");
}

void devices_mac(uint8_t mac[MAC_BYTES], unsigned machine, unsigned function)
{
	const uint8_t address[MAC_BYTES] = {0x52, 0x54, 0, 0, (uint8_t)machine, (uint8_t)function};

	for (unsigned i = 0; i < MAC_BYTES; i++)
		mac[i] = address[i];
}

/* Bytes that leave in the time that one needs to arrive; rate and latency each at most 10^9. */
static uint64_t on_its_way(const struct knobs *k)
{
	uint64_t bits_per_ms = k->wire_mbit * 1000;

	return k->wire_latency * bits_per_ms / k->tsc_khz / 8;
}

uint64_t devices_uplink_bytes(const struct knobs *k)
{
	uint64_t wanted = 2 * (k->wire_queue * KIB + on_its_way(k)), bytes = FRAME_QUEUE_LARGE;

	while (bytes < wanted && bytes < DEVICES_UPLINK_MAX)
		bytes *= 2;
	return bytes;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switch of a machine: its network functions are ports of it, and one more port is the wire to
 * the outside. Each port has a queue of what has been sent to it; who owns the port takes frames
 * out of it when it runs.
 *
 *     NIC ── switch_send() ──▶ which ports (learned addresses, VLANs, spoof check) ──▶ their queues
 *     NIC ◀── switch_next(), switch_taken() ── its queue ◀────────────────────────────────┘
 *
 * Any CPU may send; a lock of the switch orders them. One CPU at a time takes from a port: it holds
 * the lock of the port's function. A sender that holds its own function's lock never takes another
 * function's, so no two wait for each other.
 */
#ifndef DEVICES_NET_SWITCH_H
#define DEVICES_NET_SWITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/frame.h"

struct switch_port;
struct net_switch;

/* What a port lets through, set by its device or, for a VF, by its PF. */
struct port_filter {
	uint8_t mac[MAC_BYTES]; /* its own address */
	bool promiscuous;       /* receives whatever comes */
	bool all_multicast;
	bool check_source; /* sends with its own address alone, and in its own VLAN */
	uint16_t vlan;     /* 0: no filter */
};

struct port_counters {
	uint64_t sent_frames, sent_bytes;
	uint64_t received_frames, received_bytes;
	uint64_t dropped_full;   /* its queue had no room */
	uint64_t dropped_source; /* the spoof check, on sending */
	uint64_t dropped_bad;    /* frame_valid() says no, or too short or long */
};

/* Sends to all who should have it. The bytes are copied; *frame->arrives is ignored: it is @now. */
void switch_send(struct switch_port *from, const struct frame *frame, uint64_t now);

/* The next frame that has arrived by @now, valid until switch_taken(); NULL: none. */
const struct frame *switch_next(struct switch_port *port, uint64_t now);
void switch_taken(struct switch_port *port);

/* When the first frame of the queue arrives, CLOCK_NEVER if there is none. */
uint64_t switch_due(const struct switch_port *port);

#endif

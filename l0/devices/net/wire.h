/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wire between the switches of two machines, or of one and the built-in peer.
 *
 *     switch ─▶ queue of its port `uplink`, with times of arrival ─▶ wire_run() of the other end ─▶
 * switch
 *
 * Each direction has its own line (rate, latency, drop-tail) and its own queue, which is the uplink
 * port's: written under the sender's switch's lock, taken from by whoever runs the other end, who
 * holds no lock of the sender's. So a machine that sends too much fills its own direction alone;
 * one that is parked no longer takes, and its neighbour's frames to it are dropped; nobody waits
 * for another machine.
 *
 * Each machine's clock is the TSC and an offset of its own; a frame arrives by the receiver's.
 */
#ifndef DEVICES_NET_WIRE_H
#define DEVICES_NET_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/line.h"
#include "devices/net/peer.h"
#include "devices/net/switch.h"

/* Frames that one wire_run() hands on at most. */
#define WIRE_BATCH 64

struct wire;

struct wire_end {
	/*
	 * For the machine's owner to set: wire_run() is due at @when, or earlier if it was. On any
	 * CPU, with no lock of ours: pci_wake() will do.
	 */
	void (*wake)(struct wire_end *end, uint64_t when);
	void *owner;
	/* The rest is the wire's. */
	struct wire *wire;
	struct switch_port *port; /* NULL: nothing is plugged in, or the peer */
	struct peer *peer;
	uint64_t clock;
	bool taking;              /* from the peer: it will look again, and needs no wake */
	uint64_t told;            /* with a peer: for when its machine is woken */
	uint8_t bytes[FRAME_MTU]; /* the peer's frame that the end is taking */
};

struct wire {
	struct line line[2]; /* from this end to the other */
	struct wire_end end[2];
};

/* The same rate and latency both ways. False: line_init() refuses them. */
bool wire_init(struct wire *wire, const struct line_config *config);

/*
 * Plugs in a switch's port, which becomes promiscuous and whose `wake` and `owner` are the wire's.
 * @clock: the machine's clock less the TSC, modulo 2^64. Before the machine runs.
 */
void wire_attach(struct wire *wire, unsigned side, struct switch_port *port, uint64_t clock);

/* Plugs in the peer. Its clock is that of the other end. */
void wire_attach_peer(struct wire *wire, unsigned side, struct peer *peer);

/*
 * Hands on to the end's switch what has arrived by @now, of the machine's clock: by one CPU at a
 * time. Returns when it wants to run again (at once, if there is more than WIRE_BATCH).
 */
uint64_t wire_run(struct wire_end *end, uint64_t now);

#endif

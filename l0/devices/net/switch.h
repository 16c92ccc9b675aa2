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
#include "devices/net/frame_queue.h"
#include "devices/net/learned.h"
#include "devices/net/line.h"
#include "lib/lock.h"

#define SWITCH_PORTS_MAX 16

struct switch_port;
struct net_switch;

/* What a port lets through, set by its device or, for a VF, by its PF. */
struct port_filter {
	uint8_t mac[MAC_BYTES]; /* its own address */
	bool promiscuous;       /* receives whatever comes */
	bool all_multicast; /* else broadcast alone: who has a list asks for all and looks itself */
	bool check_source;  /* sends with its own address alone */
	bool isolated;      /* nothing between two that are: each has the wire, and the others */
	/*
	 * The only one that it is in, which it does not know: its frames get the tag when they
	 * leave it and lose it before they reach it, and it cannot send into another. 0: no filter,
	 * frames have the tags that they have.
	 */
	uint16_t vlan;
};

struct port_counters {
	uint64_t sent_frames, sent_bytes;
	uint64_t received_frames, received_bytes;
	uint64_t dropped_full;   /* its queue had no room */
	uint64_t dropped_source; /* the spoof check, on sending */
	uint64_t dropped_bad;    /* frame_valid() says no, or too short or long */
};

struct switch_port {
	/* For its owner to set, before anybody sends: something is in the queue, the first of it at
	 * @when; it was empty. On the sender's CPU, with no lock of the switch: pci_wake() will do.
	 */
	void (*wake)(struct switch_port *port, uint64_t when);
	void *owner;
	/* The rest is the switch's. */
	struct net_switch *net;
	uint32_t bit;
	struct line *line; /* what is between here and who takes; NULL: nothing */
	struct frame_queue queue;
	struct port_counters counters;
};

struct net_switch {
	struct lock lock;
	unsigned count;
	struct switch_port *port[SWITCH_PORTS_MAX];
	/* The filters, by port, and by bit of port. */
	uint64_t mac[SWITCH_PORTS_MAX];
	uint16_t vlan[SWITCH_PORTS_MAX];
	uint32_t open, promiscuous, all_multicast, check_source, isolated, in_vlan;
	struct learned learned;
};

/* @age: ticks for which an address behind a promiscuous port is remembered. */
void switch_init(struct net_switch *net, uint64_t age);

/*
 * One port more, with a queue of @size bytes at @memory (frame_queue_init()); open, with a filter
 * of zeros. Before the machine runs. False: there are too many, or that is no queue.
 */
bool switch_add_port(struct net_switch *net, struct switch_port *port, void *memory, uint64_t size);

/*
 * All of the filter at once, for the frames from now on. Addresses behind a port that is
 * promiscuous no longer are forgotten.
 */
void switch_set_filter(struct switch_port *port, const struct port_filter *filter);

/* A closed port sends and receives nothing, and its queue is emptied: for who takes from it. */
void switch_open(struct switch_port *port);
void switch_close(struct switch_port *port);

/*
 * Sends to all who should have it. The bytes are copied, padded to FRAME_MIN; frame->arrives is
 * ignored: it is @now, and behind a wire later.
 */
void switch_send(struct switch_port *from, const struct frame *frame, uint64_t now);

/* The next frame that has arrived by @now, valid until switch_taken(); NULL: none. */
const struct frame *switch_next(struct switch_port *port, uint64_t now);
void switch_taken(struct switch_port *port);

/* When the first frame of the queue arrives, CLOCK_NEVER if there is none. For who takes. */
uint64_t switch_due(const struct switch_port *port);

/* Takes the lock for a moment. */
void switch_read_counters(struct switch_port *port, struct port_counters *counters);

#endif

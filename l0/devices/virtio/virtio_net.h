/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network device (virtio 1.2, 5.1), a port of the switch. Frames that stand for many (TSO) go whole
 * to who takes them; for who does not they are cut, and checksums completed, when they are
 * received.
 *
 *     tx queue ─ kick, or a poll ─▶ net->packet ─▶ switch_send()
 *     rx queue ◀─ buffers ── filter ◀── switch_next() ◀─ its port: run(), by the port's wake
 *
 * A frame for which the driver has no buffers stays in the port's queue, which drops what it has no
 * room for. While no driver is ready the port is closed.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_NET_H
#define DEVICES_VIRTIO_VIRTIO_NET_H

#include "devices/net/switch.h"
#include "devices/virtio/virtio_pci.h"

struct replay;

#define VIRTIO_NET_PAIRS_MAX 4
#define VIRTIO_NET_LIST      16 /* addresses of a kind that are told apart; more: all */
#define VIRTIO_NET_FLOWS     64

struct virtio_net_config {
	struct virtio_pci_config pci;
	struct switch_port *port;  /* on its switch already; its wake and owner are the device's */
	struct port_filter filter; /* its address, and what its driver has no say in */
	bool fixed;    /* the driver may neither change the address nor be promiscuous */
	uint8_t pairs; /* of queues, 1 to VIRTIO_NET_PAIRS_MAX; 0 is 1 */
	uint16_t mtu;  /* 0: not told */
};

#define VIRTIO_NET_HEADER 12u /* bytes before each frame, 5.1.6 */

struct virtio_net_addresses {
	unsigned count; /* more than VIRTIO_NET_LIST: too many to tell */
	uint64_t mac[VIRTIO_NET_LIST];
};

/* What the driver wants to receive, 5.1.6.5.1 to 5.1.6.5.3. */
struct virtio_net_mode {
	bool promiscuous, all_multicast, all_unicast;
	bool no_multicast, no_unicast, no_broadcast;
	struct virtio_net_addresses unicast, multicast;
	uint64_t vlan[4096 / 64];
};

struct virtio_net_counters {
	uint64_t sent, received;
	uint64_t bad;      /* sent with a header that makes no sense */
	uint64_t filtered; /* not what the driver wants */
	uint64_t too_long; /* no room in the driver's buffer, which is too short */
	uint64_t starved;  /* times that a frame found no buffer, and waits */
};

struct virtio_net {
	struct virtio_pci pci; /* first */
	struct switch_port *port;
	struct port_filter filter; /* as at the beginning */
	bool fixed;
	uint8_t pairs;     /* that there are */
	uint8_t active;    /* that the driver uses */
	bool waiting;      /* a frame waits for buffers */
	uint32_t touched;  /* receive queues that have something to be published */
	uint32_t segment;  /* of the port's first frame, the next to be received */
	uint64_t mac;      /* its present address */
	uint64_t offloads; /* features that the driver takes in what it receives */
	struct virtio_net_mode mode;
	struct virtio_net_counters counters;
	struct replay *replay;          /* it misbehaves: virtio_replay.h; NULL: as all do */
	uint8_t flow[VIRTIO_NET_FLOWS]; /* pair that has sent last, by hash of both ends */
	uint8_t packet[VIRTIO_NET_HEADER + FRAME_MAX]; /* a frame on its way, behind its header */
};

/*
 * Makes *net, all zero, a function that is ready for pci_register(&net->pci.function). Its port is
 * closed until a driver is ready.
 */
void virtio_net_init(struct virtio_net *net, const struct virtio_net_config *config);

/* ---- under the function's lock, as by pci_work() ---- */

/* The cable is put in or pulled: the driver is told. */
void virtio_net_set_link(struct virtio_net *net, bool up);

/* Address, VLAN and spoof check anew, as a physical function says of its virtual one. */
void virtio_net_set_filter(struct virtio_net *net, const struct port_filter *filter);

#endif

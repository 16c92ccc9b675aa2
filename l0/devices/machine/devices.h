/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine has beside the small PC of platform/, by its knobs (start/devices.c makes it):
 *
 *     slot 1  nic_behind=port: a root port, and the NIC behind it as device 0
 *          2  its end of the wire: no guest sees it, but the bus runs it    ─┐ wire ── neighbour,
 *          3  nic=: e1000 or virtio-net ──── port ── switch ── port uplink ──┘         or the peer
 *          4  disk=: virtio-blk    5  rng=on    6  hvc=on
 *         16  the virtual functions of nic=function, each a port of the switch
 */
#ifndef DEVICES_MACHINE_DEVICES_H
#define DEVICES_MACHINE_DEVICES_H

#include "devices/machine/network.h"
#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_console.h"
#include "devices/virtio/virtio_polling.h"
#include "devices/virtio/virtio_rng.h"
#include "measure/guest_line.h"

#define DEVICES_ID(slot) ((uint16_t)((slot) << 3))

enum devices_slot {
	DEVICES_PORT = 1,
	DEVICES_WIRE,
	DEVICES_NIC,
	DEVICES_DISK,
	DEVICES_RNG,
	DEVICES_CONSOLE,
	DEVICES_VFS = 16,
};

/* A piece of L0's memory that belongs to them. */
struct devices_memory {
	uint64_t hpa, bytes;
};

#define DEVICES_MEMORY_MAX 16 /* eight virtual functions, and one of all else */

/* All zero is none of them. A function that is on the bus has its platform. */
struct devices {
	unsigned machine;
	struct devices_memory memory[DEVICES_MEMORY_MAX];
	unsigned memories;
	bool disk_returns;       /* what was changed of it, at the end */
	struct guest_line *line; /* of the console */
	struct virtio_blk disk;
	struct virtio_rng rng;
	struct virtio_console console;
	struct virtio_polling disk_polling, nic_polling;
	struct devices_net net;
};

/*
 * To the data channel, when no vCPU of the machine runs any more: what its console left unfinished,
 * what its network has counted, and what it changed of its disk.
 */
void devices_report(struct devices *d);

#endif

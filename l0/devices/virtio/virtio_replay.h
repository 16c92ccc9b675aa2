/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network device that misbehaves: what it has read to send, it reads again and again, long after
 * its driver has had the buffer back. So it measures for how long that still works, the window of
 * the IOMMU's protection, from inside the machine.
 *
 *     driver ── maps ── sends ──── unmaps: the table's entry is gone ─── invalidates ──▶
 *     device      looks:  there ... there │ gone, read ... gone, read │ gone, blocked
 *                                  ▲      ├───────── seen ────────────┤      ▲
 *                                  └───────────────── most ──────────────────┘
 *
 * It looks at each buffer once in a turn, so a window is known within two bounds: what was seen of
 * it, 0 if that is one read, and what it can have been at the most. Its reads are DMA like any
 * other: one that is blocked is recorded by the IOMMU, and is the last of that buffer.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_REPLAY_H
#define DEVICES_VIRTIO_VIRTIO_REPLAY_H

#include "devices/virtio/virtio_net.h"

#define REPLAY_WATCHES 32
#define REPLAY_WINDOWS 1024 /* that have ended, either way: then it behaves */

/* A buffer that the device has been given to read. */
struct replay_watch {
	const void *host; /* where it lay then; NULL: this place is free */
	uint64_t iova;
	uint64_t there; /* when its entry was seen last */
	uint64_t gone;  /* when it was first seen to be gone; 0: it is there */
	uint64_t last;  /* and when it was last read since */
};

struct replay_counters {
	uint64_t watched;
	uint64_t closed;  /* its read was blocked: a window */
	uint64_t reused;  /* the address was given to another buffer before that */
	uint64_t wrong;   /* and then led to where that one does not lie */
	uint64_t open;    /* neither yet, and the entry gone */
	uint64_t replays; /* reads of what is gone, and of them those that succeeded */
	uint64_t reached;
	uint64_t foreign;   /* those that were not of the machine's own RAM */
	uint64_t open_most; /* ticks that were seen of such a window */
};

/* All zero but for `watches` is one that begins. */
struct replay {
	unsigned watches; /* buffers at a time, 1 to REPLAY_WATCHES */
	struct replay_watch watch[REPLAY_WATCHES];
	struct replay_counters counters;
	/* Ticks of counters.closed windows: what was seen of each, and the most that it can be. */
	uint64_t seen[REPLAY_WINDOWS], most[REPLAY_WINDOWS];
	uint64_t until[REPLAY_WINDOWS]; /* what was seen of counters.reused ones */
	struct virtqueue_chain chain;   /* of what it is about to send */
};

/*
 * A source of the fabric's (sidecore/poller.h) in place of pci_poll(): the turn of a struct
 * virtio_net whose `replay` is not NULL.
 */
unsigned replay_turn(void *net, uint64_t now, unsigned budget);

/* What it has found, with what is still open; it behaves from now on. Any CPU, without the lock. */
struct replay_counters replay_end(struct virtio_net *net);

#endif

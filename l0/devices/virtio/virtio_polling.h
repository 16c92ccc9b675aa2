/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio device whose rings another CPU looks at, the sidecore, so that its driver need not exit
 * to tell of a request (ELVIS, ATC 2013). Polling pays while there is much to do: by the paper's
 * rule (3.4) it begins when the driver kicks often, and ends when nothing has come for a while.
 *
 *     kicks exit, the exit does the work ── `rate` kicks in a window ──▶ no kicks, the sidecore
 * looks ▲                                                                    │ └────────────────
 * nothing to do for `idle` ticks ◀───────────────────┘
 *
 * What is due, frames from the wire or a disk's answer, is always the sidecore's.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_POLLING_H
#define DEVICES_VIRTIO_VIRTIO_POLLING_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/virtio/virtio_pci.h"

struct virtio_polling {
	struct virtio_pci *device;
	uint32_t rate;   /* kicks in a window that turn polling on; 0: it is always on */
	uint64_t window; /* ticks */
	uint64_t idle;   /* ticks */
	bool polled;
	uint32_t kicks;  /* the device's, when the window began */
	uint64_t since;  /* ... which was then; while polled: when there last was work */
	uint64_t turned; /* how often polling was turned on */
};

/* Before the guest runs: the rest of *p is as it should be. */
void virtio_polling_init(struct virtio_polling *p);

/* A source of the sidecore's (sidecore/poller.h): chains that went back to the driver. */
unsigned virtio_polling_turn(void *p, uint64_t now, unsigned budget);

#endif

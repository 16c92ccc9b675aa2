/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Split virtqueues as the device sees them (virtio 1.2, 2.7). The driver's rings are memory that it
 * may change at any time: each word is loaded once and checked, and whatever cannot be right breaks
 * the device (virtqueue_break()) until its driver resets it.
 *
 *     poll ─▶ take: a chain ─▶ read, write its bytes ─▶ put ─▶ ... ─▶ publish: one interrupt, or
 * none ▲                                                                │ └── new buffers: a kick,
 * or another CPU polls ◀── rest: empty ◀──┘
 *
 * Addresses are bus addresses: all memory is reached by pci_dma(), so through the IOMMU. The pieces
 * of the three rings that were reached are remembered from one callback to the next, as long as
 * pci_dma_epoch() is the same: each begins with it, and what it compares holds until it returns.
 */
#ifndef DEVICES_VIRTIO_VIRTQUEUE_H
#define DEVICES_VIRTIO_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/pci.h"

#define VIRTQUEUE_SIZE_MAX 256
#define VIRTQUEUE_SEGMENTS 256 /* of one chain, those of an indirect table included */

/* One of the three rings, and the piece of it that was reached in this epoch: [from, to) at `host`.
 */
struct virtqueue_area {
	uint64_t address;
	uint32_t bytes;
	uint32_t from, to;
	uint8_t *host;
	uint64_t epoch;
};

/* What the queues of one device share. */
struct virtqueue_common {
	struct pci_function *function;
	bool event_index, indirect; /* negotiated */
	bool polled;                /* somebody looks by himself: no kicks, please */
	uint32_t answered;          /* chains that the driver was shown, ever */
	bool broken;                /* until the device is reset */
	uint64_t epoch;             /* pci_dma_epoch() of this callback */
};

/* Indices run freely, as those in memory do. */
struct virtqueue {
	struct virtqueue_common *common;
	uint16_t size;  /* a power of two */
	uint16_t limit; /* the largest size */
	uint16_t vector;
	bool enabled;
	bool quiet;         /* what the flags of the used ring say: no kicks */
	uint16_t seen;      /* the driver's index, as last looked at */
	uint16_t taken;     /* chains that were taken */
	uint16_t used;      /* chains that were put back */
	uint16_t published; /* the same, as the driver knows */
	struct virtqueue_area descriptors, driver, device;
};

struct virtqueue_segment {
	uint64_t address;
	uint32_t size;
};

/* The next byte of a chain's readable or of its writable part, and how many are left of it. */
struct virtqueue_cursor {
	uint32_t segment, offset;
	uint32_t left;
};

/* A chain of buffers: segments that the device reads, then those that it writes. */
struct virtqueue_chain {
	struct virtqueue *queue;
	uint16_t head;
	uint32_t segments;
	uint32_t written; /* bytes of the writable part so far */
	struct virtqueue_cursor read, write;
	struct virtqueue_segment segment[VIRTQUEUE_SEGMENTS];
};

/* To its state before a driver, of up to @limit chains (a power of two, VIRTQUEUE_SIZE_MAX at
 * most). */
void virtqueue_reset(struct virtqueue *q, struct virtqueue_common *common, uint16_t limit);

/* The driver has given size and addresses. Breaks the device if they cannot be right (2.7). */
void virtqueue_enable(struct virtqueue *q);

/* Nothing of the device's queues is touched again until its reset. Always false, for callers. */
bool virtqueue_break(struct virtqueue *q);

/*
 * Are there buffers that were not taken yet? One load if there were none. For an exit and for a CPU
 * that polls alike; both hold the function's lock.
 */
bool virtqueue_poll(struct virtqueue *q);

/* The next chain into *chain. False: there is none, or the device is broken now. */
bool virtqueue_take(struct virtqueue *q, struct virtqueue_chain *chain);

/* The last @taken chains were not taken after all, of which the last @put were put back. */
void virtqueue_rewind(struct virtqueue *q, uint16_t taken, uint16_t put);

/* Chain @head goes back, with @written bytes in it; the driver sees it after virtqueue_publish().
 */
bool virtqueue_put(struct virtqueue *q, uint16_t head, uint32_t written);

/* Shows the driver what was put. Does it want an interrupt for it (2.7.7.2, 2.7.10)? */
bool virtqueue_publish(struct virtqueue *q);

/*
 * The queue was found empty. Asks for a kick from the next buffer on or, if the device is polled,
 * for none (2.7.7.4, 2.7.10). True: a buffer came meanwhile, go on.
 */
bool virtqueue_rest(struct virtqueue *q);

/*
 * The next @size bytes of the chain's readable part, or into its writable part. False: so many are
 * not left, and nothing was copied; or memory is out of reach, and the device is broken.
 */
bool virtqueue_read(struct virtqueue_chain *chain, void *to, uint32_t size);
bool virtqueue_write(struct virtqueue_chain *chain, const void *from, uint32_t size);

/*
 * The next @size bytes of the writable part, to be written now, if they lie in one piece. NULL:
 * they do not, and nothing has moved; or memory is out of reach, and the device is broken.
 */
void *virtqueue_room(struct virtqueue_chain *chain, uint32_t size);

/* Passes over @size bytes of the readable part. False: so many are not left. */
bool virtqueue_skip(struct virtqueue_chain *chain, uint32_t size);

/* The bus address of byte @offset of the writable part, which has so many. */
uint64_t virtqueue_place(const struct virtqueue_chain *chain, uint32_t offset);

#endif

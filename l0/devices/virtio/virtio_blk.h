/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block device (virtio 1.2, 5.2) whose disk is memory that it was given: a module of the loader's.
 * What was written is known by blocks of 4 KiB, so that they alone need be sent out at the end.
 * Data move when a request is taken; its completion may come later, by the latency of the disk that
 * the model stands for.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_BLK_H
#define DEVICES_VIRTIO_VIRTIO_BLK_H

#include "devices/virtio/virtio_pci.h"

#define VIRTIO_BLK_BLOCK      4096u /* of the bitmap */
#define VIRTIO_BLK_QUEUES_MAX 4
#define VIRTIO_BLK_ID_BYTES   20

/* Bytes of the bitmap for a disk of @bytes bytes. */
#define VIRTIO_BLK_BITMAP(bytes)                                                                   \
	(((bytes) + 8ull * VIRTIO_BLK_BLOCK - 1) / (8ull * VIRTIO_BLK_BLOCK))

struct virtio_blk_config {
	struct virtio_pci_config pci;
	uint8_t *disk;
	uint64_t bytes; /* a remainder below a sector is out of reach */
	uint8_t *dirty; /* VIRTIO_BLK_BITMAP(bytes) bytes, all 0; NULL with `read_only` */
	bool read_only;
	uint8_t queues;   /* 1 to VIRTIO_BLK_QUEUES_MAX; 0 is 1 */
	uint64_t latency; /* ticks from a request to its completion; 0: at once */
	char serial[VIRTIO_BLK_ID_BYTES];
};

/* A request that is done, and when the driver will know. */
struct virtio_blk_pending {
	uint64_t due;
	uint32_t written;
	uint16_t head;
	uint8_t queue;
};

#define VIRTIO_BLK_PENDING (VIRTIO_BLK_QUEUES_MAX * VIRTQUEUE_SIZE_MAX)

struct virtio_blk_counters {
	uint64_t reads, writes, others, errors;
	uint64_t read_bytes, written_bytes;
};

struct virtio_blk {
	struct virtio_pci pci; /* first */
	uint8_t *disk, *dirty;
	uint64_t bytes;
	bool read_only;
	uint64_t latency;
	char serial[VIRTIO_BLK_ID_BYTES];
	struct virtio_blk_counters counters;
	uint32_t head, count; /* of `pending`, in the order of `due` */
	struct virtio_blk_pending pending[VIRTIO_BLK_PENDING];
};

/* Makes *blk, all zero, a function that is ready for pci_register(&blk->pci.function). */
void virtio_blk_init(struct virtio_blk *blk, const struct virtio_blk_config *config);

/* Was anything written to block @block, VIRTIO_BLK_BLOCK bytes from block * VIRTIO_BLK_BLOCK on? */
bool virtio_blk_dirty(const struct virtio_blk *blk, uint64_t block);

#endif

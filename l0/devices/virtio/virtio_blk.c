// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_blk.h"

#include <stddef.h>

#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_blk_internal.h"
#include "lib/string.h"
#include "platform/clock.h"

#define BUDGET 16 /* requests in one call */

/* Features, 5.2.3. */
#define F_SIZE_MAX     1
#define F_SEG_MAX      2
#define F_RO           5
#define F_BLK_SIZE     6
#define F_FLUSH        9
#define F_TOPOLOGY     10
#define F_MQ           12
#define F_DISCARD      13
#define F_WRITE_ZEROES 14

/* 5.2.4 */
struct blk_config {
	uint64_t capacity;
	uint32_t size_max, seg_max;
	uint8_t geometry[4];
	uint32_t blk_size;
	uint8_t physical_exponent, alignment_offset;
	uint16_t io_min;
	uint32_t io_best;
	uint8_t writeback, unused;
	uint16_t queues;
	uint32_t discard_sectors, discard_segments, discard_alignment;
	uint32_t zeroes_sectors, zeroes_segments;
	uint8_t zeroes_may_unmap, unused2[3];
};

_Static_assert(sizeof(struct blk_config) == 64, "its last bytes are padding, 5.2.4");
_Static_assert(sizeof(struct blk_config) <= VIRTIO_CONFIG_MAX, "it has room");

static struct virtio_blk *of(struct virtio_pci *v)
{
	return (struct virtio_blk *)v;
}

bool virtio_blk_dirty(const struct virtio_blk *blk, uint64_t block)
{
	return blk->dirty && block < (blk->bytes + VIRTIO_BLK_BLOCK - 1) / VIRTIO_BLK_BLOCK &&
	       (blk->dirty[block / 8] >> block % 8 & 1);
}

/* There are never more of them than a driver can have given: the queues' sizes bound them. */
static void complete(struct virtio_blk *blk, unsigned queue, struct virtqueue_chain *chain)
{
	struct virtio_blk_pending *p;

	if (!blk->latency) {
		virtqueue_put(chain->queue, chain->head, chain->written);
		return;
	}
	p = &blk->pending[(blk->head + blk->count++) % VIRTIO_BLK_PENDING];
	p->due = blk->pci.function.now + blk->latency;
	p->written = chain->written;
	p->head = chain->head;
	p->queue = (uint8_t)queue;
}

static void serve(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	if (blk_serve(of(v), chain))
		complete(of(v), queue, chain);
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	virtio_drain(v, queue, BUDGET, serve);
}

static void run(struct virtio_pci *v)
{
	struct virtio_blk *blk = of(v);
	unsigned touched = 0;

	for (; blk->count && blk->pending[blk->head].due <= v->function.now; blk->count--) {
		struct virtio_blk_pending *p = &blk->pending[blk->head];

		if (virtqueue_put(&v->queue[p->queue], p->head, p->written))
			touched |= 1u << p->queue;
		blk->head = (blk->head + 1) % VIRTIO_BLK_PENDING;
	}
	for (unsigned i = 0; touched >> i; i++)
		if (touched >> i & 1)
			virtio_done(v, i);
}

static uint64_t due(const struct virtio_pci *v)
{
	const struct virtio_blk *blk = (const struct virtio_blk *)v;

	return blk->count ? blk->pending[blk->head].due : CLOCK_NEVER;
}

/* What is left moves together, so that a driver that resets queues fills nothing. */
static void queue_reset(struct virtio_pci *v, unsigned queue)
{
	struct virtio_blk *blk = of(v);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < blk->count; i++) {
		struct virtio_blk_pending *p = &blk->pending[(blk->head + i) % VIRTIO_BLK_PENDING];

		if (p->queue != queue)
			blk->pending[(blk->head + kept++) % VIRTIO_BLK_PENDING] = *p;
	}
	blk->count = kept;
}

static void reset(struct virtio_pci *v)
{
	of(v)->head = of(v)->count = 0;
}

static const struct virtio_ops ops = {
	.kick = kick,
	.run = run,
	.due = due,
	.queue_reset = queue_reset,
	.reset = reset,
};

static const struct virtio_type type = {
	.device = VIRTIO_BLK,
	.class_code = 0x018000,
	.features = VIRTIO_BIT(F_SIZE_MAX) | VIRTIO_BIT(F_SEG_MAX) | VIRTIO_BIT(F_RO) |
		    VIRTIO_BIT(F_BLK_SIZE) | VIRTIO_BIT(F_FLUSH) | VIRTIO_BIT(F_TOPOLOGY) |
		    VIRTIO_BIT(F_MQ) | VIRTIO_BIT(F_DISCARD) | VIRTIO_BIT(F_WRITE_ZEROES),
	.config_bytes = sizeof(struct blk_config),
	.ops = &ops,
};

static void describe(struct virtio_blk *blk, unsigned queues)
{
	const struct blk_config c = {
		.capacity = blk->bytes / BLK_SECTOR,
		.size_max = BLK_SEGMENT_BYTES,
		.seg_max = BLK_SEGMENTS,
		.blk_size = BLK_SECTOR,
		.physical_exponent = 3, /* 4 KiB: what the bitmap counts */
		.io_min = VIRTIO_BLK_BLOCK / BLK_SECTOR,
		.io_best = BLK_REQUEST_BYTES / BLK_SECTOR,
		.queues = (uint16_t)queues,
		.discard_sectors = BLK_REQUEST_BYTES / BLK_SECTOR,
		.discard_segments = 1,
		.discard_alignment = VIRTIO_BLK_BLOCK / BLK_SECTOR,
		.zeroes_sectors = BLK_REQUEST_BYTES / BLK_SECTOR,
		.zeroes_segments = 1,
	};

	memcpy(blk->pci.config, &c, sizeof(c));
}

void virtio_blk_init(struct virtio_blk *blk, const struct virtio_blk_config *config)
{
	struct virtio_pci_config pci = config->pci;
	unsigned queues = config->queues ? config->queues : 1;

	blk->disk = config->disk;
	blk->bytes = config->bytes;
	blk->dirty = config->dirty;
	blk->read_only = config->read_only || !config->dirty;
	blk->latency = config->latency;
	memcpy(blk->serial, config->serial, sizeof(blk->serial));
	pci.without |= VIRTIO_BIT(blk->read_only ? F_DISCARD : F_RO);
	pci.without |= blk->read_only ? VIRTIO_BIT(F_WRITE_ZEROES) : 0;
	describe(blk, queues);
	virtio_pci_init(&blk->pci, &type, queues, &pci);
}

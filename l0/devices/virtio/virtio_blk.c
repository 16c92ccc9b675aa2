// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_blk.h"

#include <stddef.h>

#include "devices/virtio/virtio.h"
#include "lib/string.h"
#include "platform/clock.h"

#define BUDGET         16 /* requests in one call */
#define SECTOR         512u
#define SEGMENTS       62
#define SEGMENT_BYTES  65536u
#define REQUEST_BYTES  (SEGMENTS * SEGMENT_BYTES) /* more than that is an error: work is bounded */
#define ZEROES_AT_ONCE (REQUEST_BYTES / SECTOR)

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

/* 5.2.6: what each request begins with, and what it ends with. */
struct blk_header {
	uint32_t type, reserved;
	uint64_t sector;
};

struct blk_range {
	uint64_t sector;
	uint32_t sectors, flags;
};

enum {
	REQUEST_IN = 0,
	REQUEST_OUT = 1,
	REQUEST_FLUSH = 4,
	REQUEST_ID = 8,
	REQUEST_DISCARD = 11,
	REQUEST_ZEROES = 13,
	REQUESTS
};
enum { STATUS_OK, STATUS_IOERR, STATUS_UNSUPPORTED };

static struct virtio_blk *of(struct virtio_pci *v)
{
	return (struct virtio_blk *)v;
}

bool virtio_blk_dirty(const struct virtio_blk *blk, uint64_t block)
{
	return blk->dirty && block < (blk->bytes + VIRTIO_BLK_BLOCK - 1) / VIRTIO_BLK_BLOCK &&
	       (blk->dirty[block / 8] >> block % 8 & 1);
}

static void mark(struct virtio_blk *blk, uint64_t offset, uint64_t bytes)
{
	if (!bytes)
		return;
	for (uint64_t b = offset / VIRTIO_BLK_BLOCK; b <= (offset + bytes - 1) / VIRTIO_BLK_BLOCK;
	     b++)
		blk->dirty[b / 8] |= (uint8_t)(1u << b % 8);
}

/* Whole sectors that are on the disk, and not more than a request may have. */
static bool on_disk(const struct virtio_blk *blk, uint64_t sector, uint64_t bytes)
{
	uint64_t sectors = blk->bytes / SECTOR;

	return bytes % SECTOR == 0 && bytes <= REQUEST_BYTES && sector <= sectors &&
	       bytes / SECTOR <= sectors - sector;
}

/* The last byte that the device may write is the status. */
static uint8_t request_in(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	uint32_t bytes = chain->write.left - 1;

	if (!on_disk(blk, sector, bytes))
		return STATUS_IOERR;
	blk->counters.reads++;
	blk->counters.read_bytes += bytes;
	return virtqueue_write(chain, blk->disk + sector * SECTOR, bytes) ? STATUS_OK
									  : STATUS_IOERR;
}

static uint8_t request_out(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	uint32_t bytes = chain->read.left;

	if (blk->read_only || !on_disk(blk, sector, bytes))
		return STATUS_IOERR;
	blk->counters.writes++;
	blk->counters.written_bytes += bytes;
	mark(blk, sector * SECTOR, bytes);
	return virtqueue_read(chain, blk->disk + sector * SECTOR, bytes) ? STATUS_OK : STATUS_IOERR;
}

/* What was written is where it stays. */
static uint8_t request_flush(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	(void)chain;
	(void)sector;
	blk->counters.others++;
	return STATUS_OK;
}

static uint8_t request_id(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	uint32_t bytes = chain->write.left - 1;

	(void)sector;
	blk->counters.others++;
	if (bytes > VIRTIO_BLK_ID_BYTES)
		bytes = VIRTIO_BLK_ID_BYTES;
	return virtqueue_write(chain, blk->serial, bytes) ? STATUS_OK : STATUS_IOERR;
}

/* One range, 5.2.6.2; discard may leave what it will, and leaves it. Flags: unmap, for zeroes. */
static uint8_t range(struct virtio_blk *blk, struct virtqueue_chain *chain, bool zeroes)
{
	struct blk_range r;
	uint64_t bytes;

	if (blk->read_only || chain->read.left != sizeof(r) ||
	    !virtqueue_read(chain, &r, sizeof(r)))
		return STATUS_IOERR;
	bytes = (uint64_t)r.sectors * SECTOR;
	if (r.flags & ~(zeroes ? 1u : 0u))
		return STATUS_UNSUPPORTED;
	if (!on_disk(blk, r.sector, bytes))
		return STATUS_IOERR;
	blk->counters.others++;
	if (zeroes) {
		memset(blk->disk + r.sector * SECTOR, 0, bytes);
		mark(blk, r.sector * SECTOR, bytes);
	}
	return STATUS_OK;
}

static uint8_t request_discard(struct virtio_blk *blk, struct virtqueue_chain *chain,
			       uint64_t sector)
{
	(void)sector;
	return range(blk, chain, false);
}

static uint8_t request_zeroes(struct virtio_blk *blk, struct virtqueue_chain *chain,
			      uint64_t sector)
{
	(void)sector;
	return range(blk, chain, true);
}

typedef uint8_t request(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector);

static request *const requests[REQUESTS] = {
	[REQUEST_IN] = request_in,           [REQUEST_OUT] = request_out,
	[REQUEST_FLUSH] = request_flush,     [REQUEST_ID] = request_id,
	[REQUEST_DISCARD] = request_discard, [REQUEST_ZEROES] = request_zeroes,
};

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

/* The status is the last writable byte, whatever of those before it was not written. */
static void finish(struct virtio_blk *blk, struct virtqueue_chain *chain, uint8_t status)
{
	uint32_t last = chain->write.left - 1;

	if (status != STATUS_OK)
		blk->counters.errors++;
	if (last == 0)
		virtqueue_write(chain, &status, 1);
	else if (!pci_dma_write(&blk->pci.function, virtqueue_place(chain, last), &status, 1))
		virtqueue_break(chain->queue);
}

static void serve(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	struct virtio_blk *blk = of(v);
	struct blk_header header;
	uint8_t status = STATUS_UNSUPPORTED;

	/* Without a place for the status there is nothing that could be answered. */
	if (!chain->write.left || !virtqueue_read(chain, &header, sizeof(header))) {
		virtqueue_break(chain->queue);
		return;
	}
	if (header.type < REQUESTS && requests[header.type])
		status = requests[header.type](blk, chain, header.sector);
	finish(blk, chain, status);
	complete(blk, queue, chain);
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
		.capacity = blk->bytes / SECTOR,
		.size_max = SEGMENT_BYTES,
		.seg_max = SEGMENTS,
		.blk_size = SECTOR,
		.physical_exponent = 3, /* 4 KiB: what the bitmap counts */
		.io_min = VIRTIO_BLK_BLOCK / SECTOR,
		.io_best = REQUEST_BYTES / SECTOR,
		.queues = (uint16_t)queues,
		.discard_sectors = ZEROES_AT_ONCE,
		.discard_segments = 1,
		.discard_alignment = VIRTIO_BLK_BLOCK / SECTOR,
		.zeroes_sectors = ZEROES_AT_ONCE,
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

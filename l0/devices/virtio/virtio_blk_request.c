// SPDX-License-Identifier: Apache-2.0
/* One request, from its header to its status: virtio 1.2, 5.2.6. */
#include "devices/virtio/virtio_blk_internal.h"
#include "lib/string.h"

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
	uint64_t sectors = blk->bytes / BLK_SECTOR;

	return bytes % BLK_SECTOR == 0 && bytes <= BLK_REQUEST_BYTES && sector <= sectors &&
	       bytes / BLK_SECTOR <= sectors - sector;
}

/* The last byte that the device may write is the status. */
static uint8_t request_in(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	uint32_t bytes = chain->write.left - 1;

	if (!on_disk(blk, sector, bytes))
		return STATUS_IOERR;
	blk->counters.reads++;
	blk->counters.read_bytes += bytes;
	return virtqueue_write(chain, blk->disk + sector * BLK_SECTOR, bytes) ? STATUS_OK
									      : STATUS_IOERR;
}

static uint8_t request_out(struct virtio_blk *blk, struct virtqueue_chain *chain, uint64_t sector)
{
	uint32_t bytes = chain->read.left;

	if (blk->read_only || !on_disk(blk, sector, bytes))
		return STATUS_IOERR;
	blk->counters.writes++;
	blk->counters.written_bytes += bytes;
	mark(blk, sector * BLK_SECTOR, bytes);
	return virtqueue_read(chain, blk->disk + sector * BLK_SECTOR, bytes) ? STATUS_OK
									     : STATUS_IOERR;
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
	bytes = (uint64_t)r.sectors * BLK_SECTOR;
	if (r.flags & ~(zeroes ? 1u : 0u))
		return STATUS_UNSUPPORTED;
	if (!on_disk(blk, r.sector, bytes))
		return STATUS_IOERR;
	blk->counters.others++;
	if (zeroes) {
		memset(blk->disk + r.sector * BLK_SECTOR, 0, bytes);
		mark(blk, r.sector * BLK_SECTOR, bytes);
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

bool blk_serve(struct virtio_blk *blk, struct virtqueue_chain *chain)
{
	struct blk_header header;
	uint8_t status = STATUS_UNSUPPORTED;

	/* Without a place for the status there is nothing that could be answered. */
	if (!chain->write.left || !virtqueue_read(chain, &header, sizeof(header)))
		return virtqueue_break(chain->queue);
	if (header.type < REQUESTS && requests[header.type])
		status = requests[header.type](blk, chain, header.sector);
	finish(blk, chain, status);
	return true;
}

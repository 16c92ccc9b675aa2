// SPDX-License-Identifier: Apache-2.0
#include "devices/machine/devices.h"
#include "measure/channel.h"

static uint32_t block_size(const struct virtio_blk *disk, uint64_t at)
{
	uint64_t left = disk->bytes - at;

	return left < VIRTIO_BLK_BLOCK ? (uint32_t)left : VIRTIO_BLK_BLOCK;
}

static void report_disk(const struct virtio_blk *disk, unsigned machine)
{
	uint64_t changed = 0;

	for (uint64_t at = 0; at < disk->bytes; at += VIRTIO_BLK_BLOCK) {
		if (!virtio_blk_dirty(disk, at / VIRTIO_BLK_BLOCK))
			continue;
		channel_disk_block(machine, at, disk->disk + at, block_size(disk, at));
		changed++;
	}
	channel_disk_end(machine, changed, disk->bytes);
}

void devices_report(struct devices *d)
{
	if (d->console.pci.function.platform)
		channel_guest_finish(d->line);
	if (d->net.present)
		devices_net_report(&d->net, d->machine);
	if (d->disk_returns)
		report_disk(&d->disk, d->machine);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the block device alone; all under the function's lock. */
#ifndef DEVICES_VIRTIO_VIRTIO_BLK_INTERNAL_H
#define DEVICES_VIRTIO_VIRTIO_BLK_INTERNAL_H

#include "devices/virtio/virtio_blk.h"

#define BLK_SECTOR        512u
#define BLK_SEGMENTS      62u
#define BLK_SEGMENT_BYTES 65536u
/* More than that is an error, so that the work for a request is bounded. */
#define BLK_REQUEST_BYTES (BLK_SEGMENTS * BLK_SEGMENT_BYTES)

/*
 * Does what the chain asks for, its status included. False: it is no request at all, and the device
 * is broken now.
 */
bool blk_serve(struct virtio_blk *blk, struct virtqueue_chain *chain);

#endif

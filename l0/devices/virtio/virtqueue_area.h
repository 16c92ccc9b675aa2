/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of virtqueue alone. */
#ifndef DEVICES_VIRTIO_VIRTQUEUE_AREA_H
#define DEVICES_VIRTIO_VIRTQUEUE_AREA_H

#include <stddef.h>

#include "devices/virtio/virtqueue.h"

#define DESCRIPTOR_BYTES 16

/* The slow way of area_at(). */
void *virtqueue_reach(struct virtqueue *q, struct virtqueue_area *a, uint32_t offset, uint32_t size,
		      bool write);

/*
 * Bytes [@offset, @offset + @size) of a ring, which has so many and is aligned so that they lie in
 * one page. NULL: they are out of reach, and the device is broken now.
 */
static inline void *area_at(struct virtqueue *q, struct virtqueue_area *a, uint32_t offset,
			    uint32_t size, bool write)
{
	if (a->epoch == q->common->epoch && offset >= a->from && offset + size <= a->to)
		return a->host + (offset - a->from);
	return virtqueue_reach(q, a, offset, size, write);
}

/* The chain that begins at descriptor @head. False: it is none that a driver may make. */
bool virtqueue_walk(struct virtqueue *q, struct virtqueue_chain *chain, uint16_t head);

#endif

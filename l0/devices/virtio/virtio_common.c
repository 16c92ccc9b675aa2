// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_internal.h"

#define COMMON_BYTES 0x3c

static uint32_t get_device_select(const struct virtio_pci *v)
{
	return v->device_select;
}

static void set_device_select(struct virtio_pci *v, uint32_t value)
{
	v->device_select = value;
}

static uint32_t get_driver_select(const struct virtio_pci *v)
{
	return v->driver_select;
}

static void set_driver_select(struct virtio_pci *v, uint32_t value)
{
	v->driver_select = value;
}

/* Features from 64 on do not exist. */
static uint32_t half(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

static uint32_t get_device_features(const struct virtio_pci *v)
{
	return half(v->offered, v->device_select);
}

static uint32_t get_driver_features(const struct virtio_pci *v)
{
	return half(v->accepted, v->driver_select);
}

/* They stand from FEATURES_OK on. */
static void set_driver_features(struct virtio_pci *v, uint32_t value)
{
	unsigned shift = 32 * (v->driver_select & 1);

	if (v->driver_select > 1 || (v->status & VIRTIO_FEATURES_OK))
		return;
	v->accepted = (v->accepted & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
}

/* 4.1.5.1.2: what does not exist is not assigned, and reads so. */
static uint16_t vector(const struct virtio_pci *v, uint32_t value)
{
	return value < v->function.msix.vectors ? (uint16_t)value : VIRTIO_NO_VECTOR;
}

static uint32_t get_config_vector(const struct virtio_pci *v)
{
	return v->config_vector;
}

static void set_config_vector(struct virtio_pci *v, uint32_t value)
{
	v->config_vector = vector(v, value);
}

static uint32_t get_queues(const struct virtio_pci *v)
{
	return v->queues;
}

static uint32_t get_status(const struct virtio_pci *v)
{
	return v->status;
}

static void set_status(struct virtio_pci *v, uint32_t value)
{
	virtio_set_status(v, (uint8_t)value);
}

static uint32_t get_generation(const struct virtio_pci *v)
{
	return v->generation;
}

static uint32_t get_queue_select(const struct virtio_pci *v)
{
	return v->queue_select;
}

static void set_queue_select(struct virtio_pci *v, uint32_t value)
{
	v->queue_select = (uint16_t)value;
}

static void none(struct virtio_pci *v, uint32_t value)
{
	(void)v;
	(void)value;
}

static void queue_none(struct virtio_pci *v, struct virtqueue *q, uint32_t value)
{
	(void)v;
	(void)q;
	(void)value;
}

static uint32_t get_size(const struct virtio_pci *v, const struct virtqueue *q)
{
	(void)v;
	return q->size;
}

static void set_size(struct virtio_pci *v, struct virtqueue *q, uint32_t value)
{
	(void)v;
	if (value && value <= q->limit && !(value & (value - 1)) && !q->enabled)
		q->size = (uint16_t)value;
}

static uint32_t get_vector(const struct virtio_pci *v, const struct virtqueue *q)
{
	(void)v;
	return q->vector;
}

static void set_vector(struct virtio_pci *v, struct virtqueue *q, uint32_t value)
{
	q->vector = vector(v, value);
}

static uint32_t get_enable(const struct virtio_pci *v, const struct virtqueue *q)
{
	(void)v;
	return q->enabled;
}

/* A driver may not write 0, 4.1.4.3.2, and enables nothing before the features stand. */
static void set_enable(struct virtio_pci *v, struct virtqueue *q, uint32_t value)
{
	if (value == 1 && !q->enabled && (v->status & VIRTIO_FEATURES_OK))
		virtqueue_enable(q);
}

static uint32_t get_notify_offset(const struct virtio_pci *v, const struct virtqueue *q)
{
	return (uint32_t)(q - v->queue);
}

/* It is done at once: a driver that waits for it to read 0 never waits. */
static uint32_t get_reset(const struct virtio_pci *v, const struct virtqueue *q)
{
	(void)v;
	(void)q;
	return 0;
}

static void set_reset(struct virtio_pci *v, struct virtqueue *q, uint32_t value)
{
	unsigned queue = (unsigned)(q - v->queue);

	if (value != 1 || !virtio_has(v, VIRTIO_F_RING_RESET))
		return;
	virtqueue_reset(q, &v->common, q->limit);
	v->again &= ~(1u << queue);
	if (v->type->ops->queue_reset)
		v->type->ops->queue_reset(v, queue);
}

/* An address of 64 bits in two registers; it stands while the queue is enabled. */
#define ADDRESS(area)                                                                              \
	static uint32_t get_##area##_low(const struct virtio_pci *v, const struct virtqueue *q)    \
	{                                                                                          \
		(void)v;                                                                           \
		return (uint32_t)q->area.address;                                                  \
	}                                                                                          \
	static uint32_t get_##area##_high(const struct virtio_pci *v, const struct virtqueue *q)   \
	{                                                                                          \
		(void)v;                                                                           \
		return (uint32_t)(q->area.address >> 32);                                          \
	}                                                                                          \
	static void set_##area##_low(struct virtio_pci *v, struct virtqueue *q, uint32_t value)    \
	{                                                                                          \
		(void)v;                                                                           \
		if (!q->enabled)                                                                   \
			q->area.address = (q->area.address & ~0xffffffffull) | value;              \
	}                                                                                          \
	static void set_##area##_high(struct virtio_pci *v, struct virtqueue *q, uint32_t value)   \
	{                                                                                          \
		(void)v;                                                                           \
		if (!q->enabled)                                                                   \
			q->area.address = (uint32_t)q->area.address | (uint64_t)value << 32;       \
	}
ADDRESS(descriptors)
ADDRESS(driver)
ADDRESS(device)

static const struct common_register {
	uint8_t bytes;
	uint32_t (*get)(const struct virtio_pci *v);
	void (*set)(struct virtio_pci *v, uint32_t value);
	uint32_t (*queue_get)(const struct virtio_pci *v, const struct virtqueue *q);
	void (*queue_set)(struct virtio_pci *v, struct virtqueue *q, uint32_t value);
} registers[COMMON_BYTES] = {
#define COMMON(offset, size, reader, writer)                                                       \
	[offset] = {.bytes = size, .get = reader, .set = writer},
#define QUEUE(offset, size, reader, writer)                                                        \
	[offset] = {.bytes = size, .queue_get = reader, .queue_set = writer},
#include "devices/virtio/virtio_common.def"
};

static const struct common_register *find(uint32_t offset, unsigned size)
{
	if (offset >= COMMON_BYTES || registers[offset].bytes != size)
		return NULL;
	return &registers[offset];
}

static uint32_t read_one(const struct virtio_pci *v, uint32_t offset, unsigned size)
{
	const struct common_register *r = find(offset, size);

	if (!r)
		return 0;
	if (r->get)
		return r->get(v);
	/* 4.1.4.3.1: a queue that is not there has size 0. */
	return v->queue_select < v->queues ? r->queue_get(v, &v->queue[v->queue_select]) : 0;
}

static void write_one(struct virtio_pci *v, uint32_t offset, unsigned size, uint32_t value)
{
	const struct common_register *r = find(offset, size);

	if (!r)
		return;
	if (r->set)
		r->set(v, value);
	else if (v->queue_select < v->queues)
		r->queue_set(v, &v->queue[v->queue_select], value);
}

uint64_t virtio_common_read(struct virtio_pci *v, uint32_t offset, unsigned size)
{
	if (size == 8)
		return read_one(v, offset, 4) | (uint64_t)read_one(v, offset + 4, 4) << 32;
	return read_one(v, offset, size);
}

void virtio_common_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	if (size == 8) {
		write_one(v, offset, 4, (uint32_t)value);
		write_one(v, offset + 4, 4, (uint32_t)(value >> 32));
		return;
	}
	write_one(v, offset, size, (uint32_t)(value & ((1ull << 8 * size) - 1)));
}

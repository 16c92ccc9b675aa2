// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtqueue.h"

#include "devices/virtio/virtqueue_area.h"
#include "lib/string.h"

/* The rings' layout: virtio 1.2, 2.7.6 and 2.7.8. */
#define RING_FLAGS 0u
#define RING_INDEX 2u
#define RING_START 4u

#define DRIVER_ENTRY 2u
#define DEVICE_ENTRY 8u

#define FLAG_QUIET 1 /* no interrupts, or no kicks */

static uint32_t slot(const struct virtqueue *q, uint16_t index)
{
	return index & (q->size - 1u);
}

void virtqueue_reset(struct virtqueue *q, struct virtqueue_common *common, uint16_t limit)
{
	memset(q, 0, sizeof(*q));
	q->common = common;
	q->limit = q->size = limit;
	q->vector = 0xffff;
}

/* Both event fields lie behind the rings; room for them is required whether they are used or not.
 */
static void lay_out(struct virtqueue *q)
{
	q->descriptors.bytes = DESCRIPTOR_BYTES * q->size;
	q->driver.bytes = RING_START + DRIVER_ENTRY * (q->size + 1u);
	q->device.bytes = RING_START + DEVICE_ENTRY * q->size + 2u;
}

static bool area_fits(const struct virtqueue_area *a, unsigned alignment)
{
	return !(a->address & (alignment - 1)) && a->address <= UINT64_MAX - a->bytes;
}

void virtqueue_enable(struct virtqueue *q)
{
	lay_out(q);
	if (area_fits(&q->descriptors, 16) && area_fits(&q->driver, 2) && area_fits(&q->device, 4))
		q->enabled = true;
	else
		virtqueue_break(q);
}

bool virtqueue_break(struct virtqueue *q)
{
	q->common->broken = true;
	return false;
}

/*
 * What the driver has made available and not got back are at most as many chains as the ring has
 * entries: an index that runs ahead or back gives more.
 */
static bool look(struct virtqueue *q)
{
	const uint16_t *index = area_at(q, &q->driver, RING_INDEX, 2, false);

	if (!index)
		return false;
	q->seen = __atomic_load_n(index, __ATOMIC_ACQUIRE);
	if ((uint16_t)(q->seen - q->used) > q->size ||
	    (uint16_t)(q->seen - q->used) < (uint16_t)(q->taken - q->used))
		return virtqueue_break(q);
	return q->seen != q->taken;
}

bool virtqueue_poll(struct virtqueue *q)
{
	if (!q->enabled || q->common->broken)
		return false;
	return q->seen != q->taken || look(q);
}

bool virtqueue_take(struct virtqueue *q, struct virtqueue_chain *chain)
{
	const uint16_t *entry;

	if (!virtqueue_poll(q))
		return false;
	entry = area_at(q, &q->driver, RING_START + DRIVER_ENTRY * slot(q, q->taken), 2, false);
	if (!entry)
		return false;
	if (!virtqueue_walk(q, chain, __atomic_load_n(entry, __ATOMIC_RELAXED)))
		return virtqueue_break(q);
	q->taken++;
	return true;
}

void virtqueue_rewind(struct virtqueue *q, uint16_t taken, uint16_t put)
{
	q->taken = (uint16_t)(q->taken - taken);
	q->used = (uint16_t)(q->used - put);
}

/* An entry is two words that may lie in two pages. */
static bool store(struct virtqueue *q, uint32_t offset, uint32_t value)
{
	uint32_t *word = area_at(q, &q->device, offset, sizeof(*word), true);

	if (word)
		__atomic_store_n(word, value, __ATOMIC_RELAXED);
	return word;
}

bool virtqueue_put(struct virtqueue *q, uint16_t head, uint32_t written)
{
	uint32_t entry = RING_START + DEVICE_ENTRY * slot(q, q->used);

	if (q->common->broken || !store(q, entry, head) || !store(q, entry + 4, written))
		return false;
	q->used++;
	return true;
}

/* 2.7.10: does an index that moves from @before to @after pass @event? */
static bool passes(uint16_t event, uint16_t before, uint16_t after)
{
	return (uint16_t)(after - event - 1) < (uint16_t)(after - before);
}

static bool wants_interrupt(struct virtqueue *q, uint16_t before)
{
	bool events = q->common->event_index;
	uint32_t at = events ? RING_START + DRIVER_ENTRY * q->size : RING_FLAGS;
	const uint16_t *word = area_at(q, &q->driver, at, 2, false);
	uint16_t value;

	if (!word)
		return false;
	value = __atomic_load_n(word, __ATOMIC_RELAXED);
	return events ? passes(value, before, q->published) : !(value & FLAG_QUIET);
}

bool virtqueue_publish(struct virtqueue *q)
{
	struct virtqueue_common *common = q->common;
	uint16_t before = q->published;
	uint16_t *index;

	if (q->used == before || common->broken)
		return false;
	index = area_at(q, &q->device, RING_INDEX, 2, true);
	if (!index)
		return false;
	__atomic_store_n(&common->answered, common->answered + (uint16_t)(q->used - before),
			 __ATOMIC_RELAXED);
	q->published = q->used;
	__atomic_store_n(index, q->used, __ATOMIC_RELEASE);
	/* The driver writes what it wants, then looks at the index: we the other way round. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return wants_interrupt(q, before);
}

/* Kicks, by the flag; written only when it changes. */
static bool rest_by_flag(struct virtqueue *q)
{
	uint16_t *flags;

	if (q->quiet == q->common->polled)
		return true;
	flags = area_at(q, &q->device, RING_FLAGS, 2, true);
	if (!flags)
		return false;
	q->quiet = q->common->polled;
	__atomic_store_n(flags, q->quiet ? FLAG_QUIET : 0, __ATOMIC_RELAXED);
	return true;
}

/* Kicks, by the index at which one is wanted: the next one, or one that has just gone by. */
static bool rest_by_event(struct virtqueue *q)
{
	uint16_t *event = area_at(q, &q->device, RING_START + DEVICE_ENTRY * q->size, 2, true);

	if (!event)
		return false;
	__atomic_store_n(event, (uint16_t)(q->taken - q->common->polled), __ATOMIC_RELAXED);
	return true;
}

bool virtqueue_rest(struct virtqueue *q)
{
	if (!q->enabled || q->common->broken)
		return false;
	if (!(q->common->event_index ? rest_by_event(q) : rest_by_flag(q)))
		return false;
	if (q->common->polled)
		return false;
	/* The driver adds a buffer, then looks whether a kick is wanted: we the other way round. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return virtqueue_poll(q);
}

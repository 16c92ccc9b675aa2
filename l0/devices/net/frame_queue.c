// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "devices/net/frame_queue.h"

_Static_assert(sizeof(struct frame) == FRAME_QUEUE_ALIGN, "a skipped end has room for a frame");

bool frame_queue_init(struct frame_queue *q, void *memory, uint64_t size)
{
	if (size < FRAME_QUEUE_MIN || (size & (size - 1)) ||
	    (uintptr_t)memory % FRAME_QUEUE_ALIGN != 0)
		return false;
	*q = (struct frame_queue){.memory = memory, .size = size};
	return true;
}

static struct frame *frame_at(const struct frame_queue *q, uint64_t place)
{
	return (struct frame *)(void *)(q->memory + (place & (q->size - 1)));
}

static uint64_t record_size(uint32_t size)
{
	return (sizeof(struct frame) + size + FRAME_QUEUE_ALIGN - 1) &
	       ~(uint64_t)(FRAME_QUEUE_ALIGN - 1);
}

struct frame *frame_queue_reserve(struct frame_queue *q, uint32_t size)
{
	uint64_t need = record_size(size), end = q->size - (q->tail & (q->size - 1));
	uint64_t skip = need > end ? end : 0;
	uint64_t head = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
	struct frame *frame;

	if (q->tail + skip + need - head > q->size)
		return NULL;
	if (skip)
		frame_at(q, q->tail)->bytes = NULL;
	q->reserved = q->tail + skip + need;
	frame = frame_at(q, q->tail + skip);
	frame->bytes = frame_queue_bytes(frame);
	frame->size = size;
	return frame;
}

/*
 * Tail then head here, head then tail with who takes, all in one order: either he sees this frame,
 * or we see that he has taken all others.
 */
bool frame_queue_commit(struct frame_queue *q)
{
	uint64_t before = q->tail;

	__atomic_store_n(&q->tail, q->reserved, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&q->head, __ATOMIC_SEQ_CST) == before;
}

/* Where the first frame is; false: there is none. */
static bool first_place(const struct frame_queue *q, uint64_t *place)
{
	*place = q->head;
	if (__atomic_load_n(&q->tail, __ATOMIC_SEQ_CST) == *place)
		return false;
	if (!frame_at(q, *place)->bytes)
		*place = (*place | (q->size - 1)) + 1;
	return true;
}

const struct frame *frame_queue_first(const struct frame_queue *q)
{
	uint64_t place;

	return first_place(q, &place) ? frame_at(q, place) : NULL;
}

void frame_queue_taken(struct frame_queue *q)
{
	uint64_t place;

	if (first_place(q, &place))
		__atomic_store_n(&q->head, place + record_size(frame_at(q, place)->size),
				 __ATOMIC_SEQ_CST);
}

void frame_queue_clear(struct frame_queue *q)
{
	__atomic_store_n(&q->head, __atomic_load_n(&q->tail, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
}

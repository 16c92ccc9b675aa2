/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames in line: a ring of bytes in memory that is given. One may write at a time and one take,
 * on two CPUs, and neither waits for the other.
 *
 *     memory:  │ frame, bytes │ frame, bytes │      free       │ frame, bytes │ (skip)│
 *                             tail ▲                           ▲ head
 *
 * A frame and its bytes lie in one piece: where they would reach over the end they go to the
 * beginning, and what is skipped has a frame without bytes.
 */
#ifndef DEVICES_NET_FRAME_QUEUE_H
#define DEVICES_NET_FRAME_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/frame.h"

#define FRAME_QUEUE_MIN   4096
#define FRAME_QUEUE_ALIGN 32
/* Any frame fits into an empty queue of this size, wherever its head stands. */
#define FRAME_QUEUE_LARGE (256 * 1024)

struct frame_queue {
	uint8_t *memory;
	uint64_t size;
	/* Bytes since the beginning of time; each has one writer. */
	uint64_t tail __attribute__((aligned(64)));
	uint64_t reserved; /* what tail is to become */
	uint64_t head __attribute__((aligned(64)));
};

/* @size: a power of two from FRAME_QUEUE_MIN on; @memory at a multiple of FRAME_QUEUE_ALIGN. */
bool frame_queue_init(struct frame_queue *q, void *memory, uint64_t size);

/*
 * Room for a frame of @size bytes (at most FRAME_MAX), to be filled at frame_queue_bytes(); NULL:
 * there is none. Nobody sees it before frame_queue_commit().
 */
struct frame *frame_queue_reserve(struct frame_queue *q, uint32_t size);

static inline uint8_t *frame_queue_bytes(struct frame *frame)
{
	return (uint8_t *)(frame + 1);
}

/* True if who takes may not know that there is something: it had taken all before. */
bool frame_queue_commit(struct frame_queue *q);

/* The first frame, valid until it is taken; NULL: none. */
const struct frame *frame_queue_first(const struct frame_queue *q);
void frame_queue_taken(struct frame_queue *q);

/* Takes all. */
void frame_queue_clear(struct frame_queue *q);

#endif

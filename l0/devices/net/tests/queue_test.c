// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/frame_queue.h"
#include "packets.h"
#include "suites.h"

static uint8_t memory[FRAME_QUEUE_LARGE] __attribute__((aligned(64)));
static struct frame_queue q;

START_TEST(what_is_a_queue)
{
	ck_assert(!frame_queue_init(&q, memory, 2048));
	ck_assert(!frame_queue_init(&q, memory, 5000));
	ck_assert(!frame_queue_init(&q, memory + 8, 4096));
	ck_assert(frame_queue_init(&q, memory, 4096));
	ck_assert_ptr_null(frame_queue_first(&q));
}
END_TEST

/* Frames of random sizes in and out, beside a plain list; each says its number in all its bytes. */
static void in_and_out(uint64_t size, uint32_t largest)
{
	static uint32_t list[100000];
	unsigned in = 0, out = 0, full = 0;

	ck_assert(frame_queue_init(&q, memory, size));
	while (in < 100000) {
		uint32_t bytes = 1 + draw_below(largest);
		struct frame *f;
		const struct frame *first;

		if (draw_below(2) && (f = frame_queue_reserve(&q, bytes)) != NULL) {
			memset(frame_queue_bytes(f), (uint8_t)in, bytes);
			list[in++] = bytes;
			ensure(frame_queue_commit(&q) == (in - out == 1));
			continue;
		}
		full += in - out > 1;
		first = frame_queue_first(&q);
		ensure((first != NULL) == (in != out));
		if (!first)
			continue;
		ensure(first->size == list[out]);
		ensure(first->bytes[0] == (uint8_t)out);
		ensure(first->bytes[first->size - 1] == (uint8_t)out);
		frame_queue_taken(&q);
		out++;
	}
	ck_assert_uint_gt(full, 0);
}

START_TEST(small_frames)
{
	in_and_out(4096, 200);
}
END_TEST

START_TEST(large_frames)
{
	in_and_out(FRAME_QUEUE_LARGE, FRAME_MAX);
}
END_TEST

/* Wherever the head of the empty queue stands, the largest frame has room. */
START_TEST(room_for_the_largest)
{
	ck_assert(frame_queue_init(&q, memory, FRAME_QUEUE_LARGE));
	for (unsigned i = 0; i < 20000; i++) {
		struct frame *f = frame_queue_reserve(&q, i % 2 ? 1 + draw_below(3000) : FRAME_MAX);

		ensure(f != NULL);
		frame_queue_commit(&q);
		frame_queue_taken(&q);
		ensure(frame_queue_first(&q) == NULL);
	}
}
END_TEST

START_TEST(cleared_at_any_place)
{
	ck_assert(frame_queue_init(&q, memory, 4096));
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned n = draw_below(4);
		     n-- && frame_queue_reserve(&q, 1 + draw_below(900));)
			frame_queue_commit(&q);
		frame_queue_clear(&q);
		ensure(frame_queue_first(&q) == NULL);
		frame_queue_taken(&q); /* nothing: nothing happens */
		ensure(frame_queue_reserve(&q, 500) != NULL);
		ensure(frame_queue_commit(&q));
		ensure(frame_queue_first(&q)->size == 500);
	}
}
END_TEST

/* What ends where the memory ends wastes nothing. */
START_TEST(filled_to_the_last_byte)
{
	const uint32_t quarter = FRAME_QUEUE_MIN / 4 - sizeof(struct frame);

	ck_assert(frame_queue_init(&q, memory, FRAME_QUEUE_MIN));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 4; i++) {
			ck_assert_ptr_nonnull(frame_queue_reserve(&q, quarter));
			frame_queue_commit(&q);
		}
		ck_assert_ptr_null(frame_queue_reserve(&q, 1));
		for (unsigned i = 0; i < 4; i++)
			frame_queue_taken(&q);
	}
}
END_TEST

TCase *queue_tests(void)
{
	TCase *t = tcase_create("queue");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_a_queue);
	tcase_add_test(t, small_frames);
	tcase_add_test(t, large_frames);
	tcase_add_test(t, room_for_the_largest);
	tcase_add_test(t, cleared_at_any_place);
	tcase_add_test(t, filled_to_the_last_byte);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/frame.h"
#include "packets.h"
#include "suites.h"

/* Large frames cut up, beside the segments written one by one. */
#define ROUNDS 3000

static struct written large, segment;
static uint8_t payload[65536];

static struct frame large_frame(const struct packet *p)
{
	struct frame f = {
		.bytes = large.bytes,
		.size = large.size,
		.offload =
			{
				.checksum = true,
				.gso = p->version6 ? FRAME_GSO_TCP6 : FRAME_GSO_TCP4,
				.checksum_start = (uint16_t)large.inner,
				.checksum_offset = 16,
			},
	};

	f.offload.header_size = frame_header_size(&f);
	return f;
}

/* Whatever its driver left there, the card makes anew. */
static void spoil(const struct packet *p)
{
	memset(large.bytes + large.ip + (p->version6 ? 4 : 2), (uint8_t)draw(), 2);
	if (!p->version6)
		memset(large.bytes + large.ip + 10, (uint8_t)draw(), 2);
	memset(large.bytes + large.inner + 16, (uint8_t)draw(), 2);
}

static uint32_t expect(const struct packet *whole, uint32_t size, uint32_t gso_size, unsigned n)
{
	struct packet p = *whole;
	uint32_t at = n * gso_size, part = size - at < gso_size ? size - at : gso_size;

	p.id = (uint16_t)(p.id + n);
	p.sequence += at;
	if (n > 0)
		p.flags &= 0x7f;
	if (at + part < size)
		p.flags &= 0xf6;
	write_packet(&segment, &p, payload + at, part);
	part = segment.size;
	pad_written(&segment);
	return part;
}

static void check_segments(const struct packet *p, struct frame *f, uint32_t size)
{
	unsigned count = (size + f->offload.gso_size - 1) / f->offload.gso_size;
	uint8_t bytes[FRAME_SEGMENT_MAX];
	uint64_t wire = 0;

	ensure(frame_valid(f));
	ensure(frame_segments(f) == count);
	for (unsigned n = 0; n < count; n++) {
		uint32_t bare = expect(p, size, f->offload.gso_size, n);

		ensure(frame_segment(f, n, bytes) == segment.size);
		ensure(memcmp(bytes, segment.bytes, segment.size) == 0);
		wire += (bare < 60 ? 60 : bare) + 24;
	}
	ensure(frame_wire_bytes(f) == wire);
	ensure(frame_segment(f, count, bytes) == 0);
}

START_TEST(segments_are_those_of_the_model)
{
	for (unsigned i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)draw();
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct packet p = random_tcp();
		uint32_t size, mss;
		struct frame f;

		write_packet(&large, &p, payload, 0);
		mss = 1514u + (p.tagged ? 4 : 0) - large.size;
		mss = round % 3 ? mss : 1 + draw_below(mss);
		size = 1 + draw_below(round % 8 ? mss * 12 : 65000);
		size = size > 65000 ? 65000 : size;
		write_packet(&large, &p, payload, size);
		spoil(&p);
		f = large_frame(&p);
		ensure(f.offload.header_size == large.payload);
		f.offload.gso_size = (uint16_t)mss;
		check_segments(&p, &f, size);
	}
}
END_TEST

/* What the receiver of a large frame gets has right headers, and the pseudo header's sum. */
START_TEST(headers_of_the_large_one)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct packet p = random_tcp();
		uint32_t size = 1 + draw_below(20000);
		struct frame f;
		uint16_t sum;

		write_packet(&large, &p, payload, size);
		memcpy(segment.bytes, large.bytes, large.size);
		spoil(&p);
		f = large_frame(&p);
		f.offload.gso_size = 1000;
		ensure(frame_valid(&f));
		frame_large_headers(&f, large.bytes);
		/* Completed as a checksum alone it is the frame that was written. */
		f.offload.gso = FRAME_GSO_NONE;
		frame_checksum(&f, large.bytes);
		sum = (uint16_t)(large.bytes[large.inner + 16] << 8 |
				 large.bytes[large.inner + 17]);
		if (sum == 0xffff) /* the other zero */
			memset(segment.bytes + large.inner + 16, 0xff, 2);
		ensure(memcmp(segment.bytes, large.bytes, large.size) == 0);
	}
}
END_TEST

/* A frame of 54 bytes of headers and segments of 1,400 is right; each of these makes it wrong. */
static const struct {
	struct frame_offload flip; /* bits that are turned */
	uint32_t size, at;
	uint8_t byte;
} wrongs[] = {
	{.flip.gso_size = 1400},
	{.flip.gso_size = 1400 ^ 1461},
	{.flip.checksum = true},
	{.flip.checksum_offset = 16 ^ 6},
	{.flip.header_size = 1},
	{.flip.checksum_start = 34 ^ 38},
	{.flip.gso = FRAME_GSO_TCP4 ^ FRAME_GSO_TCP6},
	{.flip.gso = FRAME_GSO_TCP4 ^ 3},
	{.size = 54},
	{.size = 14 + 65536},
	{.at = 14, .byte = 0x46}, /* length of the IP header */
	{.at = 20, .byte = 0x20}, /* more fragments */
	{.at = 23, .byte = 17},   /* UDP */
	{.at = 46, .byte = 0x40}, /* length of the TCP header */
};

START_TEST(large_frames_that_are_refused)
{
	struct packet p = {.protocol = 6};
	struct frame_offload *o;
	struct frame f;

	write_packet(&large, &p, payload, 5000);
	f = large_frame(&p);
	f.offload.gso_size = 1400;
	ck_assert(frame_valid(&f));
	o = &f.offload;
	o->gso_size ^= wrongs[_i].flip.gso_size;
	o->checksum ^= wrongs[_i].flip.checksum;
	o->checksum_offset ^= wrongs[_i].flip.checksum_offset;
	o->checksum_start ^= wrongs[_i].flip.checksum_start;
	o->header_size ^= wrongs[_i].flip.header_size;
	o->gso ^= wrongs[_i].flip.gso;
	f.size = wrongs[_i].size ? wrongs[_i].size : f.size;
	if (wrongs[_i].at)
		large.bytes[wrongs[_i].at] = wrongs[_i].byte;
	ck_assert(!frame_valid(&f));
}
END_TEST

/* Whatever is said of whatever bytes: what is found valid can be cut without reading beyond. */
START_TEST(anything_may_be_said)
{
	static uint8_t bytes[4096];
	unsigned valid = 0;

	for (unsigned round = 0; round < 300000; round++) {
		struct packet p = random_tcp();
		uint8_t out[FRAME_SEGMENT_MAX], *copy;
		struct frame f;

		p.options = p.options % 8;
		write_packet(&large, &p, payload, draw_below(2000));
		f = large_frame(&p);
		f.offload.gso_size = (uint16_t)(1 + draw_below(1500));
		for (unsigned n = draw_below(3); n--;)
			large.bytes[12 + draw_below(60)] = (uint8_t)draw();
		if (draw_below(2))
			f.offload.checksum_start = (uint16_t)draw_below(100);
		if (draw_below(2))
			f.offload.header_size = frame_header_size(&f);
		f.size = draw_below(4) ? f.size : draw_below(f.size + 1);
		/* Right before the end of what may be read. */
		copy = bytes + sizeof(bytes) - f.size;
		memcpy(copy, large.bytes, f.size);
		f.bytes = copy;
		if (!frame_valid(&f))
			continue;
		valid++;
		ensure(frame_segment(&f, draw_below(frame_segments(&f)), out) >= 60);
	}
	ck_assert_uint_gt(valid, 1000);
}
END_TEST

TCase *segment_tests(void)
{
	TCase *t = tcase_create("segments");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, segments_are_those_of_the_model);
	tcase_add_test(t, headers_of_the_large_one);
	tcase_add_loop_test(t, large_frames_that_are_refused, 0,
			    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_test(t, anything_may_be_said);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/checksum.h"
#include "devices/net/frame.h"
#include "packets.h"
#include "suites.h"

static uint8_t bytes[70000];

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(draw() >> 20);
}

START_TEST(sums_of_all_sizes_and_places)
{
	fill();
	for (unsigned round = 0; round < 4000; round++) {
		uint32_t size = round < 200 ? round : draw_below(round % 10 ? 2000 : 65535);
		uint32_t at = draw_below(32);
		uint16_t model = plain_checksum(0, bytes + at, size);
		uint8_t stored[2], expected[2] = {(uint8_t)(~model >> 8), (uint8_t)~model};

		checksum_store(stored, checksum_add(0, bytes + at, size));
		ensure(memcmp(stored, expected, 2) == 0);
	}
}
END_TEST

START_TEST(largest_sum_of_all)
{
	uint8_t stored[2];

	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_uint_eq(checksum_fold(checksum_add(0, bytes, 65536)), 0xffff);
	ck_assert_uint_eq(checksum_fold(UINT64_MAX), 0xffff);
	ck_assert_uint_eq(checksum_fold(0xfffffffffffffffe), 0xfffe);
	checksum_store(stored, checksum_add_number(0, 0x1234));
	ck_assert_uint_eq(stored[0], 0xed);
	ck_assert_uint_eq(stored[1], 0xcb);
}
END_TEST

/* A UDP packet without its sum, and with the pseudo header's: then complete as it was written. */
START_TEST(partial_checksums)
{
	static struct written w;

	fill();
	for (unsigned round = 0; round < 2000; round++) {
		struct packet p = random_tcp();
		struct frame f = {.bytes = w.bytes, .offload = {.checksum = true}};
		uint8_t whole[1600], sum[4] = {0, 17};
		uint16_t partial;
		uint32_t size;

		p.protocol = 17;
		write_packet(&w, &p, bytes + draw_below(1000), draw_below(1000));
		memcpy(whole, w.bytes, w.size);
		size = w.size - w.inner;
		sum[2] = (uint8_t)(size >> 8);
		sum[3] = (uint8_t)size;
		partial = plain_checksum(0, p.source, p.version6 ? 16 : 4);
		partial = plain_checksum(partial, p.destination, p.version6 ? 16 : 4);
		partial = plain_checksum(partial, sum, 4);
		w.bytes[w.inner + 6] = (uint8_t)(partial >> 8);
		w.bytes[w.inner + 7] = (uint8_t)partial;
		f.size = w.size;
		f.offload.checksum_start = (uint16_t)w.inner;
		f.offload.checksum_offset = 6;
		ensure(frame_valid(&f));
		frame_checksum(&f, w.bytes);
		ensure(memcmp(whole, w.bytes, w.size) == 0);
		f.offload.checksum = false;
		frame_checksum(&f, w.bytes);
		ensure(memcmp(whole, w.bytes, w.size) == 0);
	}
}
END_TEST

START_TEST(sizes_and_places)
{
	static const struct {
		uint32_t size;
		bool tagged, checksum;
		uint16_t start, offset;
		bool valid;
		uint64_t wire;
	} rows[] = {
		{13, false, false, 0, 0, false, 0},         {14, false, false, 0, 0, true, 84},
		{60, false, false, 0, 0, true, 84},         {61, false, false, 0, 0, true, 85},
		{1514, false, false, 0, 0, true, 1538},     {1515, false, false, 0, 0, false, 0},
		{17, true, false, 0, 0, false, 0},          {18, true, false, 0, 0, true, 84},
		{1518, true, false, 0, 0, true, 1542},      {1519, true, false, 0, 0, false, 0},
		{100, false, true, 13, 0, false, 0},        {100, false, true, 14, 0, true, 124},
		{100, true, true, 17, 0, false, 0},         {100, true, true, 18, 0, true, 124},
		{100, false, true, 34, 64, true, 124},      {100, false, true, 34, 65, false, 0},
		{100, false, true, 98, 0, true, 124},       {100, false, true, 99, 0, false, 0},
		{100, false, true, 65535, 65535, false, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame f = {.bytes = bytes, .size = rows[i].size};

		memset(bytes, 0, 64);
		bytes[12] = rows[i].tagged ? 0x81 : 0x08;
		f.offload.checksum = rows[i].checksum;
		f.offload.checksum_start = rows[i].start;
		f.offload.checksum_offset = rows[i].offset;
		ck_assert_msg(frame_valid(&f) == rows[i].valid, "row %u", i);
		if (rows[i].valid)
			ck_assert_uint_eq(frame_wire_bytes(&f), rows[i].wire);
	}
}
END_TEST

/* Of the two zeros the one that UDP does not take for "no checksum". */
START_TEST(zero_is_all_ones)
{
	struct frame f = {.bytes = bytes, .size = 60, .offload = {true, 0, 0, 0, 34, 6}};

	memset(bytes, 0, 60);
	memset(bytes + 50, 0xff, 2);
	frame_checksum(&f, bytes);
	ck_assert_uint_eq(bytes[40], 0xff);
	ck_assert_uint_eq(bytes[41], 0xff);
}
END_TEST

TCase *frame_tests(void)
{
	TCase *t = tcase_create("frames");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, sums_of_all_sizes_and_places);
	tcase_add_test(t, largest_sum_of_all);
	tcase_add_test(t, partial_checksums);
	tcase_add_test(t, sizes_and_places);
	tcase_add_test(t, zero_is_all_ones);
	return t;
}

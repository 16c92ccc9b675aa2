// SPDX-License-Identifier: Apache-2.0
/* What a program that knows a PC by its addresses finds there. */
#include "fixture.h"

static uint64_t word(uint64_t gpa, unsigned bytes)
{
	uint64_t value = 0;

	memcpy(&value, guest(gpa, bytes), bytes);
	return value;
}

/* The offsets are those of the IBM PC AT technical reference. */
START_TEST(data_area)
{
	static const struct {
		uint64_t at;
		unsigned bytes;
		uint64_t value;
	} row[] = {
		{0x400, 2, 0x3f8}, {0x402, 2, 0},      {0x408, 2, 0},      {0x40e, 2, 0x9fc0},
		{0x410, 2, 0x202}, {0x413, 2, 639},    {0x417, 1, 0},      {0x41a, 2, 0x1e},
		{0x41c, 2, 0x1e},  {0x449, 1, 0},      {0x472, 2, 0},      {0x475, 1, 0},
		{0x478, 1, 20},    {0x47c, 1, 1},      {0x480, 2, 0x1e},   {0x482, 2, 0x3e},
		{0x9fc00, 1, 1},   {0xfff53, 1, 0xcf}, {0xffffe, 1, 0xfc},
	};

	try_load(1);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_msg(word(row[i].at, row[i].bytes) == row[i].value, "%lx is %lx, not %lx",
			      row[i].at, word(row[i].at, row[i].bytes), row[i].value);
}
END_TEST

/* Low memory ends where the EBDA begins, by both words and by the memory map. */
START_TEST(one_end_of_low_memory)
{
	struct load_map map[LOAD_MAP_ROWS];

	try_load(1);
	ck_assert_uint_eq(load_memory_map(&ram, map), 4);
	ck_assert_uint_eq(map[0].base + map[0].size, word(0x40e, 2) << 4);
	ck_assert_uint_eq(map[0].base + map[0].size, word(0x413, 2) * 1024);
	ck_assert_uint_eq(map[1].type, LOAD_RESERVED);
	ck_assert_uint_eq(map[1].base + map[1].size,
			  (word(0x40e, 2) << 4) + word(0x9fc00, 1) * 1024);
}
END_TEST

START_TEST(vectors_return)
{
	try_load(1);
	for (unsigned i = 0; i < 256; i++) {
		uint64_t vector = word(4 * i, 4);

		ck_assert_uint_eq(word((vector >> 16 << 4) + (vector & 0xffff), 1), 0xcf);
	}
}
END_TEST

/* FFFF:0 is a far jump to what writes 6 to port CF9H. */
START_TEST(reset_vector)
{
	uint64_t post;

	try_load(1);
	ck_assert_uint_eq(word(0xffff0, 1), 0xea);
	post = (word(0xffff3, 2) << 4) + word(0xffff1, 2);
	ck_assert_uint_eq(word(post, 6), 0xee06b00cf9ba);
}
END_TEST

TCase *bios_cases(void)
{
	TCase *cases = tcase_create("BIOS data");

	tcase_add_test(cases, data_area);
	tcase_add_test(cases, one_end_of_low_memory);
	tcase_add_test(cases, vectors_return);
	tcase_add_test(cases, reset_vector);
	return cases;
}

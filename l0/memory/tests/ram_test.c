// SPDX-License-Identifier: Apache-2.0
#include "memory/ram.h"

#include "suites.h"

#define GIB (1ull << 30)

/* 4 GiB: three below the hole, one above it; addresses alone, nothing of it is touched. */
static struct ram machine(void)
{
	struct ram ram;

	ram_init(&ram, 4 * GIB);
	ram.hpa_below = 16 * GIB;
	ram.hpa_above = 32 * GIB;
	return ram;
}

static void piece(uint64_t gpa, uint32_t size, uint64_t hpa, uint32_t left)
{
	const struct ram ram = machine();

	ck_assert_uint_eq((uintptr_t)ram_piece(&ram, gpa, &size), hpa);
	ck_assert_uint_eq(size, left);
}

START_TEST(pieces)
{
	piece(0, 0x1000, 16 * GIB, 0x1000);
	piece(3 * GIB - 0x10, 0x10, 19 * GIB - 0x10, 0x10);
	piece(3 * GIB - 0x10, 0x11, 19 * GIB - 0x10, 0x10); /* the rest is no RAM */
	piece(3 * GIB - 1, 0xffffffff, 19 * GIB - 1, 1);
	piece(3 * GIB, 0x10, 0, 0x10);
	piece(4 * GIB - 1, 0x10, 0, 0x10);
	piece(4 * GIB, 0xffffffff, 32 * GIB, GIB);
	piece(5 * GIB - 1, 2, 33 * GIB - 1, 1);
	piece(5 * GIB, 1, 0, 1);
	piece(UINT64_MAX, 2, 0, 2);
}
END_TEST

START_TEST(whole)
{
	const struct ram ram = machine();

	ck_assert_uint_eq(ram_hpa(&ram, 3 * GIB - 0x10, 0x10), 19 * GIB - 0x10);
	ck_assert_uint_eq(ram_hpa(&ram, 3 * GIB - 0x10, 0x11), 0);
	ck_assert_uint_eq(ram_hpa(&ram, 5 * GIB - 8, 8), 33 * GIB - 8);
	ck_assert_uint_eq(ram_hpa(&ram, 5 * GIB - 8, UINT64_MAX), 0);
	ck_assert_uint_eq(ram_hpa(&ram, UINT64_MAX - 7, 16), 0);
}
END_TEST

TCase *ram_tests(void)
{
	TCase *t = tcase_create("RAM");

	tcase_add_test(t, pieces);
	tcase_add_test(t, whole);
	return t;
}

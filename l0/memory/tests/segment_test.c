// SPDX-License-Identifier: Apache-2.0
#include "memory/segment.h"

#include <string.h>

#include "hw/x86.h"
#include "suites.h"
#include "vmcs12.h"

static struct mock_vmcs vmcs;

static void set_segment(unsigned segment, uint64_t base, uint64_t limit, uint64_t rights)
{
	vmcs.field[VMCS_GUEST_ES_BASE + 2 * segment] = base;
	vmcs.field[VMCS_GUEST_ES_LIMIT + 2 * segment] = limit;
	vmcs.field[VMCS_GUEST_ES_ACCESS + 2 * segment] = rights;
}

static void start(bool long_mode)
{
	memset(&vmcs, 0, sizeof(vmcs));
	mock = &vmcs;
	vmcs.field[VMCS_GUEST_CR0] = CR0_PE;
	vmcs.field[VMCS_GUEST_EFER] = long_mode ? EFER_LMA : 0;
	set_segment(SEGMENT_CS, 0, 0xffffffff, long_mode ? 0xa09b : 0xc09b);
}

/* SDM vol. 3, 5.3 to 5.6. */
START_TEST(outside_of_64_bit_mode)
{
	static const struct {
		uint32_t rights;
		uint64_t limit, offset, size;
		bool reads, writes;
	} rows[] = {
		{0x4093, 0xfff, 0xffc, 4, true, true},
		{0x4093, 0xfff, 0xffd, 4, false, false},
		{0x4093, 0xffffffff, 0xfffffffe, 4, false, false},
		{0x4091, 0xfff, 0, 4, true, false},
		{0x409b, 0xfff, 0, 4, true, false},
		{0x4099, 0xfff, 0, 4, false, false},
		{0x10000, 0xffffffff, 0, 1, false, false},
		{0x4097, 0xfff, 0xfff, 1, false, false},
		{0x4097, 0xfff, 0x1000, 4, true, true},
		{0x4097, 0xfff, 0xfffffffc, 4, true, true},
		{0x4097, 0xfff, 0xfffffffd, 4, false, false},
		{0x0097, 0xfff, 0xfffc, 4, true, true},
		{0x0097, 0xfff, 0xfffd, 4, false, false},
	};
	struct guest_answer why;
	uint64_t linear;

	start(false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_segment(SEGMENT_SS, 0xfffff000, rows[i].limit, rows[i].rights);
		ck_assert(guest_linear(SEGMENT_SS, rows[i].offset, rows[i].size, GUEST_READ,
				       &linear, &why) == rows[i].reads);
		ck_assert(guest_linear(SEGMENT_SS, rows[i].offset, rows[i].size, GUEST_WRITE,
				       &linear, &why) == rows[i].writes);
		ck_assert_uint_eq(linear, (uint32_t)(rows[i].offset + 0xfffff000));
		if (!rows[i].writes)
			ck_assert(why.verdict == GUEST_FAULT && why.vector == VECTOR_SS &&
				  why.error == 0);
	}
}
END_TEST

START_TEST(real_mode_has_no_types)
{
	struct guest_answer why;
	uint64_t linear;

	start(false);
	vmcs.field[VMCS_GUEST_CR0] = 0;
	set_segment(SEGMENT_CS, 0x10, 0xffff, 0x9b);
	ck_assert(guest_linear(SEGMENT_CS, 0xfffe, 2, GUEST_WRITE, &linear, &why));
	ck_assert(!guest_linear(SEGMENT_CS, 0xffff, 2, GUEST_WRITE, &linear, &why));
	ck_assert_uint_eq(why.vector, VECTOR_GP);
	ck_assert_uint_eq(guest_code_within_limit(0xfffe, 15), 2);
	ck_assert_uint_eq(guest_code_within_limit(0x10000, 15), 0);
	ck_assert_uint_eq(guest_code_within_limit(0, 15), 15);
}
END_TEST

START_TEST(in_64_bit_mode)
{
	struct guest_answer why;
	uint64_t linear;

	start(true);
	set_segment(SEGMENT_DS, 0x1000, 0, 0x10000);
	set_segment(SEGMENT_GS, 0x1000, 0, 0x10000);
	ck_assert(guest_linear(SEGMENT_DS, 0x7ffffffffff8, 8, GUEST_WRITE, &linear, &why));
	ck_assert_uint_eq(linear, 0x7ffffffffff8);
	ck_assert(!guest_linear(SEGMENT_DS, 0x7ffffffffff9, 8, GUEST_READ, &linear, &why));
	ck_assert_uint_eq(why.vector, VECTOR_GP);
	ck_assert(!guest_linear(SEGMENT_SS, 1ull << 63, 1, GUEST_READ, &linear, &why));
	ck_assert_uint_eq(why.vector, VECTOR_SS);
	ck_assert(guest_linear(SEGMENT_GS, ~0xfffull, 8, GUEST_READ, &linear, &why));
	ck_assert_uint_eq(linear, 0);
	ck_assert_uint_eq(guest_code_within_limit(1ull << 47, 15), 0);
}
END_TEST

TCase *segment_tests(void)
{
	TCase *t = tcase_create("segments");

	tcase_add_test(t, outside_of_64_bit_mode);
	tcase_add_test(t, real_mode_has_no_types);
	tcase_add_test(t, in_64_bit_mode);
	return t;
}

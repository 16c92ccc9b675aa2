// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "suites.h"
#include "world.h"

enum kind { RO, RW, W1C, WO };

static const struct row {
	const char *name;
	uint32_t offset;
	unsigned width;
	enum kind kind;
	uint64_t mask, reset;
} rows[] = {
#define X(name, offset, width, kind, mask, reset, start) {#name, offset, width, kind, mask, reset},
#include "registers.def"
#undef X
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct world w;

static uint64_t read(const struct row *row)
{
	return viommu_read(&w.u, row->offset, row->width);
}

static bool from_config(const struct row *row)
{
	return row->offset == VTD_CAP || row->offset == VTD_ECAP;
}

START_TEST(every_row_after_power_on)
{
	const struct row *row = &rows[_i];
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	if (!from_config(row))
		ck_assert_msg(read(row) == row->reset, "%s", row->name);
	ck_assert_uint_eq(row->offset % row->width, 0);
}
END_TEST

/* Bits that start something stay clear here: those are the tests of the commands. */
static uint64_t pattern(const struct row *row, uint64_t value)
{
	uint64_t starts = row->offset == VTD_CCMD || row->offset == VTD_IOTLB ? VTD_BIT(63) : 0;

	return value & ~starts;
}

START_TEST(every_row_takes_what_it_may)
{
	static const uint64_t values[] = {~UINT64_C(0), 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0};
	const struct row *row = &rows[_i];
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t value = pattern(row, values[i]), before = read(row);

		viommu_write(&w.u, row->offset, row->width, value);
		if (row->kind == RW)
			ck_assert_msg(read(row) == (value & row->mask &
						    (row->width == 4 ? UINT32_MAX : UINT64_MAX)),
				      "%s", row->name);
		else
			ck_assert_msg(read(row) == before, "%s", row->name);
	}
}
END_TEST

START_TEST(halves_of_wide_rows)
{
	const struct row *row = &rows[_i];
	struct viommu_config config = world_config();

	if (row->width != 8 || row->kind != RW)
		return;
	world_begin(&w, &config);
	world_write32(&w, row->offset, 0x89abcdef);
	ck_assert_uint_eq(read(row), row->mask & 0x89abcdef);
	world_write32(&w, row->offset + 4, (uint32_t)(pattern(row, ~UINT64_C(0)) >> 32));
	ck_assert_uint_eq(read(row), pattern(row, row->mask & 0xffffffff89abcdef));
	ck_assert_uint_eq(world_read32(&w, row->offset + 4), read(row) >> 32);
	ck_assert_uint_eq(world_read32(&w, row->offset), (uint32_t)read(row));
}
END_TEST

START_TEST(narrow_rows_by_eight_bytes)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_write64(&w, VTD_FEADDR, 0x1234fee01000);
	ck_assert_uint_eq(world_read32(&w, VTD_FEADDR), 0xfee01000);
	ck_assert_uint_eq(world_read32(&w, VTD_FEUADDR), 0x1234);
	ck_assert_uint_eq(world_read64(&w, VTD_FEADDR), 0x1234fee01000);
}
END_TEST

/* Reserved places read 0; so do sizes and alignments that no driver may use, and nothing changes.
 */
START_TEST(places_and_sizes_that_are_none)
{
	static const uint32_t nowhere[] = {0x04,  0x30,  0x48,  0x58,  0x64,   0x68,
					   0x70,  0x78,  0x98,  0xc0,  0xdc,   0xf8,
					   0x150, 0x1f8, 0x200, 0xffc, 0x1000, 0xfffffffc};
	struct viommu_config config = world_config();
	uint64_t before[VIOMMU_WORDS];

	world_begin(&w, &config);
	memcpy(before, w.u.reg, sizeof(before));
	for (unsigned i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		world_write32(&w, nowhere[i], UINT32_MAX);
		ck_assert_uint_eq(world_read32(&w, nowhere[i]), 0);
	}
	for (uint32_t offset = 0; offset < 0x220; offset++) {
		for (unsigned size = 0; size < 20; size++) {
			if ((size == 4 || size == 8) && offset % size == 0)
				continue;
			viommu_write(&w.u, offset, size, UINT64_MAX);
			ck_assert_uint_eq(viommu_read(&w.u, offset, size), 0);
		}
	}
	ck_assert_mem_eq(before, w.u.reg, sizeof(before));
}
END_TEST

START_TEST(capabilities_say_what_is_offered)
{
	struct viommu_config config = world_config();
	uint64_t cap, ecap;

	world_begin(&w, &config);
	cap = world_read64(&w, VTD_CAP);
	ecap = world_read64(&w, VTD_ECAP);
	ck_assert_uint_eq(cap & 7, 2); /* 256 domains */
	ck_assert_uint_eq(cap >> 7 & 1, 0);
	ck_assert_uint_eq(cap >> 8 & 0x1f, 6);
	ck_assert_uint_eq(cap >> 16 & 0x3f, 47);
	ck_assert_uint_eq((cap >> 24 & 0x3ff) * 16, VTD_FRO);
	ck_assert_uint_eq(cap >> 34 & 0xf, 3);
	ck_assert_uint_eq(cap >> 40 & 0xff, 3);
	ck_assert_uint_eq(cap >> 48 & 0x3f, 18);
	ck_assert_uint_eq(cap & (VTD_BIT(3) | VTD_BIT(5) | VTD_BIT(6) | VTD_BIT(59)), 0);
	ck_assert_uint_eq(ecap & 0xff, 0x5b); /* C, QI, IR, EIM, PT */
	ck_assert_uint_eq((ecap >> 8 & 0x3ff) * 16, VTD_IRO);
	config.caching_mode = true;
	config.page_1g = config.eim = config.pass_through = config.agaw_48 = false;
	config.mgaw = 39;
	world_begin(&w, &config);
	cap = world_read64(&w, VTD_CAP);
	ck_assert_uint_eq(cap >> 7 & 1, 1);
	ck_assert_uint_eq(cap >> 8 & 0x1f, 2);
	ck_assert_uint_eq(cap >> 34 & 0xf, 1);
	ck_assert_uint_eq(world_read64(&w, VTD_ECAP) & 0xff, 0x0b);
}
END_TEST

START_TEST(impossible_configurations)
{
	struct viommu_config good = world_config(), bad[13];

	for (unsigned i = 0; i < 13; i++)
		bad[i] = good;
	bad[0].agaw_39 = bad[0].agaw_48 = false;
	bad[1].agaw_48 = false; /* MGAW 48 */
	bad[2].mgaw = 29;
	bad[3].mgaw = 49;
	bad[4].haw = 31;
	bad[5].haw = 53;
	bad[6].domain_bits = 5;
	bad[7].domain_bits = 18;
	bad[8].fault_registers = 0;
	bad[9].fault_registers = VIOMMU_FAULTS_MAX + 1;
	bad[10].remapping = false; /* EIM */
	bad[11].max_am = 19;
	bad[12].teardown_entries = 1000000;
	world_begin(&w, &good);
	for (unsigned i = 0; i < 13; i++)
		ck_assert_int_eq(viommu_init(&w.u, &bad[i], &w.ept01, ARENA_EPT02, 64), EPT_EINVAL);
	ck_assert_int_eq(viommu_init(&w.u, &good, &w.ept01, ARENA_EPT02, VIOMMU_MIN_PAGES - 1),
			 EPT_EINVAL);
	ck_assert_int_eq(viommu_init(&w.u, &good, &w.ept01, ARENA_EPT02, VIOMMU_MIN_PAGES), 0);
	good.teardown_entries = 16;
	ck_assert_int_eq(viommu_init(&w.u, &good, &w.ept01, ARENA_EPT02, VIOMMU_MIN_PAGES),
			 EPT_EINVAL);
}
END_TEST

TCase *register_cases(void)
{
	TCase *tcase = tcase_create("registers");

	tcase_add_loop_test(tcase, every_row_after_power_on, 0, ROWS);
	tcase_add_loop_test(tcase, every_row_takes_what_it_may, 0, ROWS);
	tcase_add_loop_test(tcase, halves_of_wide_rows, 0, ROWS);
	tcase_add_test(tcase, narrow_rows_by_eight_bytes);
	tcase_add_test(tcase, places_and_sizes_that_are_none);
	tcase_add_test(tcase, capabilities_say_what_is_offered);
	tcase_add_test(tcase, impossible_configurations);
	return tcase;
}

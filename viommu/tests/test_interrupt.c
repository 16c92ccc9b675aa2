// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "world.h"

#define P       VTD_IRTE_P
#define ENTRIES 16u
#define MSI(handle)                                                                                \
	(VTD_MSI_BASE | VTD_MSI_FORMAT | (uint64_t)((handle)&0x7fff) << 5 | ((handle) >> 15) << 2)

static struct world w;
static struct viommu_interrupt got;

static void begin(uint64_t mode)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_write64(&w, VTD_IRTA, WORLD_IRT | mode | 3);
	world_command(&w, VTD_GCMD_SIRTP, true);
	world_command(&w, VTD_GCMD_IRE, true);
}

static void entry(unsigned index, uint64_t low, uint64_t high)
{
	world_set(WORLD_IRT + index * 16, low);
	world_set(WORLD_IRT + index * 16 + 8, high);
}

static enum viommu_verdict send(uint64_t address, uint32_t data)
{
	got = (struct viommu_interrupt){0};
	return viommu_remap_msi(&w.u, WORLD_DEV, address, data, &got);
}

static void check_blocked(uint64_t address, uint32_t data, unsigned reason)
{
	ck_assert_int_eq(send(address, data), VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), reason);
	ck_assert_uint_eq(got.vector, 0);
}

START_TEST(entries_say_everything)
{
	begin(0);
	entry(5,
	      P | VTD_IRTE_DM | VTD_IRTE_RH | VTD_IRTE_TM | 1 << 5 | 0x41 << 16 |
		      UINT64_C(0xab) << 40,
	      0);
	ck_assert_int_eq(send(MSI(5), 0x99), VIOMMU_OK);
	ck_assert_uint_eq(got.destination, 0xab);
	ck_assert_uint_eq(got.vector, 0x41);
	ck_assert_uint_eq(got.delivery, 1);
	ck_assert(got.logical && got.hint && got.level);
	entry(5, P | 0x42 << 16, 0);
	ck_assert_int_eq(send(MSI(5), 0x99), VIOMMU_OK); /* as it is now, without an invalidation */
	ck_assert_uint_eq(got.vector, 0x42);
	ck_assert_uint_eq(got.delivery, 0);
	ck_assert(!got.logical && !got.hint && !got.level);
	begin(VTD_IRTA_EIME);
	entry(5, P | UINT64_C(0x12345678) << 32, 0);
	ck_assert_int_eq(send(MSI(5), 0), VIOMMU_OK);
	ck_assert_uint_eq(got.destination, 0x12345678);
	ck_assert_uint_eq(w.u.stats.remapped, 1);
}
END_TEST

START_TEST(handles_and_subhandles)
{
	begin(0);
	for (unsigned i = 0; i < ENTRIES; i++)
		entry(i, P | (0x20 + i) << 16, 0);
	for (unsigned i = 0; i < ENTRIES; i++) {
		ck_assert_int_eq(send(MSI(0) | VTD_MSI_SHV, i), VIOMMU_OK);
		ck_assert_uint_eq(got.vector, 0x20 + i);
		ck_assert_int_eq(send(MSI(i), 0x77),
				 VIOMMU_OK); /* no subhandle: data does not count */
		ck_assert_uint_eq(got.vector, 0x20 + i);
		ck_assert_int_eq(send(MSI(i / 2) | VTD_MSI_SHV, (i + 1) / 2), VIOMMU_OK);
		ck_assert_uint_eq(got.vector, 0x20 + i);
	}
}
END_TEST

START_TEST(requests_that_are_wrong)
{
	begin(0);
	entry(0, P, 0);
	check_blocked(MSI(0), 0x10000, VIOMMU_FAULT_MSI_RESERVED);
	check_blocked(MSI(ENTRIES), 0, VIOMMU_FAULT_MSI_INDEX);
	check_blocked(MSI(0) | VTD_MSI_SHV, ENTRIES, VIOMMU_FAULT_MSI_INDEX);
	ck_assert_uint_eq(world_read64(&w, viommu_frcd(2, false)), (uint64_t)ENTRIES << 48);
	check_blocked(MSI(0xffff) | VTD_MSI_SHV, 0xffff, VIOMMU_FAULT_MSI_INDEX);
	ck_assert_int_eq(send(0xfed00000 | VTD_MSI_FORMAT, 0), VIOMMU_ABORT);
	ck_assert_int_eq(send(UINT64_C(0x1fee00010), 0), VIOMMU_ABORT);
}
END_TEST

START_TEST(entries_that_are_wrong)
{
	static const struct {
		uint64_t low, high;
		unsigned reason, reason_eim;
	} rows[] = {
		{0, 0, VIOMMU_FAULT_IRTE_ABSENT, VIOMMU_FAULT_IRTE_ABSENT},
		{~P, ~UINT64_C(0), VIOMMU_FAULT_IRTE_ABSENT, VIOMMU_FAULT_IRTE_ABSENT},
		{P | 1 << 12, 0, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		/* The posted format is not offered. */
		{P | 1 << 15, 0, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P | 1 << 24, 0, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P | 3 << 5, 0, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P | 6 << 5, 0, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P | VTD_BIT(32), 0, VIOMMU_FAULT_IRTE_RESERVED, 0},
		{P | VTD_BIT(48), 0, VIOMMU_FAULT_IRTE_RESERVED, 0},
		{P, 3 << 18, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P, 1 << 20, VIOMMU_FAULT_IRTE_RESERVED, VIOMMU_FAULT_IRTE_RESERVED},
		{P, 1 << 18, VIOMMU_FAULT_IRTE_SOURCE, VIOMMU_FAULT_IRTE_SOURCE},
		{P | 0xf << 8, 0, 0, 0}, /* software's own */
	};

	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned reason = i % 2 ? rows[i / 2].reason_eim : rows[i / 2].reason;

		begin(i % 2 ? VTD_IRTA_EIME : 0);
		entry(3, rows[i / 2].low & ~VTD_IRTE_FPD, rows[i / 2].high);
		ck_assert_msg(send(MSI(3), 0) == (reason ? VIOMMU_FAULT : VIOMMU_OK), "row %u", i);
		ck_assert_uint_eq(world_reason(&w), reason);
		entry(3, rows[i / 2].low | VTD_IRTE_FPD, rows[i / 2].high);
		send(MSI(3), 0);
		ck_assert_uint_eq(w.u.stats.recorded, !!reason); /* the one without FPD */
		ck_assert_uint_eq(w.u.stats.fault[reason], reason ? 2 : 0);
	}
}
END_TEST

START_TEST(sources)
{
	static const struct {
		uint64_t high; /* for 00:02.0 */
		uint16_t source;
		bool passes;
	} rows[] = {
		{0x0010, 0xffff, true}, /* SVT 0 */
		{0x40010, 0x0010, true},  {0x40010, 0x0011, false}, {0x40010, 0x0110, false},
		{0x50010, 0x0014, true},                           /* SQ 1: not bit 2 */
		{0x50010, 0x0012, false}, {0x60010, 0x0016, true}, /* SQ 2: not bits 2:1 */
		{0x60010, 0x0011, false}, {0x70010, 0x0017, true}, /* SQ 3: not bits 2:0 */
		{0x70010, 0x0018, false}, {0x80204, 0x0200, true}, /* buses 2 to 4 */
		{0x80204, 0x04ff, true},  {0x80204, 0x0500, false}, {0x80204, 0x01ff, false},
	};

	begin(0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		entry(1, P | 0x66 << 16, rows[i].high);
		ck_assert_msg((viommu_remap_msi(&w.u, rows[i].source, MSI(1), 0, &got) ==
			       VIOMMU_OK) == rows[i].passes,
			      "row %u", i);
	}
}
END_TEST

START_TEST(compatibility_format)
{
	uint64_t address = VTD_MSI_BASE | 0x12 << 12 | 0xc;

	begin(0);
	check_blocked(address, 0x8541, VIOMMU_FAULT_MSI_BLOCKED);
	world_command(&w, VTD_GCMD_CFI, true);
	ck_assert_int_eq(send(address, 0x8541), VIOMMU_OK);
	ck_assert_uint_eq(got.destination, 0x12);
	ck_assert_uint_eq(got.vector, 0x41);
	ck_assert_uint_eq(got.delivery, 5);
	ck_assert(got.logical && got.hint && got.level);
	world_write64(&w, VTD_IRTA, WORLD_IRT | VTD_IRTA_EIME);
	world_command(&w, VTD_GCMD_SIRTP, true);
	check_blocked(address, 0x41, VIOMMU_FAULT_MSI_BLOCKED);
	/* Without remapping the format bit means nothing. */
	world_command(&w, VTD_GCMD_IRE, false);
	ck_assert_int_eq(send(address | VTD_MSI_FORMAT, 0x41), VIOMMU_OK);
	ck_assert_uint_eq(got.vector, 0x41);
}
END_TEST

START_TEST(tables_out_of_memory)
{
	struct viommu_config config = world_config();

	begin(0);
	world_write64(&w, VTD_IRTA, WORLD_HOLE | 15);
	check_blocked(MSI(0), 0, VIOMMU_FAULT_IRTE_ABSENT); /* not latched yet */
	world_command(&w, VTD_GCMD_SIRTP, true);
	check_blocked(MSI(0xffff), 0, VIOMMU_FAULT_IRTE_ACCESS);
	/* EIME without EIM: 8-bit destinations. */
	config.eim = false;
	world_begin(&w, &config);
	world_write64(&w, VTD_IRTA, WORLD_IRT | VTD_IRTA_EIME);
	world_command(&w, VTD_GCMD_SIRTP, true);
	world_command(&w, VTD_GCMD_IRE, true);
	entry(0, P | UINT64_C(7) << 40, 0);
	ck_assert_int_eq(send(MSI(0), 0), VIOMMU_OK);
	ck_assert_uint_eq(got.destination, 7);
}
END_TEST

/* L1 exchanges the entry between the loads of its halves: never half of each. */
START_TEST(entries_that_change_while_they_are_read)
{
	for (unsigned when = 1; when < 8; when++) {
		begin(0);
		entry(1, P | 0x41 << 16, 0x40010);
		arena_poke_later(when, ARENA_L1 + WORLD_IRT + 16, 0);
		if (send(MSI(1), 0) == VIOMMU_OK)
			ck_assert_uint_eq(got.vector, 0x41);
		else
			ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_IRTE_ABSENT);
		arena_poke_later(0, 0, 0);
	}
}
END_TEST

TCase *interrupt_cases(void)
{
	TCase *tcase = tcase_create("interrupts");

	tcase_add_test(tcase, entries_say_everything);
	tcase_add_test(tcase, handles_and_subhandles);
	tcase_add_test(tcase, requests_that_are_wrong);
	tcase_add_test(tcase, entries_that_are_wrong);
	tcase_add_test(tcase, sources);
	tcase_add_test(tcase, compatibility_format);
	tcase_add_test(tcase, tables_out_of_memory);
	tcase_add_test(tcase, entries_that_change_while_they_are_read);
	return tcase;
}

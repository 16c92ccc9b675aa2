// SPDX-License-Identifier: Apache-2.0
/* Fault recording, overflow, and the two events. */
#include "suites.h"
#include "world.h"

#define MSI_ADDRESS 0xfee0100c
#define MSI_DATA    0x4041

static struct world w;

static void begin(void)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_translating(&w);
	world_write32(&w, VTD_FEDATA, MSI_DATA);
	world_write32(&w, VTD_FEADDR, MSI_ADDRESS);
	world_write32(&w, VTD_FEUADDR, 0x12);
}

static void fault(unsigned times)
{
	while (times--)
		ck_assert_int_eq(world_dma(&w, times * 0x1000, true), VIOMMU_FAULT);
}

static void clear_record(unsigned n)
{
	world_write32(&w, viommu_frcd(n, true) + 4, 0x80000000);
}

static uint32_t status(void)
{
	return world_read32(&w, VTD_FSTS);
}

START_TEST(records_go_round)
{
	begin();
	fault(1);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF);
	clear_record(0);
	ck_assert_uint_eq(status(), 0);
	ck_assert_uint_eq(world_read64(&w, viommu_frcd(0, true)) >> 32, VIOMMU_FAULT_WRITE);
	fault(2);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF | 1 << VTD_FSTS_FRI_SHIFT);
	fault(1);
	/* The oldest is cleared, the others are pending: FRI stays where the row began. */
	clear_record(1);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF | 1 << VTD_FSTS_FRI_SHIFT);
	clear_record(2);
	clear_record(3);
	ck_assert_uint_eq(status() & VTD_FSTS_PPF, 0);
	fault(1);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF);
}
END_TEST

START_TEST(overflow_loses_until_it_is_cleared)
{
	begin();
	fault(4);
	ck_assert_uint_eq(status() & VTD_FSTS_PFO, 0);
	fault(3);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF | VTD_FSTS_PFO);
	ck_assert_uint_eq(w.u.stats.lost, 3);
	for (unsigned n = 0; n < 4; n++)
		clear_record(n);
	ck_assert_uint_eq(status(), VTD_FSTS_PFO);
	fault(1);
	ck_assert_uint_eq(w.u.stats.recorded, 4);
	world_write32(&w, VTD_FSTS, VTD_FSTS_PFO);
	ck_assert_uint_eq(status(), 0);
	fault(1);
	ck_assert_uint_eq(w.u.stats.recorded, 5);
	ck_assert_uint_eq(status(), VTD_FSTS_PPF);
}
END_TEST

START_TEST(an_event_for_the_first_of_a_row)
{
	begin();
	world_write32(&w, VTD_FECTL, 0);
	fault(1);
	ck_assert_uint_eq(world_msis, 1);
	ck_assert_uint_eq(world_msi_address, UINT64_C(0x12) << 32 | MSI_ADDRESS);
	ck_assert_uint_eq(world_msi_data, MSI_DATA);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), 0);
	fault(5); /* overflow among them */
	ck_assert_uint_eq(world_msis, 1);
	for (unsigned n = 0; n < 4; n++)
		clear_record(n);
	world_write32(&w, VTD_FSTS, 0xff);
	fault(1);
	ck_assert_uint_eq(world_msis, 2);
}
END_TEST

START_TEST(a_masked_event_is_pending)
{
	begin();
	fault(1);
	ck_assert_uint_eq(world_msis, 0);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), VTD_EVENT_IM | VTD_EVENT_IP);
	world_write32(&w, VTD_FECTL, VTD_EVENT_IM); /* IP is not the driver's */
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), VTD_EVENT_IM | VTD_EVENT_IP);
	world_write32(&w, VTD_FECTL, 0);
	ck_assert_uint_eq(world_msis, 1);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), 0);
	world_write32(&w, VTD_FECTL, 0);
	ck_assert_uint_eq(world_msis, 1);
}
END_TEST

START_TEST(what_was_dealt_with_is_not_pending)
{
	begin();
	fault(1);
	clear_record(0);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), VTD_EVENT_IM);
	world_write32(&w, VTD_FECTL, 0);
	ck_assert_uint_eq(world_msis, 0);
}
END_TEST

START_TEST(completion_events)
{
	begin();
	world_write32(&w, VTD_IEDATA, 0x55);
	world_write32(&w, VTD_IEADDR, 0xfee00000);
	world_queue(&w);
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_IF, 0);
	ck_assert_uint_eq(world_read32(&w, VTD_ICS), VTD_ICS_IWC);
	ck_assert_uint_eq(world_read32(&w, VTD_IECTL), VTD_EVENT_IM | VTD_EVENT_IP);
	world_write32(&w, VTD_IECTL, 0);
	ck_assert_uint_eq(world_msis, 1);
	ck_assert_uint_eq(world_msi_address, 0xfee00000);
	ck_assert_uint_eq(world_msi_data, 0x55);
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_IF, 0); /* IWC is still set: no event */
	ck_assert_uint_eq(world_msis, 1);
	world_write32(&w, VTD_ICS, VTD_ICS_IWC);
	ck_assert_uint_eq(world_read32(&w, VTD_ICS), 0);
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_IF, 0);
	ck_assert_uint_eq(world_msis, 2);
	world_write32(&w, VTD_ICS, VTD_ICS_IWC);
	world_write32(&w, VTD_IECTL, VTD_EVENT_IM);
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_IF, 0);
	world_write32(&w, VTD_ICS, VTD_ICS_IWC);
	world_write32(&w, VTD_IECTL, 0); /* withdrawn */
	ck_assert_uint_eq(world_msis, 2);
}
END_TEST

START_TEST(faults_by_the_thousand)
{
	begin();
	world_write32(&w, VTD_FECTL, 0);
	for (unsigned i = 0; i < 100000; i++)
		EXPECT(world_dma(&w, (uint64_t)i << 12, i & 1) == VIOMMU_FAULT);
	ck_assert_uint_eq(w.u.stats.recorded, 4);
	ck_assert_uint_eq(w.u.stats.lost, 99996);
	ck_assert_uint_eq(world_msis, 1);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
}
END_TEST

TCase *record_cases(void)
{
	TCase *tcase = tcase_create("records");

	tcase_add_test(tcase, records_go_round);
	tcase_add_test(tcase, overflow_loses_until_it_is_cleared);
	tcase_add_test(tcase, an_event_for_the_first_of_a_row);
	tcase_add_test(tcase, a_masked_event_is_pending);
	tcase_add_test(tcase, what_was_dealt_with_is_not_pending);
	tcase_add_test(tcase, completion_events);
	tcase_add_test(tcase, faults_by_the_thousand);
	return tcase;
}

// SPDX-License-Identifier: Apache-2.0
/* Global commands in every order, and invalidation by register. */
#include "suites.h"
#include "world.h"

#define DID_SHIFTED ((uint64_t)WORLD_DID << VTD_IOTLB_DID_SHIFT)

static struct world w;

static void begin(void)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
}

START_TEST(status_follows_commands)
{
	begin();
	world_write32(&w, VTD_GCMD, VTD_GCMD_RSVD | 0x38000000); /* reserved and absent ones */
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS), 0);
	world_command(&w, VTD_GCMD_SRTP, true);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS), VTD_GSTS_RTPS);
	world_command(&w, VTD_GCMD_IRE, true);
	world_command(&w, VTD_GCMD_CFI, true);
	world_command(&w, VTD_GCMD_TE, true);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS),
			  VTD_GSTS_RTPS | VTD_GSTS_IRES | VTD_GSTS_CFIS | VTD_GSTS_TES);
	world_command(&w, VTD_GCMD_SIRTP, true);
	world_command(&w, VTD_GCMD_IRE, false);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS),
			  VTD_GSTS_RTPS | VTD_GSTS_CFIS | VTD_GSTS_TES | VTD_GSTS_IRTPS);
	world_write32(&w, VTD_GCMD, 0);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS), VTD_GSTS_RTPS | VTD_GSTS_IRTPS);
	ck_assert_uint_eq(world_read32(&w, VTD_GCMD), 0);
}
END_TEST

START_TEST(what_is_not_offered_cannot_be_switched_on)
{
	struct viommu_config config = world_config();

	config.queued = config.remapping = config.eim = false;
	world_begin(&w, &config);
	world_write32(&w, VTD_GCMD, UINT32_MAX);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS), VTD_GSTS_TES | VTD_GSTS_RTPS);
}
END_TEST

/* The root table is the one that SRTP has latched, whatever RTADDR says since. */
START_TEST(root_table_is_latched)
{
	begin();
	world_translating(&w);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0x123, true), VIOMMU_OK);
	world_write64(&w, VTD_RTADDR, WORLD_HOLE);
	ck_assert_int_eq(world_dma(&w, 0x123, true), VIOMMU_OK);
	world_command(&w, VTD_GCMD_SRTP, true);
	ck_assert_int_eq(world_dma(&w, 0x123, true), VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_ROOT_ACCESS);
	world_command(&w, VTD_GCMD_TE, false);
	ck_assert_int_eq(world_dma(&w, WORLD_RAM + 0x123, true), VIOMMU_OK);
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0x123);
}
END_TEST

/* Translation is on before there is a table: everything faults, nothing falls over. */
START_TEST(translation_before_a_root_table)
{
	begin();
	world_command(&w, VTD_GCMD_TE, true);
	ck_assert_int_eq(world_dma(&w, WORLD_RAM, false), VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_ROOT_ABSENT);
}
END_TEST

static unsigned context_command(unsigned granularity, uint16_t did, uint16_t source)
{
	uint64_t ccmd;

	world_write64(&w, VTD_CCMD,
		      VTD_CCMD_ICC | (uint64_t)granularity << VTD_CCMD_CIRG_SHIFT |
			      (uint64_t)source << VTD_CCMD_SID_SHIFT | did);
	ccmd = world_read64(&w, VTD_CCMD);
	ck_assert(!(ccmd & VTD_CCMD_ICC));
	return ccmd >> VTD_CCMD_CAIG_SHIFT & 3;
}

static bool context_is_remembered(void)
{
	return world_dma(&w, 0, false) == VIOMMU_OK;
}

/* Each granularity takes out a context that is meant, none other, and is reported. */
START_TEST(contexts_by_register)
{
	static const struct {
		unsigned granularity;
		uint16_t did, source;
		bool stays;
	} rows[] = {
		{VTD_GLOBAL, 0, 0, false},
		{VTD_DOMAIN, WORLD_DID, 0, false},
		{VTD_DOMAIN, WORLD_DID + 1, 0, true},
		{VTD_DEVICE, WORLD_DID, WORLD_DEV, false},
		{VTD_DEVICE, WORLD_DID, WORLD_DEV + 8, true},
		{0, WORLD_DID, WORLD_DEV, true},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		world_translating(&w);
		world_leaf(0, WORLD_RAM | VTD_PTE_RW);
		ck_assert(context_is_remembered());
		world_context(WORLD_DEV, 0, 0);
		ck_assert(context_is_remembered());
		ck_assert_uint_eq(context_command(rows[i].granularity, rows[i].did, rows[i].source),
				  rows[i].granularity);
		ck_assert_msg(context_is_remembered() == rows[i].stays, "row %u", i);
	}
}
END_TEST

static unsigned iotlb_command(unsigned granularity, uint64_t did, uint64_t address)
{
	uint64_t iotlb;

	world_write64(&w, VTD_IVA, address);
	world_write64(&w, VTD_IOTLB,
		      VTD_IOTLB_IVT | (uint64_t)granularity << VTD_IOTLB_IIRG_SHIFT | did);
	iotlb = world_read64(&w, VTD_IOTLB);
	ck_assert(!(iotlb & VTD_IOTLB_IVT));
	return iotlb >> VTD_IOTLB_IAIG_SHIFT & 3;
}

START_TEST(iotlb_by_register)
{
	static const struct {
		unsigned granularity;
		uint64_t did, address;
		bool stays;
		unsigned done;
	} rows[] = {
		{VTD_GLOBAL, 0, 0, false, VTD_GLOBAL},
		{VTD_DOMAIN, DID_SHIFTED, 0, false, VTD_DOMAIN},
		{VTD_DOMAIN, 0, 0, true, VTD_DOMAIN},
		{VTD_PAGE, DID_SHIFTED, 0x1000, false, VTD_PAGE},
		{VTD_PAGE, DID_SHIFTED, 0x1000 | 1 << 6, false, VTD_PAGE}, /* IH */
		{VTD_PAGE, DID_SHIFTED, 0x2000, true, VTD_PAGE},
		{VTD_PAGE, DID_SHIFTED, 0x3000 | 1, true, VTD_PAGE},
		{VTD_PAGE, DID_SHIFTED, 0x3000 | 2, false, VTD_PAGE},
		{VTD_PAGE, 0, 0x1000, true, VTD_PAGE},
		{VTD_PAGE, DID_SHIFTED, 18, false, VTD_PAGE},
		{VTD_PAGE, DID_SHIFTED, 19, true, 0}, /* more than MAMV */
		{VTD_PAGE, DID_SHIFTED, UINT64_C(1) << 50, true, VTD_PAGE},
		{0, DID_SHIFTED, 0x1000, true, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		world_translating(&w);
		world_leaf(1, WORLD_RAM | VTD_PTE_RW);
		ck_assert_int_eq(world_dma(&w, 0x1000, false), VIOMMU_OK);
		world_leaf(1, 0);
		ck_assert_int_eq(world_dma(&w, 0x1000, false), VIOMMU_OK);
		ck_assert_uint_eq(iotlb_command(rows[i].granularity, rows[i].did, rows[i].address),
				  rows[i].done);
		ck_assert_msg((world_dma(&w, 0x1000, false) == VIOMMU_OK) == rows[i].stays,
			      "row %u", i);
	}
}
END_TEST

/* A command whose bit is in the upper half begins with that half, on what the lower one then is. */
START_TEST(commands_by_halves)
{
	begin();
	world_write32(&w, VTD_CCMD, 0x77);
	ck_assert_uint_eq(world_read64(&w, VTD_CCMD), 0x77);
	world_write32(&w, VTD_CCMD + 4, 0xa0000000);
	ck_assert_uint_eq(w.u.stats.context[VTD_GLOBAL], 1);
	world_write32(&w, VTD_IOTLB + 4, 0xa0000000);
	world_write32(&w, VTD_IOTLB, 0xffffffff);
	ck_assert_uint_eq(w.u.stats.iotlb[VTD_DOMAIN], 1);
	ck_assert_uint_eq(world_read64(&w, VTD_IOTLB), UINT64_C(2) << VTD_IOTLB_IIRG_SHIFT |
							       UINT64_C(2) << VTD_IOTLB_IAIG_SHIFT);
}
END_TEST

/* With the queue on, registers are refused: granularity 0. */
START_TEST(registers_beside_the_queue)
{
	begin();
	world_queue(&w);
	ck_assert_uint_eq(context_command(VTD_GLOBAL, 0, 0), 0);
	ck_assert_uint_eq(iotlb_command(VTD_GLOBAL, 0, 0), 0);
	ck_assert_uint_eq(w.u.stats.context[VTD_GLOBAL] + w.u.stats.iotlb[VTD_GLOBAL], 0);
	world_command(&w, VTD_GCMD_QIE, false);
	ck_assert_uint_eq(iotlb_command(VTD_GLOBAL, 0, 0), VTD_GLOBAL);
}
END_TEST

START_TEST(reset_is_power_on)
{
	begin();
	world_translating(&w);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	world_dma(&w, 0, false);
	world_dma(&w, 0x5000, false);
	world_queue(&w);
	ck_assert_uint_eq(w.u.stats.mapped, 1);
	viommu_reset(&w.u);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
	ck_assert_uint_eq(w.u.pool.free, w.u.pool.total);
	ck_assert_uint_eq(world_read32(&w, VTD_GSTS), 0);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), 0);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), VTD_EVENT_IM);
	ck_assert_uint_eq(world_read64(&w, VTD_IQA), 0);
	ck_assert_uint_eq(world_read64(&w, viommu_frcd(0, true)), 0);
}
END_TEST

TCase *command_cases(void)
{
	TCase *tcase = tcase_create("commands");

	tcase_add_test(tcase, status_follows_commands);
	tcase_add_test(tcase, what_is_not_offered_cannot_be_switched_on);
	tcase_add_test(tcase, root_table_is_latched);
	tcase_add_test(tcase, translation_before_a_root_table);
	tcase_add_test(tcase, contexts_by_register);
	tcase_add_test(tcase, iotlb_by_register);
	tcase_add_test(tcase, commands_by_halves);
	tcase_add_test(tcase, registers_beside_the_queue);
	tcase_add_test(tcase, reset_is_power_on);
	return tcase;
}

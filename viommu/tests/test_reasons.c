// SPDX-License-Identifier: Apache-2.0
/* Every reason to block a DMA, by its name; each with and without FPD. */
#include "suites.h"
#include "world.h"

#define CONTEXT_LOW  (WORLD_TABLES | VTD_ENTRY_P)
#define CONTEXT_HIGH (UINT64_C(2) | (uint64_t)WORLD_DID << VTD_CONTEXT_DID_LOW)
#define OUTSIDE      (UINT64_C(1) << 46) /* of HAW */

static struct world w;

/* What is written over the good tables: a word of L1's memory, or of the context entry. */
struct spoil {
	const char *name;
	uint64_t where, value;
	uint64_t iova;
	bool write;
	enum viommu_fault_reason reason;
	bool qualified;
};

#define ROOT     WORLD_ROOT
#define LOW      (WORLD_CONTEXTS + WORLD_DEV * 16)
#define HIGH     (LOW + 8)
#define TABLE(n) (WORLD_TABLES + (n)*0x1000)
#define NEXT     (TABLE(1) | VTD_PTE_RW)

static const struct spoil rows[] = {
	{"root entry absent", ROOT, 0, 0, false, VIOMMU_FAULT_ROOT_ABSENT, false},
	{"root entry absent, all else set", ROOT, ~UINT64_C(1), 0, false, VIOMMU_FAULT_ROOT_ABSENT,
	 false},
	{"root entry reserved, low", ROOT, WORLD_CONTEXTS | 3, 0, false, VIOMMU_FAULT_ROOT_RESERVED,
	 false},
	{"root entry reserved, high", ROOT + 8, 1, 0, false, VIOMMU_FAULT_ROOT_RESERVED, false},
	{"root entry beyond HAW", ROOT, OUTSIDE | 1, 0, false, VIOMMU_FAULT_ROOT_RESERVED, false},
	{"context table in a hole", ROOT, WORLD_HOLE | 1, 0, false, VIOMMU_FAULT_CONTEXT_ACCESS,
	 false},
	{"context table in a device", ROOT, WORLD_DEVICE | 1, 0, false, VIOMMU_FAULT_CONTEXT_ACCESS,
	 false},
	{"context entry absent", LOW, 0, 0, true, VIOMMU_FAULT_CONTEXT_ABSENT, true},
	{"context entry reserved, low", LOW, CONTEXT_LOW | 0x10, 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry reserved, low", LOW, CONTEXT_LOW | 0x800, 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry reserved, bit 71", HIGH, CONTEXT_HIGH | 0x80, 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry reserved, domain-id", HIGH, CONTEXT_HIGH | 0x10000, 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry reserved, bit 127", HIGH, CONTEXT_HIGH | VTD_BIT(63), 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry beyond HAW", LOW, CONTEXT_LOW | OUTSIDE, 0, false,
	 VIOMMU_FAULT_CONTEXT_RESERVED, true},
	{"context entry, type with device-TLB", LOW, CONTEXT_LOW | 4, 0, false,
	 VIOMMU_FAULT_CONTEXT_INVALID, true},
	{"context entry, type 3", LOW, CONTEXT_LOW | 0xc, 0, false, VIOMMU_FAULT_CONTEXT_INVALID,
	 true},
	{"context entry, two levels", HIGH, CONTEXT_HIGH & ~UINT64_C(2), 0, false,
	 VIOMMU_FAULT_CONTEXT_INVALID, true},
	{"context entry, five levels", HIGH, CONTEXT_HIGH | 1, 0, false,
	 VIOMMU_FAULT_CONTEXT_INVALID, true},
	{"beyond MGAW", HIGH, CONTEXT_HIGH, UINT64_C(1) << 48, false, VIOMMU_FAULT_BEYOND_WIDTH,
	 true},
	{"beyond three levels", HIGH, (CONTEXT_HIGH & ~UINT64_C(2)) | 1, UINT64_C(1) << 39, true,
	 VIOMMU_FAULT_BEYOND_WIDTH, true},
	{"nothing mapped, read", TABLE(3), 0, 0, false, VIOMMU_FAULT_READ, true},
	{"nothing mapped, write", TABLE(3), 0, 0, true, VIOMMU_FAULT_WRITE, true},
	{"nothing mapped, with rubbish", TABLE(3), ~VTD_PTE_RW, 0, true, VIOMMU_FAULT_WRITE, true},
	{"nothing mapped above", TABLE(1), 0, 0, false, VIOMMU_FAULT_READ, true},
	{"read-only", TABLE(3), WORLD_RAM | VTD_PTE_R, 0, true, VIOMMU_FAULT_WRITE, true},
	{"read-only above", TABLE(0), NEXT & ~VTD_PTE_W, 0, true, VIOMMU_FAULT_WRITE, true},
	{"write-only", TABLE(3), WORLD_RAM | VTD_PTE_W, 0, false, VIOMMU_FAULT_READ, true},
	{"first table in a hole", LOW, WORLD_HOLE | 1, 0, false, VIOMMU_FAULT_TABLE_ACCESS, true},
	{"later table in a hole", TABLE(1), WORLD_HOLE | VTD_PTE_RW, 0, false,
	 VIOMMU_FAULT_TABLE_ACCESS, true},
	{"paging entry, snoop not offered", TABLE(3), WORLD_RAM | VTD_PTE_RW | VTD_PTE_SNP, 0,
	 false, VIOMMU_FAULT_TABLE_RESERVED, true},
	{"paging entry, transient mapping", TABLE(3), WORLD_RAM | VTD_PTE_RW | VTD_PTE_TM, 0, false,
	 VIOMMU_FAULT_TABLE_RESERVED, true},
	{"paging entry beyond HAW", TABLE(2), OUTSIDE | VTD_PTE_RW, 0, false,
	 VIOMMU_FAULT_TABLE_RESERVED, true},
	{"page of 512 GiB", TABLE(0), WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS, 0, false,
	 VIOMMU_FAULT_TABLE_RESERVED, true},
	{"page of 1 GiB, not aligned", TABLE(1), (WORLD_RAM + 0x200000) | VTD_PTE_RW | VTD_PTE_PS,
	 0, false, VIOMMU_FAULT_TABLE_RESERVED, true},
	{"page of 2 MiB, not aligned", TABLE(2), (WORLD_RAM + 0x1000) | VTD_PTE_RW | VTD_PTE_PS, 0,
	 false, VIOMMU_FAULT_TABLE_RESERVED, true},
	{"into the interrupt range", TABLE(3), 0xfee01000 | VTD_PTE_RW, 0, true,
	 VIOMMU_FAULT_OUTPUT_INTERRUPT, true},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void spoiled(const struct spoil *row, bool fpd)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_translating(&w);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	world_set(row->where, row->value);
	if (fpd)
		world_set(LOW, world_get(LOW) | VTD_CONTEXT_FPD);
}

START_TEST(every_reason)
{
	const struct spoil *row = &rows[_i];
	uint64_t upper;

	spoiled(row, false);
	for (unsigned again = 0; again < 2; again++) {
		ck_assert_msg(world_dma(&w, row->iova, row->write) == VIOMMU_FAULT, "%s",
			      row->name);
		ck_assert_msg(world_reason(&w) == (unsigned)row->reason, "%s", row->name);
		upper = world_read64(&w, viommu_frcd(again, true));
		ck_assert_uint_eq(upper & 0xffff, WORLD_DEV);
		ck_assert_uint_eq(!!(upper & VTD_FRCD_T_READ), !row->write);
		ck_assert_uint_eq(world_read64(&w, viommu_frcd(again, false)), row->iova);
	}
	ck_assert_uint_eq(w.u.stats.fault[row->reason], 2);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
}
END_TEST

START_TEST(every_reason_with_fpd)
{
	const struct spoil *row = &rows[_i];

	spoiled(row, true);
	ck_assert_int_eq(world_dma(&w, row->iova, row->write), VIOMMU_FAULT);
	ck_assert_msg(w.u.stats.recorded == !row->qualified, "%s", row->name);
	ck_assert_uint_eq(w.u.stats.fault[row->reason], 1);
}
END_TEST

START_TEST(root_table_out_of_memory_or_of_another_mode)
{
	static const uint64_t roots[] = {WORLD_HOLE, WORLD_DEVICE, WORLD_ROOT | 0x400,
					 WORLD_ROOT | 0x800, ~UINT64_C(0)};

	for (unsigned i = 0; i < 5; i++) {
		spoiled(&rows[0], false);
		world_write64(&w, VTD_RTADDR, roots[i]);
		world_command(&w, VTD_GCMD_SRTP, true);
		ck_assert_int_eq(world_dma(&w, 0, false), VIOMMU_FAULT);
		ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_ROOT_ACCESS);
	}
}
END_TEST

/* What is not offered is reserved, or invalid. */
START_TEST(pages_and_types_that_are_not_offered)
{
	struct viommu_config config = world_config();

	config.page_1g = config.page_2m = config.pass_through = config.agaw_39 = false;
	world_begin(&w, &config);
	world_translating(&w);
	world_set(TABLE(1), WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	world_dma(&w, 0, false);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_TABLE_RESERVED);
	world_set(TABLE(1), TABLE(2) | VTD_PTE_RW);
	world_set(TABLE(2), WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	world_dma(&w, 0, false);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_TABLE_RESERVED);
	world_context(WORLD_DEV + 1, VTD_TT_PASS << 2 | 1, 2);
	ck_assert_int_eq(viommu_translate(&w.u, WORLD_DEV + 1, 0, false, &world_hpa, &world_size),
			 VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_CONTEXT_INVALID);
	world_context(WORLD_DEV + 2, CONTEXT_LOW, (CONTEXT_HIGH & ~UINT64_C(2)) | 1);
	ck_assert_int_eq(viommu_translate(&w.u, WORLD_DEV + 2, 0, false, &world_hpa, &world_size),
			 VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_CONTEXT_INVALID);
}
END_TEST

/* Bits that 9.8 leaves to software or to other features change nothing. */
START_TEST(ignored_bits)
{
	struct viommu_config config = world_config();

	config.snoop = true;
	world_begin(&w, &config);
	world_translating(&w);
	world_leaf(0,
		   WORLD_RAM | VTD_PTE_RW | VTD_PTE_SNP | VTD_MASK(61, 52) | VTD_BIT(63) | 0x7fc);
	ck_assert_int_eq(world_dma(&w, 0x777, true), VIOMMU_OK);
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0x777);
	ck_assert_uint_eq(world_size, 0x1000 - 0x777);
}
END_TEST

START_TEST(names_of_reasons)
{
	ck_assert_str_eq(viommu_fault_name(VIOMMU_FAULT_IRTE_SOURCE),
			 "the requester is not the entry's source-id");
	ck_assert_ptr_null(viommu_fault_name(0));
	ck_assert_ptr_null(viommu_fault_name(0x0f));
	ck_assert_ptr_null(viommu_fault_name(VIOMMU_REASONS));
}
END_TEST

TCase *reason_cases(void)
{
	TCase *tcase = tcase_create("reasons");

	tcase_add_loop_test(tcase, every_reason, 0, ROWS);
	tcase_add_loop_test(tcase, every_reason_with_fpd, 0, ROWS);
	tcase_add_test(tcase, root_table_out_of_memory_or_of_another_mode);
	tcase_add_test(tcase, pages_and_types_that_are_not_offered);
	tcase_add_test(tcase, ignored_bits);
	tcase_add_test(tcase, names_of_reasons);
	return tcase;
}

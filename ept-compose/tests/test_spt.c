// SPDX-License-Identifier: Apache-2.0
/* Shadow page tables, one property at a time; test_spt_random.c has the rest. */
#include <string.h>
#include "spt_model.h"
#include "spt_world.h"
#include "suites.h"

#define TABLE(n) ((n)*EPT_PAGE_SIZE)
#define WRITE    2u
#define USER     4u
#define FETCH    16u

static struct spt_world w;

/* A 4-level guest without tables yet: PML4 in page 1, PDPT in 2, PD in 3, PT in 4. */
static void setup(void)
{
	spt_world_make(&w, SPT_UNPAGED, 1, 64);
	memset(arena_ptr(ARENA_L1), 0, TABLE(8));
	w.caps = (struct spt_caps){.maxphyaddr = 40, .page_1g = true};
	ck_assert(!spt_init(&w.spt, ARENA_EPT02, 64, &w.caps));
	w.regs = (struct spt_registers){.mode = SPT_LONG, .cr3 = TABLE(1), .wp = true, .nxe = true};
	spt_load(&w.spt, &w.ept01, &w.regs);
	arena_set(ARENA_L1 + TABLE(1), TABLE(2) | 7);
	arena_set(ARENA_L1 + TABLE(2), TABLE(3) | 7);
	arena_set(ARENA_L1 + TABLE(3), TABLE(4) | 7);
	arena_set(ARENA_L1 + TABLE(4), 0x400000 | 7);
}

static enum spt_verdict access_to(uint64_t linear, uint32_t error, struct spt_fault *fault)
{
	const struct spt_access access = {.linear = linear, .error = error};

	return spt_fill(&w.spt, &w.ept01, &access, fault);
}

static bool reaches(uint64_t linear, uint32_t error)
{
	const struct spt_access access = {.linear = linear, .error = error};
	uint64_t hpa;

	return spt_cpu_access(&w.spt, &access, &hpa);
}

START_TEST(region)
{
	struct spt spt;

	ck_assert_int_eq(spt_init(&spt, ARENA_EPT02, SPT_MIN_PAGES - 1, &w.caps), EPT_EINVAL);
	ck_assert_int_eq(spt_init(&spt, UINT64_C(0x100000000), 64, &w.caps), EPT_EINVAL);
	ck_assert_int_eq(spt_init(&spt, ARENA_EPT02 + 8, 64, &w.caps), EPT_EINVAL);
}
END_TEST

/* A page that was read is not writable until D is set; then nothing comes back. */
START_TEST(dirty_flag)
{
	struct spt_fault fault;

	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_uint_eq(arena_get(ARENA_L1 + TABLE(4)), 0x400000 | 0x27);
	ck_assert(reaches(0, 0) && !reaches(0, WRITE));
	ck_assert_int_eq(access_to(0, WRITE | 1, &fault), SPT_FILLED);
	ck_assert_uint_eq(arena_get(ARENA_L1 + TABLE(4)), 0x400000 | 0x67);
	ck_assert(reaches(0, WRITE));
	ck_assert(w.spt.flush);
}
END_TEST

/* Without CR0.WP a read-only page is the supervisor's to write, then the user's to read again. */
START_TEST(write_by_privilege)
{
	struct spt_fault fault;

	w.regs.wp = false;
	w.regs.smep = true;
	spt_load(&w.spt, &w.ept01, &w.regs);
	arena_set(ARENA_L1 + TABLE(4), 0x400000 | 5);
	ck_assert_int_eq(access_to(0, WRITE, &fault), SPT_FILLED);
	ck_assert(reaches(0, WRITE) && !reaches(0, USER) && !reaches(0, FETCH));
	ck_assert_int_eq(access_to(0, USER, &fault), SPT_FILLED);
	ck_assert(reaches(0, USER) && !reaches(0, WRITE));
	ck_assert_int_eq(access_to(0, USER | WRITE, &fault), SPT_FAULT);
	ck_assert_uint_eq(fault.error, USER | WRITE | 1);
}
END_TEST

/* INVLPG anywhere in a 1 GiB page takes all its parts away; beside a 4 KiB page it takes none. */
START_TEST(invlpg)
{
	struct spt_fault fault;

	arena_set(ARENA_L1 + TABLE(2) + 8, 0x87); /* 1 GiB at 0, of which EPT01 has parts */
	ck_assert_int_eq(access_to(0x40000000, 0, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(0x40201000, 0, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert(reaches(0x40000000, 0) && reaches(0x40201000, 0));
	w.spt.flush = false;
	spt_invalidate(&w.spt, 0x5000);
	ck_assert(reaches(0, 0) && !w.spt.flush);
	spt_invalidate(&w.spt, 0x7ffff000);
	ck_assert(!reaches(0x40000000, 0) && !reaches(0x40201000, 0) && reaches(0, 0));
	ck_assert(w.spt.flush);
}
END_TEST

/* A 4 MiB page lies in two entries of the tables; both go. */
START_TEST(invlpg_4m)
{
	struct spt_fault fault;
	uint32_t pde = 0x400000 | 0x87;

	w.regs = (struct spt_registers){.mode = SPT_32, .cr3 = TABLE(5), .pse = true, .wp = true};
	spt_load(&w.spt, &w.ept01, &w.regs);
	memcpy(arena_ptr(ARENA_L1 + TABLE(5)), &pde, 4);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(0x200000, 0, &fault), SPT_FILLED);
	spt_invalidate(&w.spt, 0x1000);
	ck_assert(!reaches(0, 0) && !reaches(0x200000, 0));
}
END_TEST

/* A second PML4 in page 5, which shares all below the first one's entry 0. */
static void load_other_space(void)
{
	arena_set(ARENA_L1 + TABLE(5), TABLE(2) | 7);
	w.regs.cr3 = TABLE(5);
	spt_load(&w.spt, &w.ept01, &w.regs);
}

static void load_first_space(void)
{
	w.regs.cr3 = TABLE(1);
	spt_load(&w.spt, &w.ept01, &w.regs);
}

/* What one address space has filled is there for the other, whose root comes back as it was. */
START_TEST(roots_share_tables)
{
	struct spt_fault fault;
	uint32_t free;

	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	load_other_space();
	ck_assert(!reaches(0, 0));
	free = w.spt.pool.free;
	ck_assert_int_eq(access_to(0x1000, 0, &fault), SPT_FAULT); /* not present in page 4 */
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_uint_eq(w.spt.pool.free, free);
	ck_assert_uint_eq(w.spt.stats.filled, 1);
	ck_assert(reaches(0, 0));
	load_first_space();
	ck_assert(reaches(0, 0) && w.spt.flush);
	ck_assert_uint_eq(w.spt.stats.reused, 1);
	ck_assert_uint_eq(w.spt.stats.made, 2);
}
END_TEST

/* A load takes out what the guest changed meanwhile, and nothing else. */
START_TEST(load_brings_into_line)
{
	struct spt_fault fault;

	arena_set(ARENA_L1 + TABLE(4) + 8, 0x401000 | 7);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(0x1000, 0, &fault), SPT_FILLED);
	arena_set(ARENA_L1 + TABLE(4), 0x402000 | 7);
	ck_assert(reaches(0, 0)); /* as by a processor's TLB */
	load_other_space();
	load_first_space();
	ck_assert(!reaches(0, 0) && reaches(0x1000, 0));
	ck_assert_uint_eq(w.spt.stats.stale, 1);
	arena_set(ARENA_L1 + TABLE(3), 0);
	spt_flush(&w.spt);
	ck_assert(reaches(0x1000, 0));
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert(!reaches(0x1000, 0));
	ck_assert_uint_eq(spt_pages_used(&w.spt), w.spt.pool.total - w.spt.pool.free);
}
END_TEST

/* A table that only another address space used meanwhile is brought into line when it is found. */
START_TEST(found_table_is_in_line)
{
	struct spt_fault fault;

	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	load_other_space();
	arena_set(ARENA_L1 + TABLE(4), 0x402000 | 7);
	arena_set(ARENA_L1 + TABLE(4) + 8, 0x401000 | 7);
	ck_assert_int_eq(access_to(0x1000, 0, &fault), SPT_FILLED);
	ck_assert(!reaches(0, 0));
}
END_TEST

/* The accessed flag that the guest has cleared is set again after its flush, and so is the dirty
 * flag. */
START_TEST(flags_cleared)
{
	struct spt_fault fault;

	ck_assert_int_eq(access_to(0, WRITE, &fault), SPT_FILLED);
	arena_set(ARENA_L1 + TABLE(4), 0x400000 | 7);
	spt_flush(&w.spt);
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert(!reaches(0, 0));
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_uint_eq(arena_get(ARENA_L1 + TABLE(4)), 0x400000 | 0x27);
	ck_assert(!reaches(0, WRITE));
}
END_TEST

/* The other rights of a second way to a table are not those of the first one. */
START_TEST(rights_of_the_way)
{
	struct spt_fault fault;

	ck_assert_int_eq(access_to(0, WRITE | USER, &fault), SPT_FILLED);
	load_other_space();
	arena_set(ARENA_L1 + TABLE(5), TABLE(2) | 1);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert(reaches(0, 0) && !reaches(0, WRITE) && !reaches(0, USER));
	load_first_space();
	ck_assert(reaches(0, WRITE | USER));
}
END_TEST

/* What is cached of one way to a table says nothing about an address that leads there by another.
 */
START_TEST(one_table_at_two_addresses)
{
	const uint64_t other = UINT64_C(1) << 39;
	struct spt_fault fault;

	arena_set(ARENA_L1 + TABLE(1) + 8, TABLE(2) | 7);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(other + 0x1000, 0, &fault), SPT_FAULT);
	arena_set(ARENA_L1 + TABLE(4), 0);
	ck_assert(reaches(0, 0) && !reaches(other, 0));
	ck_assert_int_eq(access_to(other, 0, &fault), SPT_FAULT);
	arena_set(ARENA_L1 + TABLE(4) + 8, 0x401000 | 7);
	ck_assert_int_eq(access_to(other + 0x1000, 0, &fault), SPT_FILLED);
	ck_assert(reaches(0, 0) && !reaches(other, 0) && !reaches(0x1000, 0));
}
END_TEST

/* A large page that became another one, and was not flushed: its parts do not outlive the flush. */
START_TEST(parts_of_a_changed_page)
{
	struct spt_fault fault;

	arena_set(ARENA_L1 + TABLE(3) + 8, 0x200087); /* 2 MiB at 2 MiB, in small parts by EPT01 */
	ck_assert_int_eq(access_to(0x200000, USER, &fault), SPT_FILLED);
	arena_set(ARENA_L1 + TABLE(3) + 8, 0x200083);
	ck_assert_int_eq(access_to(0x201000, 0, &fault), SPT_FILLED);
	spt_flush(&w.spt);
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert(!reaches(0x200000, USER) && reaches(0x201000, 0));
}
END_TEST

/* After a change of EPT01 nothing is left; tables that then lie nowhere read as ones. */
START_TEST(drop)
{
	struct spt_fault fault;

	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	ck_assert(!ept01_unmap(&w.ept01, TABLE(4), EPT_PAGE_SIZE));
	spt_drop(&w.spt);
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert(!reaches(0, 0) && w.spt.flush);
	ck_assert_int_eq(access_to(0, 0, &fault), SPT_FAULT);
	ck_assert_uint_eq(fault.error, 9);
}
END_TEST

/* A root that lies nowhere: each walk meets ones, and nothing is ever filled. */
START_TEST(root_nowhere)
{
	struct spt_fault fault;

	w.regs.cr3 = UINT64_C(1) << 38;
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert_int_eq(access_to(0, WRITE, &fault), SPT_FAULT);
	ck_assert_uint_eq(fault.error, 9 | WRITE);
	spt_flush(&w.spt);
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert_int_eq(access_to(0, USER, &fault), SPT_FAULT);
	ck_assert_uint_eq(fault.error, 9 | USER);
}
END_TEST

/* More address spaces than places: the one used longest ago goes, and every page comes back. */
START_TEST(many_roots)
{
	struct spt_fault fault;

	for (unsigned i = 0; i <= SPT_ROOTS; i++) {
		w.regs.cr3 = TABLE(1) | i << 3; /* PWT and above: the same PML4 */
		spt_load(&w.spt, &w.ept01, &w.regs);
		ck_assert_int_eq(access_to(0, 0, &fault), SPT_FILLED);
	}
	ck_assert_uint_ge(w.spt.stats.evicted, 1);
	ck_assert_uint_eq(spt_pages_used(&w.spt), w.spt.pool.total - w.spt.pool.free);
	spt_drop(&w.spt);
	ck_assert_uint_eq(w.spt.pool.total, w.spt.pool.free);
}
END_TEST

/*
 * The guest rewrites an entry between its use and its marking, while the tables below it are read:
 * nothing is filled from the old value, and the guest's new one stays.
 */
START_TEST(race)
{
	const uint64_t fresh = TABLE(3) | 7 | 1u << 9;
	struct spt_fault fault;
	unsigned seen = 0;

	for (unsigned calls = 1; calls < 64; calls++) {
		setup();
		arena_poke_later(calls, ARENA_L1 + TABLE(2), fresh);
		access_to(0, 0, &fault);
		arena_poke_later(0, 0, 0);
		if (!w.spt.stats.raced)
			continue;
		seen++;
		ck_assert(!reaches(0, 0));
		ck_assert_uint_eq(arena_get(ARENA_L1 + TABLE(2)), fresh);
	}
	ck_assert_uint_ge(seen, 1);
}
END_TEST

/* With EFLAGS.AC an implicit supervisor access faults all the same: the second fault is the
 * guest's. */
START_TEST(implicit_supervisor_access)
{
	struct spt_fault fault;

	w.regs.smap = true;
	spt_load(&w.spt, &w.ept01, &w.regs);
	ck_assert_int_eq(access_to(0, WRITE, &fault), SPT_FILLED);
	ck_assert_int_eq(access_to(0, WRITE | 1, &fault), SPT_FAULT);
	ck_assert_uint_eq(fault.error, WRITE | 1);
}
END_TEST

START_TEST(pdptes)
{
	const uint64_t good[4] = {0x1001, 0, 0x1e6, 0x2019};
	const uint64_t bad[4] = {0x1003, 0, 0, 0}, wide[4] = {0, 0, 0, UINT64_C(1) << 40 | 1};

	ck_assert(spt_pdptes_valid(good, &w.caps));
	ck_assert(!spt_pdptes_valid(bad, &w.caps) && !spt_pdptes_valid(wide, &w.caps));
}
END_TEST

TCase *spt_cases(void)
{
	TCase *t = tcase_create("shadow page tables");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, region);
	tcase_add_test(t, dirty_flag);
	tcase_add_test(t, write_by_privilege);
	tcase_add_test(t, invlpg);
	tcase_add_test(t, invlpg_4m);
	tcase_add_test(t, roots_share_tables);
	tcase_add_test(t, load_brings_into_line);
	tcase_add_test(t, found_table_is_in_line);
	tcase_add_test(t, flags_cleared);
	tcase_add_test(t, rights_of_the_way);
	tcase_add_test(t, one_table_at_two_addresses);
	tcase_add_test(t, parts_of_a_changed_page);
	tcase_add_test(t, drop);
	tcase_add_test(t, root_nowhere);
	tcase_add_test(t, many_roots);
	tcase_add_test(t, race);
	tcase_add_test(t, implicit_supervisor_access);
	tcase_add_test(t, pdptes);
	return t;
}

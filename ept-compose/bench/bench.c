// SPDX-License-Identifier: Apache-2.0
/* Time of a fill: EPT01 of 1 GiB and 2 MiB pages, EPT12 of 4 KiB or 2 MiB leaves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ept_compose.h"
#include "ept_mem.h"

#define L1_TABLES BENCH_BASE
#define EPT01_AT  (BENCH_BASE + 0x800000)
#define EPT02_AT  (BENCH_BASE + 0x1000000)
#define RAM_L1    UINT64_C(0x40000000)
#define LEAVES    65536u
#define ROUNDS    20u
#define EPTP12    (UINT64_C(0x1000) | EPT_WB | EPTP_WALK_4)

unsigned char bench_memory[BENCH_SIZE] __attribute__((aligned(4096)));

static struct ept_pool pool01;
static struct ept01 ept01;
static struct ept02_cache cache;

static void set12(uint64_t table, uint64_t index, uint64_t entry)
{
	memcpy(ept_ptr(L1_TABLES + table + index * 8), &entry, 8);
}

/* EPT12 at L1 address 0x1000: 256 MiB in 4 KiB leaves at 0, 64 GiB in 2 MiB leaves at 512 GiB. */
static void make_ept12(void)
{
	uint64_t leaf = EPT_RWX | EPT_WB << EPT_MEMTYPE_SHIFT;

	set12(0x1000, 0, 0x2000 | EPT_RWX);
	set12(0x2000, 0, 0x3000 | EPT_RWX);
	set12(0x1000, 1, 0x4000 | EPT_RWX);
	for (uint64_t i = 0; i < LEAVES; i++)
		set12(0x200000, i, (RAM_L1 + i * 4096) | leaf);
	for (uint64_t i = 0; i < LEAVES / 512; i++) {
		set12(0x3000, i, (0x200000 + i * 4096) | EPT_RWX);
		set12(0x4000, i, (0x400000 + i * 4096) | EPT_RWX);
	}
	for (uint64_t i = 0; i < LEAVES; i++)
		set12(0x400000, i, (RAM_L1 + i % 512 * 0x200000) | leaf | EPT_LARGE);
}

static void make(void)
{
	struct ept_caps caps = {46, true, true, true};
	int bad;

	bad = ept_pool_init(&pool01, EPT01_AT, 64);
	bad |= ept01_init(&ept01, &pool01, &caps);
	bad |= ept01_map(&ept01, 0, L1_TABLES, 0x800000, EPT_RWX, EPT_WB);
	bad |= ept01_map(&ept01, RAM_L1, UINT64_C(0x2000000000), 0x40000000, EPT_RWX, EPT_WB);
	bad |= ept02_init(&cache, EPT02_AT, 2048, &caps, &caps);
	if (bad) {
		fputs("ept-compose bench: set-up failed\n", stderr);
		exit(EXIT_FAILURE);
	}
	make_ept12();
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct row {
	const char *name;
	uint64_t eptp12, gpa, step, count;
	unsigned drop_each; /* fills between two invalidations; 0: one per round */
	bool warm;          /* everything is there already */
};

static void fill_all(const struct row *row)
{
	struct ept02_slot *slot = ept02_get(&cache, row->eptp12);
	struct ept_fault fault;

	for (uint64_t i = 0; i < row->count; i++) {
		if (row->drop_each && i % row->drop_each == 0)
			ept02_invalidate(&cache, row->eptp12);
		if (ept02_fill(&cache, slot, &ept01, row->gpa + i * row->step, EPT_R, &fault) !=
		    EPT_FILLED)
			abort();
	}
}

static void measure(const struct row *row)
{
	double best = 1e18;

	fill_all(row);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double start;

		if (!row->warm)
			ept02_invalidate_all(&cache);
		start = now();
		fill_all(row);
		start = now() - start;
		if (start < best)
			best = start;
	}
	printf("%-52s %7.1f ns\n", row->name, best / (double)row->count);
}

int main(void)
{
	static const struct row rows[] = {
		{"4 KiB, neighbours (one new table in 512 fills)", EPTP12, 0, 4096, LEAVES, 0,
		 false},
		{"4 KiB, neighbours, L1 uses A/D", EPTP12 | EPTP_AD, 0, 4096, LEAVES, 0, false},
		{"4 KiB, a new table each time", EPTP12, 0, 0x200000, 128, 0, false},
		{"4 KiB, INVEPT before each (drop, three new tables)", EPTP12, 0, 4096, 4096, 1,
		 false},
		{"4 KiB, entry there already", EPTP12, 0, 4096, LEAVES, 0, true},
		{"2 MiB, neighbours", EPTP12, UINT64_C(1) << 39, 0x200000, LEAVES, 0, false},
		{"2 MiB, entry there already", EPTP12, UINT64_C(1) << 39, 0x200000, LEAVES, 0,
		 true},
	};

	make();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	return 0;
}

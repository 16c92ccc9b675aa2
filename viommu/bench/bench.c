// SPDX-License-Identifier: Apache-2.0
/* Time of a look-up, a fill, an invalidation, and a poll of the register page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ept_mem.h"
#include "viommu.h"
#include "viommu_host.h"
#include "viommu_registers.h"

#define L1_TABLES BENCH_BASE
#define EPT01_AT  (BENCH_BASE + 0x800000)
#define POOL_AT   (BENCH_BASE + 0x1000000)
#define RAM_L1    UINT64_C(0x40000000)
#define ROOT      UINT64_C(0x1000)
#define CONTEXTS  UINT64_C(0x2000)
#define QUEUE     UINT64_C(0x10000) /* 256 KiB: 16,384 descriptors */
#define IRT       UINT64_C(0x3000)
#define TABLES    UINT64_C(0x100000)
#define PAGES     16384u
#define ROUNDS    50u

unsigned char bench_memory[BENCH_SIZE] __attribute__((aligned(4096)));

static struct ept_pool pool01;
static struct ept01 ept01;
static struct viommu u;
static uint64_t page[512] __attribute__((aligned(4096)));

void viommu_host_msi(struct viommu *unit, uint64_t address, uint32_t data)
{
	(void)unit;
	(void)address;
	(void)data;
}

uint64_t viommu_host_now(struct viommu *unit)
{
	(void)unit;
	return 0;
}

static void set(uint64_t l1, uint64_t value)
{
	memcpy(ept_ptr(L1_TABLES + l1), &value, 8);
}

/* Device 0 in domain 1: 64 MiB in pages of 4 KiB at 0, device 1 passes through. */
static void make_tables(void)
{
	set(ROOT, CONTEXTS | 1);
	set(CONTEXTS, TABLES | 1);
	set(CONTEXTS + 8, 2 | 1 << 8);
	set(CONTEXTS + 16, VTD_TT_PASS << 2 | 1);
	set(CONTEXTS + 24, 2);
	set(TABLES, (TABLES + 0x1000) | VTD_PTE_RW);
	set(TABLES + 0x1000, (TABLES + 0x2000) | VTD_PTE_RW);
	for (uint64_t i = 0; i < PAGES / 512; i++)
		set(TABLES + 0x2000 + i * 8, (TABLES + (3 + i) * 0x1000) | VTD_PTE_RW);
	for (uint64_t i = 0; i < PAGES; i++) {
		set(TABLES + 0x3000 + i * 8, (RAM_L1 + i * 4096) | VTD_PTE_RW);
		set(QUEUE + i * 16, VTD_QI_IOTLB | 0x30 | 1 << 16);
		set(QUEUE + i * 16 + 8, i * 4096);
	}
	set(IRT, VTD_IRTE_P | 0x41 << 16);
}

static void command(uint32_t bits)
{
	viommu_write(&u, VTD_GCMD, 4, bits);
}

static void make(void)
{
	struct ept_caps caps = {46, true, true, true};
	struct viommu_config config = {
		.agaw_39 = true,
		.agaw_48 = true,
		.page_2m = true,
		.pass_through = true,
		.queued = true,
		.remapping = true,
		.mgaw = 48,
		.haw = 46,
		.domain_bits = 8,
		.max_am = 18,
		.fault_registers = 8,
		.run_limit = 65536,
	};
	int bad;

	bad = ept_pool_init(&pool01, EPT01_AT, 64);
	bad |= ept01_init(&ept01, &pool01, &caps);
	bad |= ept01_map(&ept01, 0, L1_TABLES, 0x800000, EPT_RWX, EPT_WB);
	bad |= ept01_map(&ept01, RAM_L1, UINT64_C(0x2000000000), 0x40000000, EPT_RWX, EPT_WB);
	bad |= viommu_init(&u, &config, &ept01, POOL_AT, 2048);
	if (bad) {
		fputs("viommu bench: set-up failed\n", stderr);
		exit(EXIT_FAILURE);
	}
	make_tables();
	viommu_write(&u, VTD_RTADDR, 8, ROOT);
	command(VTD_GCMD_SRTP);
	viommu_write(&u, VTD_IRTA, 8, IRT);
	command(VTD_GCMD_SIRTP);
	viommu_write(&u, VTD_IQA, 8, QUEUE | 6);
	command(VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE);
}

static void translate_all(uint16_t device, uint64_t base)
{
	uint64_t hpa, size;

	for (uint64_t i = 0; i < PAGES; i++) {
		if (viommu_translate(&u, device, base + i * 4096, true, &hpa, &size) != VIOMMU_OK)
			abort();
	}
}

static void look_up(void)
{
	translate_all(0, 0);
}

static void pass(void)
{
	translate_all(1, RAM_L1);
}

static void interrupt(void)
{
	struct viommu_interrupt out;

	for (unsigned i = 0; i < PAGES; i++) {
		if (viommu_remap_msi(&u, 0, VTD_MSI_BASE | VTD_MSI_FORMAT, 0, &out) != VIOMMU_OK)
			abort();
	}
}

/* The queue holds one descriptor for each page. */
static void invalidate_pages(void)
{
	viommu_write(&u, VTD_IQT, 8, (PAGES - 1) * 16);
	if (viommu_pending(&u))
		abort();
}

static void poll_idle(void)
{
	for (unsigned i = 0; i < PAGES; i++) {
		if (viommu_page_poll(&u, page, 64))
			abort();
	}
}

static void ask_idle(void)
{
	for (unsigned i = 0; i < PAGES; i++) {
		if (viommu_page_changed(&u, page))
			abort();
	}
}

/* A descriptor a time, as a driver in strict mode. */
static void poll_busy(void)
{
	for (uint64_t i = 1; i < PAGES; i++) {
		page[VTD_IQT / 8] = i * 16;
		viommu_page_poll(&u, page, 64);
	}
}

static void nothing(void)
{
}

static void drop_all(void)
{
	viommu_l1_changed(&u);
}

static void drop_leaves(void)
{
	look_up();
	invalidate_pages();
	viommu_write(&u, VTD_IQT, 8, 0);
	viommu_run(&u, 1);
}

static void filled(void)
{
	look_up();
	viommu_write(&u, VTD_IQT, 8, 0);
	viommu_run(&u, 1);
}

static void show(void)
{
	filled();
	viommu_page_init(&u, page);
}

static const struct row {
	const char *name;
	void (*before)(void), (*run)(void);
} rows[] = {
	{"look-up, composed", look_up, look_up},
	{"look-up, pass-through", nothing, pass},
	{"fill, neighbours (one new table in 512 fills)", drop_all, look_up},
	{"fill, its tables there already", drop_leaves, look_up},
	{"invalidation of a page that is composed", filled, invalidate_pages},
	{"the same by the register page, one descriptor a poll", show, poll_busy},
	{"poll of an idle page", show, poll_idle},
	{"asking an idle page without the lock", show, ask_idle},
	{"interrupt", nothing, interrupt},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const struct row *row)
{
	double best = 1e18;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start;

		row->before();
		start = now();
		row->run();
		start = now() - start;
		if (start < best)
			best = start;
	}
	printf("%-52s %7.1f ns\n", row->name, best / PAGES);
}

int main(void)
{
	make();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Register writes, a register page, descriptors, tables, DMAs and interrupts from a stream of
 * bytes; run here on streams of a generator, so that each run is the same.
 */
#include "fuzz_viommu.h"
#include <string.h>
#include "suites.h"
#include "trees.h"
#include "world.h"

#define STREAMS 2400u
#define LENGTH  2048u

struct stream {
	const uint8_t *data;
	size_t left;
};

static struct world w;
static uint64_t page[512];

static uint64_t take(struct stream *s, size_t bytes)
{
	uint64_t value = 0;

	if (bytes > s->left)
		bytes = s->left;
	memcpy(&value, s->data, bytes);
	s->data += bytes;
	s->left -= bytes;
	return value;
}

/* Mostly an address of a table, with bits that entries have. */
static uint64_t take_entry(struct stream *s)
{
	uint64_t kind = take(s, 1);

	if (kind < 32)
		return take(s, 8);
	return (kind & 0x7f) << 12 | (kind & 0x80 ? WORLD_RAM : 0) | take(s, 2);
}

static void write_register(struct stream *s)
{
	uint32_t offset = (uint32_t)take(s, 2) % 0x210 & ~3u;

	viommu_write(&w.u, offset, take(s, 1) % 2 ? 8 : 4, take(s, 8));
}

static void write_command(struct stream *s)
{
	uint32_t bits = (uint32_t)take(s, 2) << 16;

	/* Translation is mostly left on. */
	world_write32(&w, VTD_GCMD, bits | (take(s, 1) % 8 ? VTD_GCMD_TE : 0));
}

static void write_page(struct stream *s)
{
	uint64_t where = take(s, 1) % VIOMMU_WORDS;

	page[where] = take(s, 8);
	viommu_page_poll(&w.u, page, 16);
}

static void write_queue(struct stream *s)
{
	uint64_t at = take(s, 1) * 16;

	world_set(WORLD_QUEUE + at, take(s, 8) & (take(s, 1) % 2 ? ~UINT64_C(0) : 0xffff003f));
	world_set(WORLD_QUEUE + at + 8, take_entry(s));
	world_write64(&w, VTD_IQA, WORLD_QUEUE | take(s, 1) % 3);
	world_write64(&w, VTD_IQT, take(s, 1) * 16);
}

static void write_table(struct stream *s)
{
	uint64_t at = take(s, 3) & 0x1ffff8;

	world_set(at, take_entry(s));
}

static void write_chain(struct stream *s)
{
	world_leaf((unsigned)take(s, 1), take_entry(s) | VTD_PTE_RW);
	world_write64(&w, VTD_RTADDR, WORLD_ROOT);
}

/* Mostly of the device and the pages that write_chain() is about. */
static uint64_t take_iova(struct stream *s, uint16_t *device)
{
	*device = WORLD_DEV;
	if (take(s, 1) % 8)
		return take(s, 1) << 12;
	*device = (uint16_t)take(s, 1);
	return take(s, 3) << take(s, 1) % 40;
}

static void dma(struct stream *s)
{
	uint64_t hpa, size, iova;
	uint16_t device;

	iova = take_iova(s, &device);
	if (viommu_translate(&w.u, device, iova, take(s, 1) % 2, &hpa, &size) != VIOMMU_OK)
		return;
	EXPECT(size);
	if (hpa >= ARENA_L1 && hpa + size <= ARENA_L1 + 0x200000)
		return;
	EXPECT(hpa >= WORLD_RAM_HPA && hpa + size <= WORLD_RAM_HPA + WORLD_RAM_SIZE + 0x1000);
}

static void interrupt(struct stream *s)
{
	struct viommu_interrupt out;
	uint64_t address = VTD_MSI_BASE | take(s, 3) % VTD_MSI_SIZE;

	viommu_remap_msi(&w.u, (uint16_t)take(s, 1), address, (uint32_t)take(s, 2), &out);
}

/* An entry of the posted format, mostly good, and its descriptor: what is not blocked is requested
 * there. */
static void post(struct stream *s)
{
	uint64_t at = take(s, 2) << 6 & 0x1fffc0, vector = take(s, 1), urgent = take(s, 1) % 2;
	uint64_t control = take(s, 8), posted = w.u.stats.posted;
	struct viommu_interrupt out;

	world_set(at + 32,
		  take(s, 1) % 8 ? control & ~(VTD_PID_RSVD | VTD_PID_RSVD_XAPIC) : control);
	world_set(WORLD_IRT, VTD_IRTE_P | VTD_IRTE_IM | vector << VTD_IRTE_V_SHIFT |
				     (urgent ? VTD_IRTE_URG : 0) | at << VTD_IRTE_PDA_SHIFT);
	world_set(WORLD_IRT + 8, take(s, 1) % 8 ? 0 : take_entry(s));
	world_write64(&w, VTD_IRTA, WORLD_IRT | (take(s, 1) % 2 ? VTD_IRTA_EIME : 0) | 3);
	world_command(&w, VTD_GCMD_SIRTP, true);
	world_command(&w, VTD_GCMD_IRE, true);
	viommu_remap_msi(&w.u, WORLD_DEV, VTD_MSI_BASE | VTD_MSI_FORMAT, 0, &out);
	if (w.u.stats.posted == posted)
		return;
	EXPECT(world_get(at + vector / 64 * 8) >> vector % 64 & 1);
	EXPECT(world_get(at + 32) & (urgent ? VTD_PID_ON : VTD_PID_ON | VTD_PID_SN));
}

static void pass_time(struct stream *s)
{
	world_now += take(s, 2);
	viommu_expire(&w.u, world_now);
}

static void (*const operations[])(struct stream *s) = {
	write_register, write_command, write_page, write_queue, write_table,
	write_chain,    dma,           dma,        dma,         interrupt,
	post,           pass_time,
};

static void check_invariants(void)
{
	uint64_t mapped = 0, pages = 0;

	for (unsigned i = 0; i < VIOMMU_DOMAINS; i++) {
		mapped += w.u.domain[i].mapped;
		pages += w.u.domain[i].pages.count;
	}
	EXPECT(mapped == w.u.stats.mapped);
	EXPECT(w.u.pool.free + pages + 1 == w.u.pool.total); /* one page is of the list */
	EXPECT(w.u.dead.count <= w.u.config.teardown_entries);
	EXPECT(w.u.stats.notified <= w.u.stats.posted);
	EXPECT(w.u.fault_next < w.u.config.fault_registers);
}

int fuzz_viommu(const uint8_t *data, size_t size)
{
	struct stream s = {data, size};
	struct viommu_config config = world_config();
	uint64_t bits = take(&s, 2);

	config.teardown_entries = 16;
	config.teardown_ticks = 1 << 12;
	config.caching_mode = bits & 1;
	config.eager_pages = bits >> 1 & 3;
	config.snoop = bits & 8;
	config.page_1g = bits & 16;
	config.posting = config.remapping && config.eim && (bits & 64);
	world_begin(&w, &config);
	world_translating(&w);
	if (bits & 32)
		world_queue(&w);
	viommu_page_init(&w.u, page);
	while (s.left)
		operations[take(&s, 1) % (sizeof(operations) / sizeof(operations[0]))](&s);
	check_invariants();
	return 0;
}

START_TEST(streams)
{
	static uint8_t data[LENGTH];
	struct prng prng = {0x7e57};
	uint64_t ok = 0, posted = 0;

	for (unsigned n = 0; n < STREAMS; n++) {
		for (unsigned i = 0; i < LENGTH; i++)
			data[i] = (uint8_t)prng_next(&prng);
		fuzz_viommu(data, prng_below(&prng, LENGTH));
		ok += w.u.stats.filled[1];
		posted += w.u.stats.posted;
	}
	ck_assert_uint_gt(ok, 1000);
	ck_assert_uint_gt(posted, 1000);
}
END_TEST

TCase *fuzz_cases(void)
{
	TCase *tcase = tcase_create("fuzz");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, streams);
	return tcase;
}

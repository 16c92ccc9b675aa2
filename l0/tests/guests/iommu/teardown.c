// SPDX-License-Identifier: Apache-2.0
// A driver that leans on translations that it has taken away, which a unit with optimistic teardown
// still may use for a while: only for what they were, never beside what the tables say now, and not
// after a coarser invalidation, others in their place, or their time. A strict unit passes as well.
#include "engine.h"
#include "smp.h"
#include "vtd.h"

#define IOVA  0x200000ULL
#define PAGES 8
#define IOVAS 4
#define STEPS 3000

static struct domain domain;
static volatile uint64_t *page[PAGES]; /* with one between each two that nobody names */

static uint64_t iova_of(unsigned int n)
{
	return IOVA + n * PAGE_SIZE;
}

static void invalidate(uint64_t iova)
{
	vtd_put(Q_IOTLB(3, domain.id), iova);
	check("invalidated", vtd_wait());
}

/* With caching mode a unit may keep that there was nothing. */
static void map(uint64_t iova, uint64_t to, unsigned int level)
{
	domain_map(&domain, iova, to, level);
	if (option("cm"))
		invalidate(iova);
}

static bool begin(void)
{
	page_reset();
	if (!vtd_engine(&domain, 4))
		return false;
	for (unsigned int i = 0; i < PAGES; i++) {
		page[i] = page_alloc();
		page_alloc();
	}
	check("the queue", vtd_queue(0));
	vtd_flush();
	return true;
}

/* IOVA n has led to a page, and no longer does. */
static void die(unsigned int n, unsigned int to)
{
	map(iova_of(n), address_of(page[to]), 1);
	check_eq("alive", ENGINE_DONE, engine_write(iova_of(n)));
	check("alive", engine_wrote(page[to]));
	*domain_entry(&domain, iova_of(n), 1) = 0;
	invalidate(iova_of(n));
}

static void goes_nowhere(const char *what, unsigned int reason, unsigned int was)
{
	check_eq(what, ENGINE_BROKEN, engine_write(IOVA));
	check(what, !engine_wrote(page[was]));
	vtd_expect(what, reason, IOVA);
}

TEST(dead_and_another)
{
	if (!begin())
		return;
	die(0, 0);
	map(IOVA, address_of(page[1]), 1);
	check_eq("a write", ENGINE_DONE, engine_write(IOVA));
	check("the new one alone", engine_wrote(page[1]) && !engine_wrote(page[0]));
}

TEST(dead_and_another_size)
{
	uint64_t at;

	if (!begin())
		return;
	die(0, 0);
	at = address_of(page[1]) & (BIT(21) - 1);
	map(IOVA, address_of(page[1]) - at, 2);
	invalidate(IOVA | 9);
	check_eq("a write", ENGINE_DONE, engine_write(IOVA + at));
	check("the new one alone", engine_wrote(page[1]) && !engine_wrote(page[0]));
}

TEST(dead_and_fewer_rights)
{
	if (!begin())
		return;
	die(0, 0);
	*domain_entry(&domain, IOVA, 1) = address_of(page[0]) | S_R;
	if (option("cm"))
		invalidate(IOVA);
	goes_nowhere("a write", V_WRITE, 0);
}

/* What stands there now counts, though it be nonsense. */
TEST(dead_and_nonsense)
{
	static const struct {
		uint64_t entry;
		unsigned int reason;
	} rows[] = {
		{0xfee00000ULL | S_RW, V_OUTPUT_INTERRUPT},
		{BIT(62) | S_RW, V_TABLE_RESERVED},
		{BIT(51) | S_RW, V_TABLE_RESERVED},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!begin())
			return;
		die(0, 0);
		*domain_entry(&domain, IOVA, 1) = rows[i].entry;
		if (option("cm"))
			invalidate(IOVA);
		goes_nowhere("an entry", rows[i].reason, 0);
	}
	if (!begin())
		return;
	die(0, 0);
	map(IOVA, NOWHERE, 1);
	check_eq("nowhere", ENGINE_BROKEN, engine_write(IOVA));
	check("nowhere", !engine_wrote(page[0]));
	vtd_expect_none("nowhere is allowed");
}

/* Any coarser invalidation, and the device in another domain. */
TEST(dead_and_all_of_it)
{
	static const uint64_t coarse[] = {Q_IOTLB(1, 0), Q_IOTLB(2, 1), Q_CONTEXT(1, 0, 0, 0)};
	struct domain other;

	for (unsigned int i = 0; i < ARRAY_SIZE(coarse); i++) {
		if (!begin())
			return;
		die(0, 0);
		vtd_put(coarse[i], 0);
		if (i == 2)
			vtd_put(Q_IOTLB(1, 0), 0);
		check("flushed", vtd_wait());
		goes_nowhere("a flush", V_WRITE, 0);
	}
	if (!begin())
		return;
	die(0, 0);
	domain_init(&other, 4, 2);
	domain_map(&other, address_of(&engine_ring), address_of(&engine_ring), 1);
	vtd_attach(engine.function, &other);
	vtd_put(Q_CONTEXT(3, domain.id, engine.function, 0), 0);
	check("flushed", vtd_wait());
	goes_nowhere("another domain", V_WRITE, 0);
}

/* `window=TICKS`: how long the unit keeps one. */
TEST(dead_for_its_time)
{
	if (!begin())
		return;
	die(0, 0);
	spend(2 * option_number("window", 1000));
	vtd_clear_faults();
	if (option("window"))
		goes_nowhere("its time is over", V_WRITE, 0);
}

/* `entries=N`: how many it keeps; then the first is gone. */
TEST(dead_with_many_others)
{
	if (!begin())
		return;
	for (unsigned int n = 0; n <= option_number("entries", 20); n++)
		die(n, n % PAGES);
	if (option("entries"))
		goes_nowhere("others have died", V_WRITE, 0);
}

/* ---- any order ---- */

static uint64_t state;

static uint64_t draw(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 20;
}

/* Pages that each IOVA has led to since the last flush: bits. */
static uint32_t ever[IOVAS];

/* Where a write has gone; only where its IOVA leads or has led, if it may be written. */
static void write_one(unsigned int n)
{
	uint32_t went = 0;
	enum engine_end end = engine_write(iova_of(n));

	for (unsigned int i = 0; i < PAGES; i++)
		went |= engine_wrote(page[i]) ? (uint32_t)BIT(i) : 0;
	check("to what it was", !(went & ~ever[n]) && !(went & (went - 1)));
	check("somewhere or not at all", (end == ENGINE_DONE) == (went != 0));
	check("it ends", end != ENGINE_SILENT);
}

static void change_one(unsigned int n)
{
	unsigned int to = (unsigned int)(draw() % PAGES);

	switch (draw() % 5) {
	case 0:
		vtd_flush();
		for (unsigned int i = 0; i < IOVAS; i++) {
			uint64_t entry = *domain_entry(&domain, iova_of(i), 1);

			ever[i] = 0;
			for (unsigned int k = 0; k < PAGES; k++)
				if ((entry & BITS(51, 12)) == address_of(page[k]))
					ever[i] = (uint32_t)BIT(k);
		}
		break;
	case 1:
		*domain_entry(&domain, iova_of(n), 1) = 0;
		break;
	case 2:
		ever[n] |= (uint32_t)BIT(to);
		map(iova_of(n), address_of(page[to]), 1);
		break;
	default:
		invalidate(iova_of(n));
	}
}

TEST(dead_in_any_order)
{
	if (!begin())
		return;
	state = option_number("seed", 1);
	for (unsigned int n = 0; n < IOVAS; n++)
		ever[n] = 0;
	for (unsigned int step = 0; step < STEPS; step++) {
		change_one((unsigned int)(draw() % IOVAS));
		if (step % 4 == 0)
			write_one((unsigned int)(draw() % IOVAS));
	}
	for (unsigned int i = 0; i < PAGES; i++)
		for (unsigned int k = PAGE_SIZE / 8; k < PAGE_SIZE / 4; k++)
			check("nothing between them", !page[i][k]);
	vtd_clear_faults();
}

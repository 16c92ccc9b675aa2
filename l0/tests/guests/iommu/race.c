// SPDX-License-Identifier: Apache-2.0
// One processor changes tables while another one's device uses them: a DMA goes where an entry has
// named, or is a fault; and after the answer to an invalidation, not where one no longer does.
#include "engine.h"
#include "smp.h"
#include "vtd.h"

#define IOVA   0x200000ULL
#define ROUNDS 400
#define MOST   (10 * ROUNDS) /* if that has not been enough */

static struct domain domain;
static volatile uint64_t *page[2], *guard;
static volatile uint32_t stop, turns;

static bool race_begin(void)
{
	if (!smp_begin())
		return false;
	if (!vtd_engine(&domain, 4))
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		page[i] = page_alloc();
		guard = page_alloc();
	}
	domain_map(&domain, IOVA, address_of(page[0]), 1);
	check("the queue", vtd_queue(0));
	vtd_flush();
	stop = turns = 0;
	return true;
}

static bool clean(volatile uint64_t *where)
{
	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		if (where[i])
			return false;
	return true;
}

/* Every level's entry becomes everything, with and without a word to the unit. */
static void rewrite(void)
{
	uint64_t *const entry[] = {domain_entry(&domain, IOVA, 1), domain_entry(&domain, IOVA, 2),
				   domain_entry(&domain, IOVA, 4),
				   &vtd_contexts[engine.function * 2], &vtd_root[0]};
	uint64_t good[ARRAY_SIZE(entry)];
	const uint64_t bad[] = {0,       ~0ULL,           NOWHERE | S_RW,
				BIT(62), vtd.base | S_RW, address_of(page[1]) | S_RW};

	for (unsigned int i = 0; i < ARRAY_SIZE(entry); i++)
		good[i] = *entry[i];
	for (unsigned int n = 0; !stop; n++) {
		unsigned int i = n % ARRAY_SIZE(entry);

		__atomic_store_n(entry[i], i ? bad[n % 5] : bad[n % 6], __ATOMIC_RELAXED);
		if (n % 3 == 0) {
			vtd_put(Q_IOTLB(1, 0), 0);
			vtd_put(Q_CONTEXT(1, 0, 0, 0), 0);
			vtd_tell();
		}
		spend(500);
		__atomic_store_n(entry[i], good[i], __ATOMIC_RELAXED);
		vtd_put(Q_IOTLB(1, 0), 0);
		vtd_put(Q_CONTEXT(1, 0, 0, 0), 0);
		vtd_tell();
		/* Never in step with the device, whatever either takes. */
		spend(n * 1103 % 3001);
		turns = turns + 1;
	}
}

TEST(tables_under_way)
{
	unsigned int done = 0, broken = 0;

	if (!race_begin())
		return;
	run_on(1, rewrite);
	for (unsigned int i = 0; i < ROUNDS || ((turns < 50 || done <= 10) && i < MOST); i++) {
		enum engine_end end = engine_write(IOVA);

		done += end == ENGINE_DONE;
		broken += end == ENGINE_BROKEN;
		if (end == ENGINE_BROKEN)
			engine_begin();
		check("it ends", end != ENGINE_SILENT);
	}
	stop = 1;
	check("stopped", wait_for(1));
	check("some came through", done > 10);
	check("some did not", broken > 10);
	for (unsigned int i = 1; i < PAGE_SIZE / 8; i++)
		check("nothing beside it", !page[0][i] && !page[1][i]);
	check("the pages between", clean(guard) && clean(page[0] + PAGE_SIZE / 8));
	check("alive", vtd_wait());
	vtd_clear_faults();
}

/* The mapping comes and goes; from the answer on until it comes back nothing may land. */
static volatile uint32_t landed, windows;

static void unmap(void)
{
	uint64_t *entry = domain_entry(&domain, IOVA, 1), good = *entry;

	while (!stop) {
		__atomic_store_n(entry, 0, __ATOMIC_RELEASE);
		vtd_put(Q_IOTLB(3, domain.id), IOVA);
		if (!vtd_wait())
			break;
		*page[0] = 0;
		spend(4000);
		landed = landed + (*page[0] != 0);
		__atomic_store_n(entry, good, __ATOMIC_RELEASE);
		vtd_put(Q_IOTLB(3, domain.id), IOVA);
		if (!vtd_wait())
			break;
		spend(40000);
		windows = windows + 1;
	}
}

TEST(nothing_lands_behind_the_answer)
{
	unsigned int done = 0;

	if (!race_begin())
		return;
	landed = windows = 0;
	run_on(1, unmap);
	for (unsigned int i = 0; i < ROUNDS || windows < 30; i++)
		done += engine_write(IOVA) == ENGINE_DONE;
	stop = 1;
	check("stopped", wait_for(1));
	check("some came through", done > 10);
	check_eq("landed behind the answer", 0, landed);
	vtd_clear_faults();
}

// SPDX-License-Identifier: Apache-2.0
// A device that goes on after the driver has been told that its page is safe. Strictly, not once;
// with optimistic teardown (word optimistic=ticks, the knob's) for that time, and no longer.
#include "engine.h"
#include "processor.h"
#include "vtd.h"

#define IOVA   0x200000ULL
#define ROUNDS 20

static struct domain domain;
static volatile uint64_t *page;

/* The invalidation's time is one between these two, for the driver does not know which. */
static uint64_t told, answered;

static bool use(void)
{
	page_reset();
	if (!vtd_engine(&domain, 4))
		return false;
	page = page_alloc();
	domain_map(&domain, IOVA, address_of(page), 1);
	check("the queue", vtd_queue(0));
	vtd_flush();
	check_eq("a write while it is mapped", ENGINE_DONE, engine_write(IOVA));
	check("it landed", engine_wrote(page));
	return true;
}

static void unmap(void)
{
	*domain_entry(&domain, IOVA, 1) = 0;
	told = rdtsc();
	vtd_put(Q_IOTLB(3, domain.id), IOVA);
	check("the answer", vtd_wait());
	answered = rdtsc();
}

/* Its writes until one is blocked: how many landed, when the last of those began. */
static unsigned int replay(uint64_t *last)
{
	unsigned int landed = 0;
	uint64_t began = rdtsc();

	for (; engine_write(IOVA) == ENGINE_DONE; began = rdtsc()) {
		check("where it was", engine_wrote(page));
		*last = began;
		landed++;
	}
	check("nothing of the one that was blocked", !engine_wrote(page));
	return landed;
}

TEST(replayed_after_the_answer)
{
	uint64_t ticks = option_number("optimistic", 0), last = 0, rounds = 0;
	unsigned int landed = 0;

	for (; rounds < ROUNDS && use(); rounds++) {
		struct fault blocked;
		unsigned int now;

		unmap();
		now = replay(&last);
		landed += now;
		check("not before its time", rdtsc() - told >= ticks);
		check("not behind it", !now || last - answered < ticks);
		check("some of it was seen", !ticks || now);
		check("it is recorded", vtd_fault(&blocked));
	}
	if (!ticks)
		check_eq("landed behind the answer", 0, landed);
	if (rounds)
		print("%u rounds, %u writes behind the answer\n", (unsigned int)rounds, landed);
}

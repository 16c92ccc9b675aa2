// SPDX-License-Identifier: Apache-2.0
// The engine writes to what the unit reads: its tables, its queue, the interrupt entries. Whatever
// then becomes of a DMA, it stays in the machine's own memory, and the unit can be set up again.
#include "engine.h"
#include "processor.h"
#include "vtd.h"

#define IOVA   0x200000ULL
#define ROUNDS 10

/* One to one for the first 64 MiB, so that the engine reaches all of it. */
static void map_all(struct domain *d)
{
	for (uint64_t at = 0; at < 0x4000000; at += BIT(21))
		domain_map(d, BIT(38) + at, at, 2);
}

/* Random bytes over `where`; then more DMA and a flush by what is left of it. */
static void spoil(const void *where)
{
	struct domain d;

	page_reset();
	if (!vtd_engine(&d, 4))
		return;
	map_all(&d);
	vtd_interrupts(0, false);
	check("the queue", vtd_queue(0));
	vtd_flush();
	where = where ? where : d.top;
	for (unsigned int i = 0; i < 4; i++) {
		engine_write(BIT(38) + address_of(where) + 8 * i);
		engine_write(BIT(38) + 0x3fff000);
		engine_message(MSI_HANDLE(i), 0);
		vtd_put(Q_IOTLB(1, 0), 0);
		vtd_tell();
	}
	engine_begin();
}

static void works(void)
{
	struct domain d;
	volatile uint64_t *target;

	page_reset();
	if (!vtd_engine(&d, 3))
		return;
	target = page_alloc();
	domain_map(&d, IOVA, address_of(target), 1);
	vtd_flush();
	check_eq("a write", ENGINE_DONE, engine_write(IOVA));
	check("its target", engine_wrote(target));
}

TEST(dma_to_its_own_structures)
{
	if (!vtd_begin() || !engine_begin())
		return;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		vtd_tables();
		spoil(vtd_root);
		spoil(vtd_contexts + 2 * engine.function);
		spoil(NULL);
		spoil(vtd_queue_memory);
		spoil(vtd_entries);
	}
	works();
}

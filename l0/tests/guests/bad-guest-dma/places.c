// SPDX-License-Identifier: Apache-2.0
// A driver that gives its device every address but a good one. The device breaks, says so
// (DEVICE_NEEDS_RESET), and serves the next driver; nobody's memory has changed.
#include "acpi.h"
#include "engine.h"
#include "pci.h"
#include "processor.h"

#define ROUNDS 300

/*
 * The end of RAM below 4 GiB; multiboot says how much is above 1 MiB, but for what firmware keeps:
 * then `ram=MIB` is the word.
 */
static uint64_t ram_end(void)
{
	const uint32_t *info = (const uint32_t *)(uintptr_t)multiboot_info;
	uint64_t mib = option_number("ram", 0);

	if (mib)
		return mib << 20;
	return 0x100000 + 1024ULL * info[2];
}

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 7;
}

static void works(const char *what)
{
	volatile uint64_t *target = page_alloc();

	page_reset();
	*target = 0;
	check_eq(what, ENGINE_DONE, engine_write(address_of(target)));
	check(what, engine_wrote(target));
}

static void breaks(const char *what, uint64_t address)
{
	check_eq(what, ENGINE_BROKEN, engine_write(address));
	check_eq(what, ENGINE_BROKEN, engine_read(address));
}

static const struct place {
	const char *name;
	uint64_t address;
	bool firmware; /* with the word `rom` a device may read it */
} places[] = {
	{"local APIC", 0xfee00000, false},
	{"its end of interrupt", 0xfee000b0, false},
	{"its interrupt command", 0xfee00300, false},
	{"an interrupt message", 0xfee01000, false},
	{"IOAPIC", 0xfec00000, false},
	{"IOMMU", 0xfed90000, false},
	{"IOMMU, its commands", 0xfed90018, false},
	{"PCI configuration", 0xe0000000, false},
	{"firmware below 4 GiB", 0xfffff000, true},
	{"the end of 4 GiB", 0xfffffffc, true},
	{"hole for devices", 0xc0000000, false},
	{"beyond the processor's width", BIT(52), false},
	{"top half", BIT(63), false},
	{"the last bytes", ~0ULL - 7, false},
	{"over the end of all", ~0ULL - 3, false},
};

static bool is_rom(const struct place *p)
{
	return p->firmware && option("rom");
}

TEST(targets_of_others)
{
	if (!engine_begin())
		return;
	works("before");
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		if (is_rom(&places[i]))
			check_eq(places[i].name, ENGINE_BROKEN, engine_write(places[i].address));
		else
			breaks(places[i].name, places[i].address);
	breaks("its own registers", engine.base);
	breaks("the end of RAM", ram_end());
	if (engine.writes > 8)
		check_eq("over the end of RAM", ENGINE_BROKEN, engine_fill(ram_end() - 8, 16));
	/* Wherever else in physical memory somebody is: L0, a neighbour, devices. */
	for (uint64_t at = ram_end(); at < 0x200000000ULL; at += 0x1234000)
		if (at < BIT(32) || at - BIT(32) > ram_end())
			check_eq("behind RAM", ENGINE_BROKEN, engine_write(at));
	for (unsigned int bit = 33; bit < 64; bit++)
		check_eq("far behind RAM", ENGINE_BROKEN, engine_write(BIT(bit) | 0x1000000));
	works("afterwards");
}

/* The rings themselves, each part aligned as it has to be. */
TEST(rings_of_others)
{
	if (!engine_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		engine.rings = places[i].address & ~(PAGE_SIZE - 1);
		if (is_rom(&places[i]))
			check(places[i].name, engine_write(0x1000000) != ENGINE_DONE);
		else
			check_eq(places[i].name, ENGINE_BROKEN, engine_write(0x1000000));
	}
	for (unsigned int bit = 0; bit < 4; bit++) {
		engine.rings = address_of(&engine_ring) | BIT(bit);
		check_eq("not aligned", ENGINE_BROKEN, engine_write(0x1000000));
	}
	engine.rings = ram_end() - 0x800;
	/* There may be RAM that the map does not tell of: then nothing is in the rings. */
	check("over the end of RAM", engine_write(0x1000000) != ENGINE_DONE);
	engine.rings = address_of(&engine_ring);
	works("afterwards");
}

TEST(random_addresses)
{
	uint64_t state = option_number("seed", 1);

	if (!engine_begin())
		return;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t at = ram_end() + (next(&state) & (~0ULL >> (next(&state) % 40)));

		engine_fill(at, (uint32_t)next(&state));
		engine_read(at);
	}
	works("afterwards");
}

/* However long a buffer says that it is, the device writes a little, and nothing before it. */
TEST(lengths)
{
	static const uint32_t sizes[] = {0, 1, 7, 256, 257, 0x10000, 0x80000000, 0xffffffff};
	volatile uint8_t *page;

	if (!engine_begin())
		return;
	page = pages_alloc(3);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint32_t most = sizes[i] < PAGE_SIZE ? sizes[i] : PAGE_SIZE;

		for (unsigned int n = 0; n < 3 * PAGE_SIZE; n++)
			page[n] = 0;
		check_eq("a buffer", ENGINE_DONE,
			 engine_fill(address_of(page) + PAGE_SIZE, sizes[i]));
		for (unsigned int n = 0; n < 3 * PAGE_SIZE; n++)
			check("nothing beside it",
			      !page[n] || (n >= PAGE_SIZE && n - PAGE_SIZE < most));
	}
}

/* ---- chains ---- */

static const struct chain {
	const char *name;
	struct engine_descriptor descriptor[3];
	enum engine_end end;
} chains[] = {
	{"a loop of one", {{0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 0}}, ENGINE_BROKEN},
	{"a loop of two",
	 {{0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 1},
	  {0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 0}},
	 ENGINE_BROKEN},
	{"a loop of empty ones",
	 {{0x1000000, 0, ENGINE_NEXT, 1}, {0x1000000, 0, ENGINE_NEXT, 0}},
	 ENGINE_BROKEN},
	{"next beyond the table",
	 {{0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, ENGINE_ENTRIES}},
	 ENGINE_BROKEN},
	{"next far beyond it", {{0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 0xffff}}, ENGINE_BROKEN},
	{"to be read behind what is to be written",
	 {{0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 1}, {0x1000000, 8, 0, 0}},
	 ENGINE_BROKEN},
	{"lengths that overflow",
	 {{0x1000000, 0xffffffff, ENGINE_WRITE | ENGINE_NEXT, 1}, {0x1000000, 2, ENGINE_WRITE, 0}},
	 ENGINE_BROKEN},
	{"indirect and more", {{0x1000000, 16, ENGINE_INDIRECT | ENGINE_NEXT, 1}}, ENGINE_BROKEN},
	{"indirect, empty", {{0x1000000, 0, ENGINE_INDIRECT, 0}}, ENGINE_BROKEN},
	{"indirect, not whole", {{0x1000000, 17, ENGINE_INDIRECT, 0}}, ENGINE_BROKEN},
	{"indirect, huge", {{0x1000000, 0xfffffff0, ENGINE_INDIRECT, 0}}, ENGINE_BROKEN},
	{"indirect, over the end of all", {{~0ULL - 7, 16, ENGINE_INDIRECT, 0}}, ENGINE_BROKEN},
	{"nothing to be written", {{0x1000000, 8, 0, 0}}, ENGINE_DONE},
};

static void one_chain(const struct chain *c)
{
	check("started", engine_start());
	for (unsigned int i = 0; i < ARRAY_SIZE(c->descriptor); i++) {
		engine_ring.descriptor[i].address = c->descriptor[i].address;
		engine_ring.descriptor[i].size = c->descriptor[i].size;
		engine_ring.descriptor[i].flags = c->descriptor[i].flags;
		engine_ring.descriptor[i].next = c->descriptor[i].next;
	}
	check_eq(c->name, c->end, engine_go());
}

TEST(chains_in_circles)
{
	if (!engine_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(chains); i++)
		one_chain(&chains[i]);
	works("afterwards");
}

/* An indirect table that is its own next one, and the ring's page as a table. */
TEST(indirect_in_indirect)
{
	struct engine_descriptor *table;

	if (!engine_begin())
		return;
	table = page_alloc();
	table[0] = (struct engine_descriptor){address_of(table), 16, ENGINE_INDIRECT, 0};
	check_eq("in itself", ENGINE_BROKEN, engine_read(address_of(table)));
	table[0] = (struct engine_descriptor){0x1000000, 8, ENGINE_WRITE | ENGINE_NEXT, 0};
	check_eq("a loop", ENGINE_BROKEN, engine_read(address_of(table)));
	check_eq("the ring as a table", ENGINE_BROKEN, engine_read(address_of(&engine_ring)));
	works("afterwards");
}

static const struct claim {
	const char *name;
	uint16_t first, second;
} claims[] = {
	{"one more than there are", 17, 0},
	{"half of all", 0x8000, 0},
	{"backwards from the start", 0xffff, 0},
	{"backwards later", 3, 1},
};

TEST(indices_that_lie)
{
	if (!engine_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct claim *c = &claims[i];
		enum engine_end end;

		check("started", engine_start());
		for (unsigned int n = 0; n < ENGINE_ENTRIES; n++)
			engine_ring.entry[n] = 0;
		engine_ring.descriptor[0].address = 0x1000000;
		engine_ring.descriptor[0].size = 8;
		engine_ring.descriptor[0].flags = ENGINE_WRITE;
		end = engine_claim(c->first);
		if (end == ENGINE_DONE && c->second)
			end = engine_claim(c->second);
		check_eq(c->name, ENGINE_BROKEN, end);
	}
	check("started", engine_start());
	engine_ring.entry[0] = 0xffff;
	check_eq("a chain that there is not", ENGINE_BROKEN, engine_claim(1));
	works("afterwards");
}

/* The device writes into its own rings: descriptors, indices, and what it has given back. */
TEST(rings_that_are_written)
{
	if (!engine_begin())
		return;
	for (unsigned int at = 0; at < sizeof(engine_ring); at += 64) {
		check("started", engine_start());
		engine_fill(address_of(&engine_ring) + at, 64);
		for (unsigned int n = 0; n < 4; n++)
			engine_claim((uint16_t)(n * 0x3001));
		engine.started = false;
	}
	works("afterwards");
}

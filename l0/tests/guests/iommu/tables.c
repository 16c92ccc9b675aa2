// SPDX-License-Identifier: Apache-2.0
// Root, context and second-level tables: where a DMA goes, and why it does not (table "Fault Reason
// Encodings" of the VT-d specification).
#include "engine.h"
#include "processor.h"
#include "vtd.h"

#define IOVA 0x40200000ULL /* a place in each level's table that is not the first */

static const uint64_t sizes[] = {0, PAGE_SIZE, BIT(21), BIT(30)};

static void lands(const char *what, uint64_t iova, uint64_t address)
{
	volatile uint64_t *where = (volatile uint64_t *)(uintptr_t)address;

	*where = 0;
	check_eq(what, ENGINE_DONE, engine_write(iova));
	check(what, engine_wrote(where));
}

/* A leaf of this level maps IOVA to its own size's frame at 0, where our pages are. */
static void leaf_size(unsigned int levels, unsigned int level)
{
	uint64_t size = sizes[level], base = IOVA & ~(size - 1), frame, last;
	struct domain d;

	if (!vtd_engine(&d, levels))
		return;
	frame = address_of(pages_alloc(2)) & ~(size - 1);
	last = level == 1 ? size - 8 : (address_of(page_alloc()) - frame) & (size - 1);
	*domain_entry(&d, base, level) = 0;
	domain_map(&d, base, frame, level);
	vtd_flush();
	lands("inside", base + last, frame + last);
	lands("again", base + last - 16, frame + last - 16);
	check_eq("behind it", ENGINE_BROKEN, engine_write(base + size));
	vtd_expect("behind it", V_WRITE, base + size);
}

TEST(leaves)
{
	for (unsigned int levels = 3; levels <= 4; levels++)
		for (unsigned int level = 1; level <= 3; level++) {
			page_reset();
			leaf_size(levels, level);
		}
}

/* 8 bytes that lie in two pages, which lie elsewhere in memory. */
TEST(two_pages)
{
	struct domain d;
	uint8_t *first, *second;

	if (!vtd_engine(&d, 3))
		return;
	if (engine.writes < 64) {
		skip("the engine writes no more than a byte");
		return;
	}
	first = page_alloc();
	page_alloc();
	second = page_alloc();
	domain_map(&d, 0, address_of(first), 1);
	domain_map(&d, PAGE_SIZE, address_of(second), 1);
	vtd_flush();
	check_eq("a write", ENGINE_DONE, engine_fill(PAGE_SIZE - 32, 64));
	check("the first", engine_wrote((volatile uint64_t *)(first + PAGE_SIZE - 8)));
	check("the second", engine_wrote((volatile uint64_t *)second));
	check("not beside it", !engine_wrote((volatile uint64_t *)(first + PAGE_SIZE)));
}

TEST(pass_through)
{
	struct domain d;
	uint64_t target;

	if (!vtd_engine(&d, 3))
		return;
	target = address_of(page_alloc());
	vtd_set_context(engine.function, 1 | CONTEXT_PASS, CONTEXT_LEVELS(4) | CONTEXT_DID(2));
	vtd_flush();
	lands("as it is", target, target);
	check_eq("where there is nothing", ENGINE_BROKEN, engine_write(NOWHERE));
	vtd_expect_none("faults: it is allowed");
	check_eq("beyond MGAW", ENGINE_BROKEN, engine_write(BIT(48)));
	vtd_expect("beyond MGAW", V_BEYOND, BIT(48));
}

/* ---- every reason ---- */

static struct domain domain;

static uint64_t *leaf(void)
{
	return domain_entry(&domain, IOVA, 1);
}

static void r_root_absent(void)
{
	vtd_root[0] = 0;
}

static void r_root_reserved(void)
{
	vtd_root[0] |= BIT(3);
}

static void r_root_upper(void)
{
	vtd_root[1] = BIT(12) | 1;
}

static void r_root_access(void)
{
	vtd_set_root(NOWHERE);
}

static void r_root_type(void)
{
	vtd_set_root(address_of(vtd_root) | 1 << 10);
}

static void r_context_absent(void)
{
	vtd_contexts[engine.function * 2] &= ~1ULL;
}

static void r_context_access(void)
{
	vtd_root[0] = NOWHERE | 1;
}

static void r_context_reserved(void)
{
	vtd_contexts[engine.function * 2] |= BIT(5);
}

static void r_context_did(void)
{
	vtd_contexts[engine.function * 2 + 1] |= CONTEXT_DID(0x8000);
}

static void r_context_width(void)
{
	vtd_contexts[engine.function * 2 + 1] |= 7;
}

static void r_context_type(void)
{
	vtd_contexts[engine.function * 2] |= 3 << 2;
}

static void r_context_ats(void)
{
	vtd_contexts[engine.function * 2] |= 1 << 2;
}

static void r_beyond(void)
{
	/* The address alone is at fault. */
}

static void r_table_access(void)
{
	*domain_entry(&domain, IOVA, 2) = NOWHERE | S_RW;
}

static void r_top_access(void)
{
	vtd_set_context(engine.function, NOWHERE | 1, CONTEXT_LEVELS(3) | CONTEXT_DID(1));
}

static void r_no_write(void)
{
	*leaf() = (*leaf() & ~S_RW) | S_R;
}

static void r_no_write_above(void)
{
	*domain_entry(&domain, IOVA, 2) &= ~S_W;
}

static void r_no_read(void)
{
	*leaf() = (*leaf() & ~S_RW) | S_W;
}

static void r_leaf_absent(void)
{
	*leaf() = 0;
}

static void r_leaf_reserved(void)
{
	*leaf() |= BIT(62);
}

static void r_leaf_beyond_memory(void)
{
	*leaf() |= BIT(51);
}

static void r_large_reserved(void)
{
	*domain_entry(&domain, IOVA, 2) |= S_PAGE | BIT(13);
}

static void r_top_large(void)
{
	domain_init(&domain, 4, 1);
	domain_map(&domain, address_of(&engine_ring), address_of(&engine_ring), 1);
	*domain_entry(&domain, BIT(39), 4) = S_RW | S_PAGE;
	vtd_attach(engine.function, &domain);
}

static void r_output(void)
{
	*leaf() = 0xfee00000ULL | S_RW;
}

#define RING 0 /* it fails at its rings already */

static const struct reason {
	const char *name;
	void (*spoil)(void);
	unsigned int reason;
	uint64_t at;
	bool reads;
} reasons[] = {
	{"root entry absent", r_root_absent, V_ROOT_ABSENT, RING, false},
	{"root entry's reserved bits", r_root_reserved, V_ROOT_RESERVED, RING, false},
	{"root entry's upper half", r_root_upper, V_ROOT_RESERVED, RING, false},
	{"root table nowhere", r_root_access, V_ROOT_ACCESS, RING, false},
	{"root table of another mode", r_root_type, V_ROOT_ACCESS, RING, false},
	{"context absent", r_context_absent, V_CONTEXT_ABSENT, RING, false},
	{"context table nowhere", r_context_access, V_CONTEXT_ACCESS, RING, false},
	{"context's reserved bits", r_context_reserved, V_CONTEXT_RESERVED, RING, false},
	{"domain beyond those of the unit", r_context_did, V_CONTEXT_RESERVED, RING, false},
	{"context's width", r_context_width, V_CONTEXT_INVALID, RING, false},
	{"context's type", r_context_type, V_CONTEXT_INVALID, RING, false},
	{"context that wants a device-TLB", r_context_ats, V_CONTEXT_INVALID, RING, false},
	{"beyond the domain's width", r_beyond, V_BEYOND, BIT(39), false},
	{"beyond the unit's width", r_beyond, V_BEYOND, BIT(52), false},
	{"top table nowhere", r_top_access, V_TABLE_ACCESS, RING, false},
	{"table nowhere", r_table_access, V_TABLE_ACCESS, IOVA, false},
	{"leaf not writable", r_no_write, V_WRITE, IOVA, false},
	{"table not writable", r_no_write_above, V_WRITE, IOVA, false},
	{"leaf not readable", r_no_read, V_READ, IOVA, true},
	{"leaf absent, a write", r_leaf_absent, V_WRITE, IOVA, false},
	{"leaf absent, a read", r_leaf_absent, V_READ, IOVA, true},
	{"leaf's reserved bits", r_leaf_reserved, V_TABLE_RESERVED, IOVA, false},
	{"leaf beyond the processor's width", r_leaf_beyond_memory, V_TABLE_RESERVED, IOVA, false},
	{"large leaf's reserved bits", r_large_reserved, V_TABLE_RESERVED, IOVA, false},
	{"a leaf of 512 GiB", r_top_large, V_TABLE_RESERVED, BIT(39), false},
	{"output in the interrupt range", r_output, V_OUTPUT_INTERRUPT, IOVA, false},
};

static void one_reason(const struct reason *r)
{
	uint64_t at = r->at == RING ? address_of(&engine_ring) : r->at;
	volatile uint64_t *target;

	page_reset();
	if (!vtd_engine(&domain, 3))
		return;
	target = page_alloc();
	domain_map(&domain, IOVA, address_of(target), 1);
	r->spoil();
	vtd_flush();
	check_eq(r->name, ENGINE_BROKEN, r->reads ? engine_read(r->at) : engine_write(r->at));
	vtd_expect(r->name, r->reason, at & ~(PAGE_SIZE - 1));
	check(r->name, !engine_wrote(target));
}

TEST(reasons)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		one_reason(&reasons[i]);
}

/* What FPD keeps out of the record is blocked all the same (9.3). */
TEST(faults_not_recorded)
{
	struct domain d;

	if (!vtd_engine(&d, 3))
		return;
	vtd_contexts[engine.function * 2] |= CONTEXT_FPD;
	vtd_flush();
	check_eq("a write", ENGINE_BROKEN, engine_write(IOVA));
	vtd_expect_none("faults");
}

/* Tables that are their own children, down to a leaf that is the table. */
TEST(tables_in_circles)
{
	struct domain d;

	if (!vtd_engine(&d, 4))
		return;
	d.top[5] = address_of(d.top) | S_RW;
	vtd_flush();
	check_eq("a write", ENGINE_DONE,
		 engine_write(5ULL << 39 | 5ULL << 30 | 5ULL << 21 | 5ULL << 12 | 0xff8));
	check("it went to the table", d.top[511] != 0);
	vtd_expect_none("faults");
}

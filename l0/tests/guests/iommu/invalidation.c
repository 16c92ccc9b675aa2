// SPDX-License-Identifier: Apache-2.0
// Invalidation of every granularity, by register and by queue (VT-d specification 6.5): what a
// driver has changed and told of counts, what it has not told of may.
#include "engine.h"
#include "processor.h"
#include "vtd.h"

#define IOVA 0x200000ULL

static struct domain domain;
static volatile uint64_t *old, *new;

/* The engine has written to `old` through IOVA; then the entry names `new`. */
static bool changed(void)
{
	page_reset();
	if (!vtd_engine(&domain, 4))
		return false;
	old = page_alloc();
	new = page_alloc();
	domain_map(&domain, IOVA, address_of(old), 1);
	vtd_flush();
	check_eq("a write before", ENGINE_DONE, engine_write(IOVA));
	check("it went to the old page", engine_wrote(old));
	domain_map(&domain, IOVA, address_of(new), 1);
	return true;
}

static void goes_to_new(const char *what)
{
	check_eq(what, ENGINE_DONE, engine_write(IOVA));
	check(what, engine_wrote(new) && !engine_wrote(old));
}

/* Nobody was told: one or the other, and nothing else. */
static void goes_to_either(const char *what)
{
	check_eq(what, ENGINE_DONE, engine_write(IOVA));
	check(what, engine_wrote(new) != engine_wrote(old));
}

static const struct iotlb_row {
	const char *name;
	unsigned int granularity;
	uint16_t did;
	uint64_t address;
	bool hits;
} iotlb_rows[] = {
	{"global", 1, 0, 0, true},
	{"its domain", 2, 1, 0, true},
	{"another domain", 2, 2, 0, false},
	{"its page", 3, 1, IOVA, true},
	{"its page, as a leaf's hint", 3, 1, IOVA | BIT(6), true},
	{"a range that ends with it", 3, 1, (IOVA - PAGE_SIZE * 4) | 0x3f, true},
	{"all pages around it", 3, 1, 18, true},
	{"an unaligned range", 3, 1, (IOVA + PAGE_SIZE * 3) | 2, true},
	{"another page", 3, 1, IOVA + PAGE_SIZE, false},
	{"its page in another domain", 3, 2, IOVA, false},
};

static void by_register(const struct iotlb_row *r)
{
	if (!changed())
		return;
	check_eq(r->name, r->granularity,
		 vtd_iotlb_by_register(r->granularity, r->did, r->address));
	if (r->hits)
		goes_to_new(r->name);
	else
		goes_to_either(r->name);
}

static void by_queue(const struct iotlb_row *r)
{
	if (!changed())
		return;
	check("the queue", vtd_queue(0));
	vtd_put(Q_IOTLB(r->granularity, r->did), r->address);
	check(r->name, vtd_wait());
	if (r->hits)
		goes_to_new(r->name);
	else
		goes_to_either(r->name);
}

/* More pages than CAP.MAMV says: refused by register, an error of the queue's. */
#define TOO_MANY(r) (((r)->address & 0x3f) > (vtd.cap >> 48 & 0x3f))

TEST(iotlb_by_register)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(iotlb_rows); i++)
		if (vtd.base && TOO_MANY(&iotlb_rows[i]))
			continue;
		else
			by_register(&iotlb_rows[i]);
}

TEST(iotlb_by_queue)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(iotlb_rows); i++)
		if (vtd.base && TOO_MANY(&iotlb_rows[i]))
			continue;
		else
			by_queue(&iotlb_rows[i]);
}

/* ---- contexts: the engine moves to another domain, whose page is the new one ---- */

static bool moved(void)
{
	struct domain other;

	if (!changed())
		return false;
	domain_map(&domain, IOVA, address_of(old), 1);
	domain_init(&other, 3, 7);
	domain_map(&other, address_of(&engine_ring), address_of(&engine_ring), 1);
	domain_map(&other, IOVA, address_of(new), 1);
	vtd_attach(engine.function, &other);
	return true;
}

static const struct context_row {
	const char *name;
	unsigned int granularity, did, device, mask;
	bool hits;
} context_rows[] = {
	{"global", 1, 0, 0, 0, true},
	{"the domain that it was in", 2, 1, 0, 0, true},
	{"another domain", 2, 2, 0, 0, false},
	{"the device", 3, 1, 0, 0, true},
	{"all functions of the device", 3, 1, 5, 3, true},
	{"another device", 3, 1, 8, 0, false},
};

static void one_context(const struct context_row *r, bool queue)
{
	uint64_t source;

	if (!moved())
		return;
	source = engine.function ^ r->device;
	if (queue) {
		check("the queue", vtd_queue(0));
		vtd_put(Q_CONTEXT(r->granularity, r->did, source, r->mask), 0);
		check(r->name, vtd_wait());
	} else {
		check_eq(r->name, r->granularity,
			 vtd_contexts_by_register(r->granularity,
						  r->did | source << 16 | (uint64_t)r->mask << 32));
	}
	if (r->hits)
		goes_to_new(r->name);
	else
		goes_to_either(r->name);
}

TEST(contexts_by_register)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(context_rows); i++)
		one_context(&context_rows[i], false);
}

TEST(contexts_by_queue)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(context_rows); i++)
		one_context(&context_rows[i], true);
}

/* 6.5.2: with the queue on, registers invalidate nothing and say so; nor do they what is reserved.
 */
TEST(registers_refuse)
{
	if (!changed())
		return;
	check_eq("contexts, reserved", 0, vtd_contexts_by_register(0, 0));
	check_eq("IOTLB, reserved", 0, vtd_iotlb_by_register(0, 1, 0));
	check("the queue", vtd_queue(0));
	check_eq("contexts", 0, vtd_contexts_by_register(1, 0));
	check_eq("IOTLB", 0, vtd_iotlb_by_register(1, 0, 0));
	vtd_flush();
	goes_to_new("by the queue");
}

/* What is taken away is gone: no DMA lands behind the answer, however often it did before. */
TEST(unmapped)
{
	if (!changed())
		return;
	domain_map(&domain, IOVA, address_of(old), 1);
	check("the queue", vtd_queue(0));
	for (unsigned int i = 0; i < 20; i++) {
		domain_map(&domain, IOVA, address_of(old), 1);
		vtd_put(Q_IOTLB(3, 1), IOVA);
		check("mapped", vtd_wait());
		check_eq("mapped", ENGINE_DONE, engine_write(IOVA));
		check("mapped", engine_wrote(old));
		*domain_entry(&domain, IOVA, 1) = 0;
		vtd_put(Q_IOTLB(3, 1), IOVA);
		check("unmapped", vtd_wait());
		check_eq("unmapped", ENGINE_BROKEN, engine_write(IOVA));
		check("unmapped", !engine_wrote(old));
		vtd_expect("unmapped", V_WRITE, IOVA);
	}
}

// SPDX-License-Identifier: Apache-2.0
// Invalidation, faults and interrupts: VT-d specification 6.5, 7.2 and 5.1.
#include "engine.h"
#include "processor.h"
#include "vtd.h"

uint64_t *vtd_queue_memory, *vtd_entries;

static uint64_t queue_bytes;
static uint64_t tail;
static volatile uint32_t waited; /* what wait descriptors write */
static uint32_t waits;

/* ---- invalidation ---- */

/* A command register of 64 bits, whose bit 63 falls when it is done; what it then says there. */
static unsigned int by_register(uint32_t reg, uint64_t value, unsigned int answer)
{
	vtd_put64(reg, BIT(63) | value);
	if (!vtd_until(reg, BIT(63), 0))
		return 4;
	return vtd_get64(reg) >> answer & 3;
}

unsigned int vtd_contexts_by_register(unsigned int granularity, uint64_t what)
{
	return by_register(R_CCMD, (uint64_t)granularity << 61 | what, 59);
}

unsigned int vtd_iotlb_by_register(unsigned int granularity, uint16_t domain, uint64_t address)
{
	vtd_put64(vtd.iva, address);
	return by_register(vtd.iotlb, (uint64_t)granularity << 60 | (uint64_t)domain << 32, 57);
}

void vtd_flush(void)
{
	if (vtd_get32(R_GSTS) & G_QIE) {
		vtd_put(Q_CONTEXT(1, 0, 0, 0), 0);
		vtd_put(Q_IOTLB(1, 0), 0);
		check("the queue is worked off", vtd_wait());
		return;
	}
	check_eq("contexts invalidated", 1, vtd_contexts_by_register(1, 0));
	check_eq("IOTLB invalidated", 1, vtd_iotlb_by_register(1, 0, 0));
}

bool vtd_queue(unsigned int order)
{
	queue_bytes = PAGE_SIZE << order;
	vtd_queue_memory = pages_alloc(1U << order);
	tail = 0;
	vtd_put64(R_IQT, 0);
	vtd_put64(R_IQA, address_of(vtd_queue_memory) | order);
	return vtd_command(G_QIE, true);
}

void vtd_put(uint64_t low, uint64_t high)
{
	vtd_queue_memory[tail / 8] = low;
	vtd_queue_memory[tail / 8 + 1] = high;
	tail = (tail + 16) % queue_bytes;
}

void vtd_tell(void)
{
	vtd_put64(R_IQT, tail);
}

bool vtd_wait(void)
{
	uint64_t start = rdtsc();

	vtd_put(Q_WAIT_STATUS(++waits), address_of(&waited));
	vtd_tell();
	while (waited != waits)
		if (rdtsc() - start > 20000000)
			return false;
	return true;
}

/* ---- faults ---- */

/* Bits of the upper half of a recording register, 11.4.7.6. */
#define RECORD_F    BIT(63)
#define RECORD_READ BIT(62)

static bool taken(unsigned int n)
{
	return vtd_get64(vtd_record(n) + 8) & RECORD_F;
}

bool vtd_clear_record(unsigned int n)
{
	uint32_t high = vtd_record(n) + 8;

	vtd_put32(high + 4, (uint32_t)(RECORD_F >> 32));
	return vtd_until(high, RECORD_F, 0);
}

void vtd_clear_faults(void)
{
	bool cleared = true;

	for (unsigned int n = 0; n < vtd.faults; n++)
		cleared &= !taken(n) || vtd_clear_record(n);
	vtd_put32(R_FSTS, F_ALL & ~F_PPF);
	check("no fault is left", vtd_until(R_FSTS, F_ALL, 0) && cleared);
}

bool vtd_fault(struct fault *f)
{
	uint64_t high;
	uint32_t at;

	if (!vtd_until(R_FSTS, F_PPF, F_PPF))
		return false;
	at = vtd_record(vtd_get32(R_FSTS) >> 8 & 0xff);
	if (!vtd_until(at + 8, RECORD_F, RECORD_F))
		return false;
	high = vtd_get64(at + 8);
	*f = (struct fault){.reason = high >> 32 & 0xff,
			    .source = high & 0xffff,
			    .read = high & RECORD_READ,
			    .info = vtd_get64(at)};
	vtd_clear_faults();
	return true;
}

void vtd_expect(const char *what, unsigned int reason, uint64_t info)
{
	struct fault f = {0};

	check(what, vtd_fault(&f));
	check_eq(what, reason, f.reason);
	check_eq(what, engine.function, f.source);
	check_eq(what, info, f.info);
}

void vtd_expect_none(const char *what)
{
	if (vtd.polled)
		for (uint64_t start = rdtsc(); rdtsc() - start < 20000;)
			;
	check_eq(what, 0, vtd_get32(R_FSTS) & F_ALL);
}

/* ---- interrupts ---- */

#define IRTA_EXTENDED BIT(11)

void vtd_interrupts(unsigned int order, bool extended)
{
	vtd_entries = pages_alloc((unsigned int)(((32ULL << order) + PAGE_SIZE - 1) / PAGE_SIZE));
	vtd_put64(R_IRTA, address_of(vtd_entries) | order | (extended ? IRTA_EXTENDED : 0));
	check("table latched", vtd_command(G_SIRTP, true));
	check("remapping on", vtd_command(G_IRE, true));
}

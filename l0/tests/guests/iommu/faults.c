// SPDX-License-Identifier: Apache-2.0
// The fault log (VT-d specification 7.3, 11.4.7): full, overflown, cleared out of order, and its
// interrupt.
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"
#include "vtd.h"

#define VECTOR 0x72

/* Faults without end are cheap: messages by an entry that is not there. Each says its index. */
static void blocked(unsigned int index)
{
	engine_message(MSI_HANDLE(index), 0);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
}

static bool log_begin(void)
{
	struct domain d;

	if (!vtd_engine(&d, 3))
		return false;
	vtd_interrupts(7, false);
	return true;
}

static uint64_t index_in(unsigned int n)
{
	return vtd_get64(vtd_record(n)) >> 48;
}

/* As many as there are registers, then one too many: it is lost, and PFO says so. */
TEST(overflow)
{
	unsigned int first;

	if (!log_begin())
		return;
	for (unsigned int n = 0; n < vtd.faults; n++)
		blocked(n);
	check("pending, not lost", vtd_until(R_FSTS, F_PPF | F_PFO, F_PPF));
	first = vtd_get32(R_FSTS) >> 8 & 0xff;
	blocked(100);
	check("lost", vtd_until(R_FSTS, F_PFO, F_PFO));
	for (unsigned int n = 0; n < vtd.faults; n++)
		check_eq("in their order", n, index_in(first + n));
	/* With PFO set nothing more is recorded, whatever is free. */
	check("one is free", vtd_clear_record(first));
	blocked(101);
	check_eq("it is still free", 0, vtd_get64(vtd_record(first) + 8) >> 63);
	vtd_put32(R_FSTS, F_PFO);
	check("no overflow", vtd_until(R_FSTS, F_PFO, 0));
	blocked(102);
	check("it is taken", vtd_until(vtd_record(first) + 8, BIT(63), BIT(63)));
	check_eq("by the last", 102, index_in(first));
	vtd_clear_faults();
}

TEST(thousands)
{
	struct fault f;

	if (!log_begin())
		return;
	for (unsigned int round = 0; round < 40; round++) {
		for (unsigned int n = 0; n < 30; n++)
			blocked(n);
		check("faults", vtd_fault(&f));
		check_eq("reason", V_IRTE_ABSENT, f.reason);
		check_eq("source", engine.function, f.source);
	}
	vtd_expect_none("left over");
}

/* Registers that are shown by somebody who polls come one after the other. */
static bool all_taken(unsigned int wanted)
{
	uint64_t start = rdtsc();
	unsigned int n;

	do {
		n = 0;
		for (unsigned int i = 0; i < vtd.faults; i++)
			n += (unsigned int)(vtd_get64(vtd_record(i) + 8) >> 63);
	} while (n < wanted && rdtsc() - start < 20000000);
	return n == wanted;
}

/* Cleared from the last to the first: PPF falls with the last of them. */
TEST(cleared_backwards)
{
	if (!log_begin())
		return;
	for (unsigned int n = 0; n < 4; n++)
		blocked(n);
	check("pending", vtd_until(R_FSTS, F_PPF, F_PPF) && all_taken(4));
	for (unsigned int n = vtd.faults; n-- > 0;) {
		if (!(vtd_get64(vtd_record(n) + 8) >> 63))
			continue;
		check_eq("pending", F_PPF, vtd_get32(R_FSTS) & F_PPF);
		vtd_put64(vtd_record(n) + 8, BIT(63));
		check("cleared", vtd_until(vtd_record(n) + 8, BIT(63), 0));
	}
	check("none is pending", vtd_until(R_FSTS, F_PPF, 0));
}

static uint32_t events(void)
{
	sti();
	for (uint64_t start = rdtsc(); rdtsc() - start < 20000;)
		;
	cli();
	return irq_count[VECTOR];
}

static void let_events(uint64_t address, uint32_t data)
{
	apic_enable();
	irq_count[VECTOR] = 0;
	vtd_put32(R_FEADDR, (uint32_t)address);
	vtd_put32(R_FEUADDR, (uint32_t)(address >> 32));
	vtd_put32(R_FEDATA, data);
}

/* Masked, a fault makes its event pending; let through, it comes once for all that are there. */
TEST(events_masked_and_not)
{
	if (!log_begin())
		return;
	let_events(0xfee00000, VECTOR);
	blocked(1);
	check("pending", vtd_until(R_FECTL, EVENT_PENDING, EVENT_PENDING));
	check_eq("none while it is masked", 0, events());
	vtd_put32(R_FECTL, 0);
	check("not pending", vtd_until(R_FECTL, EVENT_PENDING | EVENT_MASKED, 0));
	check_eq("one", 1, events());
	blocked(2);
	check_eq("none more while a fault is there", 1, events());
	vtd_clear_faults();
	blocked(3);
	check_eq("another one", 2, events());
	vtd_clear_faults();
	/* Pending and then without a reason: it does not come any more. */
	vtd_put32(R_FECTL, (uint32_t)EVENT_MASKED);
	check("masked", vtd_until(R_FECTL, EVENT_MASKED, EVENT_MASKED));
	blocked(4);
	check("pending", vtd_until(R_FECTL, EVENT_PENDING, EVENT_PENDING));
	check("shown", vtd_until(R_FSTS, F_PPF, F_PPF));
	vtd_clear_faults();
	check("not pending", vtd_until(R_FECTL, EVENT_PENDING, 0));
	vtd_put32(R_FECTL, 0);
	check_eq("none for what was cleared", 2, events());
}

/* An event to places where there are no interrupts goes nowhere, and never into memory. */
TEST(events_nowhere)
{
	volatile uint32_t *target;

	if (!log_begin())
		return;
	target = page_alloc();
	for (unsigned int i = 0; i < 4; i++) {
		const uint64_t at[] = {address_of(target), BIT(52) | 0xfee00000, NOWHERE, vtd.base};

		let_events(at[i], 0x1234);
		vtd_put32(R_FECTL, 0);
		blocked(i);
		check("recorded", vtd_until(R_FSTS, F_PPF, F_PPF));
		vtd_clear_faults();
	}
	check_eq("memory", 0, *target);
	check_eq("interrupts", 0, events());
}

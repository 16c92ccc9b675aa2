// SPDX-License-Identifier: Apache-2.0
// Queued invalidation (VT-d specification 6.5.2) as no driver does it.
#include "apic.h"
#include "processor.h"
#include "trap.h"
#include "vtd.h"

#define VECTOR 0x71

static volatile uint32_t status;

static bool queue_begin(unsigned int order)
{
	if (!vtd_begin())
		return false;
	check("queue on", vtd_queue(order));
	check_eq("its head", 0, vtd_get64(R_IQH));
	return true;
}

static bool status_becomes(uint32_t value)
{
	uint64_t start = rdtsc();

	while (status != value)
		if (rdtsc() - start > 20000000)
			return false;
	return true;
}

/* Time in which a message arrives that is on its way. */
static void pass(void)
{
	for (uint64_t start = rdtsc(); rdtsc() - start < 20000;)
		;
}

static void put_status(uint32_t value)
{
	vtd_put(Q_WAIT_STATUS(value), address_of(&status));
}

/* Once around and more, for each size; as many at a time as fit. */
TEST(sizes_and_wrapping)
{
	for (unsigned int order = 0; order < 8; order++) {
		uint32_t last = 0;

		page_reset();
		if (!queue_begin(order))
			return;
		for (unsigned int round = 0; round < 3; round++) {
			for (unsigned int n = 0; n < (200U << order); n++)
				vtd_put(Q_IOTLB(1, 0), 0);
			put_status(++last);
			vtd_tell();
			check("worked off", status_becomes(last));
			check("head at tail", vtd_until(R_IQH, ~0ULL, vtd_get64(R_IQT)));
		}
		status = 0;
	}
}

TEST(wait_interrupt)
{
	if (!queue_begin(0))
		return;
	apic_enable();
	irq_count[VECTOR] = 0;
	vtd_put32(R_IEADDR, 0xfee00000);
	vtd_put32(R_IEUADDR, 0);
	vtd_put32(R_IEDATA, VECTOR);
	/* Masked: it is pending, and comes when it is let through. */
	vtd_put(Q_WAIT_INTERRUPT, 0);
	check("worked off", vtd_wait());
	check("pending", vtd_until(R_IECTL, EVENT_PENDING, EVENT_PENDING));
	check("completed", vtd_until(R_ICS, 1, 1));
	sti();
	check_eq("none yet", 0, irq_count[VECTOR]);
	vtd_put32(R_IECTL, 0);
	check("not pending", vtd_until(R_IECTL, EVENT_PENDING, 0));
	pass();
	cli();
	check_eq("one", 1, irq_count[VECTOR]);
	/* No second one before the first is taken note of. */
	vtd_put(Q_WAIT_INTERRUPT, 0);
	check("worked off", vtd_wait());
	vtd_put32(R_ICS, 1);
	check("cleared", vtd_until(R_ICS, 1, 0));
	vtd_put(Q_WAIT_INTERRUPT, 0);
	check("worked off", vtd_wait());
	check("completed", vtd_until(R_ICS, 1, 1));
	sti();
	pass();
	cli();
	check_eq("one more", 2, irq_count[VECTOR]);
}

/* ---- errors: each freezes the queue at its descriptor until IQE is cleared ---- */

static const struct bad {
	const char *name;
	uint64_t low, high;
} bad[] = {
	{"type 0", 0, 0},
	{"type 6", 6, 0},
	{"type 15", 15, 0},
	{"a type of scalable mode", 1ULL << 9 | 1, 0},
	{"contexts, granularity 0", 1, 0},
	{"contexts, reserved bits", Q_CONTEXT(1, 0, 0, 0) | BIT(60), 0},
	{"contexts, upper half", Q_CONTEXT(1, 0, 0, 0), 1},
	{"IOTLB, granularity 0", 2, 0},
	{"IOTLB, reserved bits", Q_IOTLB(1, 0) | BIT(40), 0},
	{"IOTLB, too many pages", Q_IOTLB(3, 0), 0x3f},
	{"wait, reserved bits", 5 | BIT(20), 0},
	{"wait, status unaligned", Q_WAIT_STATUS(1), 0x1001},
	{"all ones", ~0ULL, ~0ULL},
};

static void one_bad(const struct bad *b)
{
	uint64_t at;

	put_status(1);
	vtd_put(b->low, b->high);
	put_status(2);
	at = 16; /* the second */
	vtd_tell();
	check(b->name, vtd_until(R_FSTS, F_IQE, F_IQE));
	check(b->name, vtd_until(R_IQH, ~0ULL, at));
	check_eq(b->name, 1, status);
	check(b->name, vtd_get64(R_IQERCD) & 15);
	/* More work does not help. */
	vtd_put(Q_IOTLB(1, 0), 0);
	vtd_tell();
	check_eq(b->name, 1, status);
	/* Mended, it goes on from there. */
	vtd_queue_memory[at / 8 + 1] = 0;
	vtd_queue_memory[at / 8] = Q_IOTLB(1, 0);
	vtd_put32(R_FSTS, F_IQE);
	check(b->name, status_becomes(2));
	check(b->name, vtd_until(R_IQH, ~0ULL, 64));
	check(b->name, vtd_until(R_FSTS, F_IQE, 0));
	check_eq(b->name, 0, vtd_get64(R_IQERCD));
}

TEST(invalid_descriptors)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		page_reset();
		if (!queue_begin(0))
			return;
		one_bad(&bad[i]);
	}
}

/* A descriptor that stays bad stops it again, as often as the driver likes. */
TEST(not_mended)
{
	if (!queue_begin(0))
		return;
	vtd_put(~0ULL, 0);
	vtd_tell();
	for (unsigned int i = 0; i < 50; i++) {
		check("stopped", vtd_until(R_FSTS, F_IQE, F_IQE));
		vtd_put32(R_FSTS, F_IQE);
	}
	check("stopped again", vtd_until(R_FSTS, F_IQE, F_IQE));
	check_eq("at the same place", 0, vtd_get64(R_IQH));
}

TEST(tail_beyond_the_end)
{
	if (!queue_begin(0))
		return;
	vtd_put64(R_IQT, 0x1000);
	check("an error", vtd_until(R_FSTS, F_IQE, F_IQE));
	vtd_put64(R_IQT, 0);
	check("the tail", vtd_until(R_IQT, ~0ULL, 0));
	vtd_put32(R_FSTS, F_IQE);
	check("no error", vtd_until(R_FSTS, F_IQE, 0));
	check("as before", vtd_wait());
}

TEST(queue_nowhere)
{
	if (!vtd_begin())
		return;
	vtd_put64(R_IQT, 0);
	vtd_put64(R_IQA, NOWHERE);
	check("queue on", vtd_command(G_QIE, true));
	vtd_put64(R_IQT, 16);
	check("an error", vtd_until(R_FSTS, F_IQE, F_IQE));
	check("queue off", vtd_command(G_QIE, false));
}

/* Turned off with work in it, after an error: the head is back at the start. */
TEST(off_with_work)
{
	if (!queue_begin(0))
		return;
	vtd_put(~0ULL, 0);
	put_status(7);
	vtd_tell();
	check("an error", vtd_until(R_FSTS, F_IQE, F_IQE));
	check("queue off", vtd_command(G_QIE, false));
	vtd_put32(R_FSTS, F_IQE);
	check("no error", vtd_until(R_FSTS, F_IQE, 0));
	check_eq("nothing was done", 0, status == 7);
	check("queue on", vtd_queue(1));
	check_eq("its head", 0, vtd_get64(R_IQH));
	check("it works", vtd_wait());
}

/* Where the status goes: nowhere, into the registers, into the queue itself. */
TEST(status_places)
{
	if (!queue_begin(0))
		return;
	vtd_put(Q_WAIT_STATUS(1), NOWHERE);
	vtd_put(Q_WAIT_STATUS(1), 0xfee00300);
	vtd_put(Q_WAIT_STATUS(1), BIT(51));
	vtd_put(Q_WAIT_STATUS(0x80000000), vtd.base + R_GCMD);
	check("worked off", vtd_wait());
	check_eq("no command", 0, vtd_get32(R_GSTS) & G_TE);
	/* The next descriptor becomes an invalid one. */
	vtd_put(Q_WAIT_STATUS(0xf), address_of(vtd_queue_memory) + 16ULL * 6);
	vtd_put(Q_WAIT_STATUS(1), address_of(&status));
	vtd_tell();
	check("an error", vtd_until(R_FSTS, F_IQE, F_IQE));
	check("at what was overwritten", vtd_until(R_IQH, ~0ULL, 16 * 6));
}

/* A queue that is never empty: the machine goes on, and so does the queue. */
TEST(always_full)
{
	if (!queue_begin(7))
		return;
	for (unsigned int n = 0; n < 32768; n++)
		vtd_put(n % 2 ? Q_IOTLB(1, 0) : Q_CONTEXT(1, 0, 0, 0), 0);
	for (unsigned int i = 0; i < 6; i++)
		vtd_put64(R_IQT, (vtd_get64(R_IQT) + 16 * 30000) % 0x80000);
	check("worked off", vtd_until(R_IQH, ~0ULL, vtd_get64(R_IQT)));
	vtd_expect_none("errors");
}

// SPDX-License-Identifier: Apache-2.0
// Each register: what it is after power-on, which bits a driver writes, and what no driver does.
#include "processor.h"
#include "trap.h"
#include "vtd.h"

/* VT-d specification 11.4. `reset` is read with `mask`, so that what depends on the unit is left
 * out. */
static const struct row {
	const char *name;
	uint32_t at;
	uint8_t bytes;
	uint64_t mask, reset, writable;
} rows[] = {
	{"VER", R_VER, 4, ~0ULL, 0x10, 0},
	{"GSTS", R_GSTS, 4, ~0ULL & ~(G_SRTP | G_SIRTP), 0, 0},
	{"RTADDR", R_RTADDR, 8, 0, 0, BITS(63, 10)},
	{"FECTL", R_FECTL, 4, ~0ULL, EVENT_MASKED, 0},
	{"FEDATA", R_FEDATA, 4, 0, 0, 0xffff},
	{"FEADDR", R_FEADDR, 4, 0, 0, 0xfffffffc},
	{"FEUADDR", R_FEUADDR, 4, 0, 0, 0xffffffff},
	{"IQH", R_IQH, 8, 0, 0, 0},
	{"IQT", R_IQT, 8, 0, 0, 0x7fff0},
	{"IQA", R_IQA, 8, 0, 0, BITS(63, 12) | 7},
	{"IECTL", R_IECTL, 4, ~0ULL, EVENT_MASKED, 0},
	{"IEDATA", R_IEDATA, 4, 0, 0, 0xffff},
	{"IEADDR", R_IEADDR, 4, 0, 0, 0xfffffffc},
	{"IEUADDR", R_IEUADDR, 4, 0, 0, 0xffffffff},
	{"IQERCD", R_IQERCD, 8, ~0ULL, 0, 0},
	{"IRTA", R_IRTA, 8, 0, 0, BITS(63, 12) | BIT(11) | 0xf},
};

static uint64_t read_row(const struct row *r)
{
	return r->bytes == 8 ? vtd_get64(r->at) : vtd_get32(r->at);
}

static void write_row(const struct row *r, uint64_t value)
{
	if (r->bytes == 8)
		vtd_put64(r->at, value);
	else
		vtd_put32(r->at, (uint32_t)value);
}

static void sweep(const struct row *r)
{
	uint64_t old = read_row(r), fixed = old & ~r->writable;

	check_eq(r->name, r->reset, old & r->mask);
	/* A mask stays: without it an event would go out. */
	for (unsigned int bit = 0; bit < 8U * r->bytes; bit++) {
		write_row(r, BIT(bit) | old);
		if (!vtd_until(r->at, ~0ULL >> (64 - 8 * r->bytes),
			       fixed | ((BIT(bit) | old) & r->writable)))
			check_eq(r->name, fixed | ((BIT(bit) | old) & r->writable), read_row(r));
		write_row(r, old);
		check(r->name, vtd_until(r->at, ~0ULL >> (64 - 8 * r->bytes), old));
	}
}

TEST(capabilities)
{
	if (!vtd_begin())
		return;
	check_eq("widths of 39 and 48 bits", 6, vtd.cap >> 8 & 0x1f);
	check_eq("pages of 2 MiB and 1 GiB", 3, vtd.cap >> 34 & 15);
	check_eq("MGAW", 47, vtd.cap >> 16 & 0x3f);
	check("page-selective invalidation", vtd.cap & BIT(39));
	check_eq("caching mode", option("cm") != NULL, vtd.cap >> 7 & 1);
	check_eq("no write buffer, no protected memory", 0, vtd.cap >> 4 & 7);
	check("queue, remapping, EIM, pass-through",
	      (vtd.ecap & (BIT(1) | BIT(3) | BIT(4) | BIT(6))) ==
		      (BIT(1) | BIT(3) | BIT(4) | BIT(6)));
	check_eq("no device-TLBs, no scalable mode", 0, vtd.ecap & (BIT(2) | BIT(43)));
	check("all registers in one page",
	      vtd_record(vtd.faults - 1) + 16 <= 4096 && vtd.iotlb + 8 <= 4096);
}

TEST(register_sweep)
{
	if (!vtd_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		sweep(&rows[i]);
	check_eq("CAP", vtd.cap, vtd_get64(R_CAP));
	check_eq("ECAP", vtd.ecap, vtd_get64(R_ECAP));
}

/* Capabilities and status are not written, by a half either. */
TEST(read_only)
{
	static const uint32_t at[] = {R_VER, R_CAP, R_CAP + 4, R_ECAP, R_ECAP + 4, R_GSTS};

	if (!vtd_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++) {
		uint32_t old = vtd_get32(at[i]);

		vtd_put32(at[i], ~old);
		check("a read-only register", vtd_until(at[i], BITS(31, 0), old));
	}
}

static bool known(uint32_t at)
{
	if (at < R_VER + 4 || (at >= R_CAP && at < R_CCMD + 8))
		return true;
	if ((at >= R_FSTS && at < R_FEUADDR + 4) || (at >= R_IQH && at < R_IQA + 8) ||
	    (at >= R_ICS && at < R_IRTA + 8))
		return true;
	return (at >= vtd.iva && at < vtd.iotlb + 8) ||
	       (at >= vtd.fault && at < vtd_record(vtd.faults - 1) + 16);
}

/* A page of RAM keeps what nobody takes; where accesses exit they read 0. */
TEST(places_without_a_register)
{
	if (!vtd_begin())
		return;
	for (uint32_t at = 0; at < 4096; at += 4) {
		if (known(at))
			continue;
		vtd_put32(at, ~0U);
		if (!vtd.polled)
			check_eq("reserved", 0, vtd_get32(at));
	}
	check_eq("status", 0, vtd_get32(R_GSTS) & G_STAYS);
	vtd_expect_none("faults");
}

/* 11.2: registers are reached by whole aligned halves. Nothing else may harm. */
TEST(odd_accesses)
{
	volatile uint8_t *bytes;
	uint32_t data;

	if (!vtd_begin())
		return;
	bytes = (volatile uint8_t *)vtd.base;
	vtd_put32(R_FEDATA, 0x1234);
	check("FEDATA", vtd_until(R_FEDATA, ~0U, 0x1234));
	for (uint32_t at = 0; at < 0x200; at++) {
		(void)bytes[at];
		(void)*(volatile uint16_t *)(bytes + at);
		(void)*(volatile uint32_t *)(bytes + at);
		(void)*(volatile uint64_t *)(bytes + at);
	}
	/* Over the page's end, where nobody is: by the processor, and by L0 in its stead. */
	(void)*(volatile uint64_t *)(bytes + 4092);
	*(volatile uint64_t *)(bytes + 4092) = 0;
	data = vtd_get32(R_FEDATA);
	asm volatile("rep insb" ::"D"(bytes + 4092), "c"(8), "d"(0x80) : "memory");
	asm volatile("insl" ::"D"(bytes + 4094), "d"(0x80) : "memory");
	asm volatile("outsl" ::"S"(bytes + 4094), "d"(0x80) : "memory");
	check_eq("FEDATA stands", data, vtd_get32(R_FEDATA));
	if (vtd.polled)
		return;
	bytes[R_FEDATA] = 0x55;
	*(volatile uint16_t *)(bytes + R_FEDATA) = 0x5555;
	*(volatile uint32_t *)(bytes + R_FEDATA - 2) = 0x55555555;
	check_eq("parts of a register are not written", data, vtd_get32(R_FEDATA));
}

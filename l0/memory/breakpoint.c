// SPDX-License-Identifier: Apache-2.0
#include "memory/breakpoint.h"

#include "hw/x86.h"
#include "lib/asm.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define DR7_ENABLED(dr7, n) ((dr7) >> 2 * (n)&3)
#define DR7_KIND(dr7, n)    ((dr7) >> (16 + 4 * (n)) & 3)
#define DR7_LENGTH(dr7, n)  ((dr7) >> (18 + 4 * (n)) & 3)

/* Kinds, as a set over DR7's two bits. */
#define KIND_WRITE      (1u << 1)
#define KIND_IO         (1u << 2)
#define KIND_READ_WRITE (1u << 3)

/* DR0 to DR3 are the guest's own, in the processor: no exit changes them, and L0 uses none. */
static uint64_t address_register(unsigned n)
{
	switch (n) {
	case 0:
		return read_dr0();
	case 1:
		return read_dr1();
	case 2:
		return read_dr2();
	default:
		return read_dr3();
	}
}

/* The breakpoint covers its length, from its address rounded down to that. */
static bool meets(uint64_t dr7, unsigned n, uint64_t first, uint64_t last, unsigned kinds)
{
	static const uint8_t below[] = {0, 1, 7, 3};
	uint64_t extent = below[DR7_LENGTH(dr7, n)];
	uint64_t start = address_register(n) & ~extent;

	return (kinds >> DR7_KIND(dr7, n) & 1) && first <= start + extent && last >= start;
}

/* One that is not enabled shows itself too, beside one that is (SDM vol. 3, 18.2.3). */
static uint64_t compare(uint64_t dr7, uint64_t first, unsigned size, unsigned kinds)
{
	uint64_t bits = 0;
	bool enabled = false;

	for (unsigned n = 0; n < 4; n++) {
		if (!meets(dr7, n, first, first + size - 1, kinds))
			continue;
		bits |= 1ull << n;
		enabled |= DR7_ENABLED(dr7, n) != 0;
	}
	return enabled ? bits | PENDING_ENABLED_BP : 0;
}

uint64_t guest_data_breakpoints_met(uint64_t linear, unsigned size, bool write)
{
	return compare(vmcs_read(VMCS_GUEST_DR7), linear, size,
		       KIND_READ_WRITE | (write ? KIND_WRITE : 0));
}

uint64_t guest_io_breakpoints_met(uint16_t port, unsigned size)
{
	if (!(vmcs_read(VMCS_GUEST_CR4) & CR4_DE))
		return 0;
	return compare(vmcs_read(VMCS_GUEST_DR7), port, size, KIND_IO);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_CONFIG_H
#define PLATFORM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define PLATFORM_VCPUS_MAX 8

/* 2026-01-01 00:00:00 UTC: the calendar starts there in each run, so that runs are reproducible. */
#define PLATFORM_EPOCH 1767225600u

struct platform_config {
	uint32_t tsc_khz;         /* rate of the guest's TSC */
	uint32_t bus_khz;         /* LAPIC timer clock: the crystal of CPUID 15H; 0: tsc_khz */
	uint64_t memory_below_4g; /* bytes of RAM that begin at address 0 */
	uint64_t memory_above_4g; /* bytes of RAM that begin at 4 GiB */
	uint64_t start;           /* the guest's TSC when its machine is switched on */
	uint32_t epoch; /* calendar time at `start`, seconds since 1970; 0: PLATFORM_EPOCH */
	unsigned vcpus;
	uint8_t physical_width; /* bits of a physical address as CPUID says it; 0: 36 */
	bool x2apic;            /* x2APIC mode may be turned on */
	bool posted;            /* vectors go to LAPICs by platform_post(), if it takes them */
	bool iommu;             /* there is one, which remaps interrupts too: iommu.h */
};

#endif

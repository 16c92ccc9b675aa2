/* SPDX-License-Identifier: Apache-2.0 */
/* What CPUID tells L1: a positive list AND the processor's own answer, made once at boot. */
#ifndef VCPU_CPUID_H
#define VCPU_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/asm.h"
#include "vcpu/hyperv.h"

#define CPUID_BASIC     0x17 /* leaves 0 to 16H */
#define CPUID_EXTENDED  9    /* leaves 80000000H to 80000008H */
#define CPUID_SUBLEAVES 16

/* The crystal that CPUID 15H tells is the TSC rate divided by this: a whole number of hertz. */
#define CRYSTAL_RATIO 40u

/* Answers by leaf; those that differ by subleaf are in a list of their own. */
struct cpuid_table {
	struct cpuid basic[CPUID_BASIC];
	struct cpuid extended[CPUID_EXTENDED];
	struct cpuid hypervisor[HYPERV_CPUID_LEAVES]; /* 40000000H on */
	struct {
		uint32_t leaf, subleaf;
		struct cpuid value;
	} sub[CPUID_SUBLEAVES];
	unsigned subs;
	uint32_t dynamic; /* bit n: basic leaf n has subleaves in sub[], or shows registers */
};

struct vcpu;
struct vm;

/* Fills the table of @vm from the processor, features and knobs. */
void cpuid_init(struct vm *vm);

/*
 * The answer for L1 as it stands: CR4 and XCR0 show in some leaves, whose values are put together
 * in *scratch. VMCS01 is current. Points into the table or to scratch.
 */
const struct cpuid *cpuid_guest(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
				struct cpuid *scratch);

/* CR4 bits that L1 may set, given what CPUID tells it. */
uint64_t cpuid_cr4_allowed(const struct vm *vm);

/* XCR0 bits that L1 may set. */
uint64_t cpuid_xcr0_allowed(const struct vm *vm);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least of Hyper-V's interface (Hypervisor Top-Level Functional Specification, TLFS) with which
 * a guest hypervisor uses the enlightened VMCS (vmcs=evmcs): identity, hypercall page, VP index, VP
 * assist page. There is no hypercall, no synthetic interrupt or timer, and no reference time: Linux
 * would read its clock by exits instead of from the TSC.
 */
#ifndef VCPU_HYPERV_H
#define VCPU_HYPERV_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/asm.h"

#define HYPERV_CPUID_LEAVES 11 /* 40000000H to 4000000AH */

#define HYPERV_MSR_FIRST 0x40000000
#define HYPERV_MSR_LAST  0x40000fff

#define HYPERV_INVALID_HYPERCALL 2ull /* HV_STATUS_INVALID_HYPERCALL_CODE */

struct vcpu;

/* What L1 wrote into these registers, on one virtual processor. */
struct hyperv {
	bool offered; /* vmcs=evmcs; else the rest is not there */
	uint64_t guest_os_id;
	uint64_t hypercall;
	uint64_t vp_assist;
	uint64_t tsc_invariant;
	void *assist; /* the VP assist page in L1's RAM; NULL: not enabled */
};

/* The CPUID leaves for a machine with @vcpus processors. */
void hyperv_cpuid(struct cpuid leaves[HYPERV_CPUID_LEAVES], unsigned vcpus);

/* Readers and writers for the table of handlers/msr.c. False: #GP, as without vmcs=evmcs. */
bool hyperv_msr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool hyperv_msr_write(struct vcpu *v, uint32_t msr, uint64_t value);

#endif

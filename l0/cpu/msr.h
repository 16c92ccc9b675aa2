/* SPDX-License-Identifier: Apache-2.0 */
/* L1's model-specific registers: one table says who answers for each. */
#ifndef CPU_MSR_H
#define CPU_MSR_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Fills the 4 KiB MSR bitmap at @bitmap for L1: all exits but those of the pass-through rows. */
void msr_bitmap_init(const struct vcpu *v, uint8_t *bitmap);

/*
 * L2's bitmap: @bitmap02, which started as all ones, becomes L1's OR @bitmap12 (NULL: all exits)
 * for the few words of MSRs that a kernel writes all the time. The others keep exiting, and L0
 * answers them where VMCS12 lets them pass: an exit now and then, for fewer steps at each entry.
 */
void msr_bitmap_merge(const struct vcpu *v, uint64_t *bitmap02, const uint64_t *bitmap12);

/* RDMSR and WRMSR of L1 (or of a list of L1's in the VMCS that is current). False: #GP. */
bool msr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool msr_write(struct vcpu *v, uint32_t msr, uint64_t value);

/* Power-on values. */
void msr_init(struct vcpu *v);

#endif

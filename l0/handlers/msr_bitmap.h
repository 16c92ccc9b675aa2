/* SPDX-License-Identifier: Apache-2.0 */
/* Which RDMSR and WRMSR of L1 and of L2 exit (SDM vol. 3, 25.6.9). */
#ifndef HANDLERS_MSR_BITMAP_H
#define HANDLERS_MSR_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct x2apic_passes;

/* Does this processor have a register that passes through where it is there at all? */
bool msr_optional(const struct vcpu *v, uint32_t msr);

/* Fills the 4 KiB MSR bitmap at @bitmap for L1: all exits but those of the pass-through rows. */
void msr_bitmap_init(const struct vcpu *v, uint8_t *bitmap);

/*
 * L2's bitmap: @bitmap02, which started as all ones, becomes L1's OR @bitmap12 (NULL: all exits)
 * for the few words of MSRs that a kernel writes all the time. The others keep exiting, and L0
 * answers them where VMCS12 lets them pass: an exit now and then, for fewer steps at each entry.
 */
void msr_bitmap_merge(const struct vcpu *v, uint64_t *bitmap02, const uint64_t *bitmap12);

/* What VMCS12's secondary controls @proc2 let pass of L2's own x2APIC. */
void msr_bitmap_x2apic(struct x2apic_passes *passes, uint32_t proc2);

/* As msr_bitmap_merge() for the words of the x2APIC: @passes alone, where @bitmap12 lets them. */
void msr_bitmap_merge_x2apic(uint64_t *bitmap02, const uint64_t *bitmap12,
			     const struct x2apic_passes *passes);

/* Does VMCS12 have L2's RDMSR, or WRMSR, of @msr exit? A bitmap where L1 has no RAM is all ones. */
bool msr_bitmap_l1_wants(const struct vcpu *v, uint32_t msr, bool write);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* VMCS shadowing for L1 (vmcs=shadow): when the hot fields move between the cache and the shadow
 * VMCS. */
#ifndef NESTED_SHADOW_H
#define NESTED_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/*
 * Pages of L0 for the shadow VMCS and its two bitmaps, in this order. VMCS01 is current and gets
 * what never changes. Without this call all of the below does nothing.
 */
void nested_shadow_init(struct vcpu *v, uint8_t *pages);

/*
 * VMXON and VMXOFF of L1. In VMX operation, while no shadow VMCS is linked, L1's VMREAD and VMWRITE
 * fail by themselves as they must without a current VMCS12; outside they exit, for their #UD.
 */
void nested_shadow_switch(struct vcpu *v, bool on);

/* VMPTRLD of L1: from now on the shadow VMCS stands for the current VMCS12. VMCS01 is current. */
void nested_shadow_begin(struct vcpu *v);

/* VMCLEAR, VMXOFF: no VMCS12 is current; L1's VMREAD fails by itself. VMCS01 is current. */
void nested_shadow_end(struct vcpu *v);

/*
 * L1 gives the processor away: what it wrote comes into the cache. L1 gets it after an exit of L2:
 * the other way. With either no VMCS is current afterwards, so that the caller's next
 * vcpu_switch() is the only one.
 */
void nested_shadow_load(struct vcpu *v);
void nested_shadow_store(struct vcpu *v);

#endif

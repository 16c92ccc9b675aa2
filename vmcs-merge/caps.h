/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What VMX can do: the values of the capability MSRs (SDM vol. 3, appendix A), once for the
 * processor as L0 finds it and once for the processor as L1 sees it.
 */
#ifndef VMX_CAPS_H
#define VMX_CAPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A control word's capability holds allowed-0 settings low (a 1 must be 1) and allowed-1 settings
 * high (a 0 must be 0). pin, proc, exit and entry are the TRUE capabilities where the processor has
 * them (IA32_VMX_BASIC[55]), else the plain ones. proc2 and ept_vpid are 0 without the feature.
 */
struct vmx_caps {
	uint64_t basic;
	uint64_t pin;
	uint64_t proc;
	uint64_t proc2;
	uint64_t exit;
	uint64_t entry;
	uint64_t misc;
	uint64_t cr0_fixed0;
	uint64_t cr0_fixed1;
	uint64_t cr4_fixed0;
	uint64_t cr4_fixed1;
	uint64_t vmcs_enum;
	uint64_t ept_vpid;
	uint64_t debugctl;   /* bits of IA32_DEBUGCTL that may be 1; 0 where the MSR is not known */
	uint64_t efer;       /* bits of IA32_EFER that may be 1 */
	uint32_t maxphyaddr; /* CPUID 80000008H EAX[7:0] */
	uint32_t linear_bits; /* width of canonical addresses: 48 or 57 */
};

/* What a field row's existence may hang on; in the order of the bits of vmx_features(). */
enum vmx_feature {
	FEATURE_ALWAYS,
	FEATURE_VPID,
	FEATURE_MSR_BITMAPS,
	FEATURE_TPR_SHADOW,
	FEATURE_APIC_ACCESSES,
	FEATURE_INTERRUPT_DELIVERY,
	FEATURE_POSTED_INTERRUPTS,
	FEATURE_SECONDARY,
	FEATURE_PREEMPTION_TIMER,
	FEATURE_EPT,
	FEATURE_XSAVES,
	FEATURE_PLE,
	FEATURE_GUEST_PAT,
	FEATURE_GUEST_EFER,
	FEATURE_HOST_PAT,
	FEATURE_HOST_EFER,
	FEATURE_COUNT
};

/*
 * Makes what L1 is offered: a positive list of what the library and L0 know how to nest, AND the
 * hardware's. maxphyaddr, linear_bits, efer and cr4_fixed1 (but for CET) are as in hw: where L1's
 * CPUID says less, L0 lowers them in *l1 afterwards, before vmcs_index_make().
 */
void vmx_caps_make(struct vmx_caps *l1, const struct vmx_caps *hw);

/*
 * Takes EPT, and unrestricted guest with it, out of what vmx_caps_make() offered: L1 must translate
 * for its guests by shadow page tables. VPIDs stay. Before vmcs_index_make().
 */
void vmx_caps_hide_ept(struct vmx_caps *l1);

/* Takes VPIDs out, and INVVPID with them. Before vmcs_index_make(). */
void vmx_caps_hide_vpid(struct vmx_caps *l1);

/*
 * Takes the virtualization of the local APIC out, but for the TPR shadow, and posted interrupts
 * with it. Before vmcs_index_make().
 */
void vmx_caps_hide_apicv(struct vmx_caps *l1);

/* The value that RDMSR of a capability MSR (480H to 491H) gives; false: no such MSR, #GP. */
bool vmx_caps_msr(const struct vmx_caps *caps, uint32_t msr, uint64_t *value);

/* A bit (1 << FEATURE_x) for each feature that caps offers. */
uint32_t vmx_features(const struct vmx_caps *caps);

/* Which bits of a control word may be 1, and which must be. */
static inline uint32_t vmx_allowed1(uint64_t capability)
{
	return (uint32_t)(capability >> 32);
}

static inline uint32_t vmx_allowed0(uint64_t capability)
{
	return (uint32_t)capability;
}

#endif

// SPDX-License-Identifier: Apache-2.0
/* What L1 is offered: the positive lists, and the capability MSRs made from them (appendix A). */
#include "caps.h"
#include "offer.h"
#include "vmcs12.h"

/* IA32_VMX_VMCS_ENUM: the highest index of an encoding, in its place (bits 9:1). */
#define X(encoding, NAME, name, width, access, group, rule, exists)                                \
	_Static_assert(((encoding)&0x3fe) <= (VMCS_PREEMPTION_TIMER & 0x3fe), "highest index");
#include "fields.def"
#undef X

/*
 * A control word for L1: what must be 1 on this processor must be 1 for L1 too; what may be 1 is on
 * the list and possible here, besides the reserved bits that are always 1 (default1).
 */
static uint64_t offer(uint64_t hw, uint32_t positive, uint32_t default1)
{
	uint32_t must = vmx_allowed0(hw);
	uint32_t may = (vmx_allowed1(hw) & (positive | default1)) | must;

	return (uint64_t)may << 32 | must;
}

/* Controls that mean something only together with another one. */
static void drop_orphans(struct vmx_caps *l1)
{
	uint64_t ept_needs = EPT_CAP_WALK4 | EPT_CAP_WB;
	uint64_t *proc2 = &l1->proc2;

	if (!(vmx_allowed1(l1->proc) & PROC_SECONDARY))
		*proc2 = 0;
	if ((l1->ept_vpid & ept_needs) != ept_needs)
		*proc2 &= ~((uint64_t)PROC2_EPT << 32);
	if (!(*proc2 >> 32 & PROC2_EPT))
		*proc2 &= ~((uint64_t)PROC2_UNRESTRICTED << 32);
	if (!(vmx_allowed1(l1->proc) & PROC_TPR_SHADOW))
		*proc2 &= ~((uint64_t)PROC2_NEEDS_TPR_SHADOW << 32);
	if (!(*proc2 >> 32 & PROC2_INTERRUPT_DELIVERY) ||
	    !(vmx_allowed1(l1->exit) & EXIT_ACK_INTERRUPT))
		l1->pin &= ~((uint64_t)PIN_POSTED_INTERRUPTS << 32);
	if (!(vmx_allowed1(l1->pin) & PIN_NMI))
		l1->pin &= ~((uint64_t)PIN_VIRTUAL_NMI << 32);
	if (!(vmx_allowed1(l1->pin) & PIN_PREEMPTION_TIMER))
		l1->exit &= ~((uint64_t)EXIT_SAVE_TIMER << 32);
}

void vmx_caps_make(struct vmx_caps *l1, const struct vmx_caps *hw)
{
	*l1 = *hw;
	l1->basic = VMCS12_REVISION | (uint64_t)sizeof(struct vmcs12) << BASIC_SIZE_SHIFT |
		    BASIC_WB | BASIC_TRUE | (hw->basic & BASIC_STRING_IO);
	l1->pin = offer(hw->pin, OFFER_PIN, PIN_DEFAULT1);
	l1->proc = offer(hw->proc, OFFER_PROC, PROC_DEFAULT1);
	l1->proc2 = offer(hw->proc2, OFFER_PROC2, 0);
	l1->exit = offer(hw->exit, OFFER_EXIT, EXIT_DEFAULT1);
	l1->entry = offer(hw->entry, OFFER_ENTRY, ENTRY_DEFAULT1);
	/* At each exit to L1 the reflection stores EFER.LMA into the entry controls. */
	l1->misc = (hw->misc & OFFER_MISC) | MISC_STORE_LMA;
	l1->ept_vpid = hw->ept_vpid & OFFER_EPT_VPID;
	l1->vmcs_enum = VMCS_PREEMPTION_TIMER & 0x3fe;
	l1->debugctl = hw->debugctl & OFFER_DEBUGCTL;
	/* The VMCS fields of CET state are not rows here, so a guest cannot have it. */
	l1->cr4_fixed1 &= ~CR4_CET;
	drop_orphans(l1);
}

void vmx_caps_hide_ept(struct vmx_caps *l1)
{
	/* INVVPID and its types share the MSR with EPT's own bits. */
	l1->ept_vpid &= VPID_INVVPID | VPID_INVVPID_TYPES;
	drop_orphans(l1);
}

void vmx_caps_hide_vpid(struct vmx_caps *l1)
{
	l1->ept_vpid &= ~(VPID_INVVPID | VPID_INVVPID_TYPES);
	l1->proc2 &= ~((uint64_t)PROC2_VPID << 32);
}

void vmx_caps_hide_apicv(struct vmx_caps *l1)
{
	l1->proc2 &= ~((uint64_t)(PROC2_APIC_ACCESSES | PROC2_NEEDS_TPR_SHADOW) << 32);
	drop_orphans(l1);
}

/* The plain capability says that all of default1 must be 1 (A.2: older software counts on it). */
#define PLAIN(word, default1) ((word) | (default1))

bool vmx_caps_msr(const struct vmx_caps *caps, uint32_t msr, uint64_t *value)
{
	/* 480H to 491H in order; VMFUNC (491H) is not offered, so that it does not exist. */
	const uint64_t values[] = {
		caps->basic,
		PLAIN(caps->pin, PIN_DEFAULT1),
		PLAIN(caps->proc, PROC_DEFAULT1),
		PLAIN(caps->exit, EXIT_DEFAULT1),
		PLAIN(caps->entry, ENTRY_DEFAULT1),
		caps->misc,
		caps->cr0_fixed0,
		caps->cr0_fixed1,
		caps->cr4_fixed0,
		caps->cr4_fixed1,
		caps->vmcs_enum,
		caps->proc2,
		caps->ept_vpid,
		caps->pin,
		caps->proc,
		caps->exit,
		caps->entry,
	};

	if (msr < 0x480 || msr - 0x480 >= sizeof(values) / sizeof(values[0]))
		return false;
	*value = values[msr - 0x480];
	return true;
}

uint32_t vmx_features(const struct vmx_caps *caps)
{
	uint32_t pin = vmx_allowed1(caps->pin), proc = vmx_allowed1(caps->proc);
	uint32_t proc2 = vmx_allowed1(caps->proc2);
	uint32_t exit = vmx_allowed1(caps->exit), entry = vmx_allowed1(caps->entry);
	/* A field of guest state exists if it can be loaded or saved (App. B.2.3). */
	const bool has[FEATURE_COUNT] = {
		[FEATURE_ALWAYS] = true,
		[FEATURE_VPID] = proc2 & PROC2_VPID,
		[FEATURE_MSR_BITMAPS] = proc & PROC_MSR_BITMAPS,
		[FEATURE_TPR_SHADOW] = proc & PROC_TPR_SHADOW,
		[FEATURE_APIC_ACCESSES] = proc2 & PROC2_APIC_ACCESSES,
		[FEATURE_INTERRUPT_DELIVERY] = proc2 & PROC2_INTERRUPT_DELIVERY,
		[FEATURE_POSTED_INTERRUPTS] = pin & PIN_POSTED_INTERRUPTS,
		[FEATURE_SECONDARY] = proc & PROC_SECONDARY,
		[FEATURE_PREEMPTION_TIMER] = pin & PIN_PREEMPTION_TIMER,
		[FEATURE_EPT] = proc2 & PROC2_EPT,
		[FEATURE_XSAVES] = proc2 & PROC2_XSAVES,
		[FEATURE_PLE] = proc2 & PROC2_PAUSE_LOOP,
		[FEATURE_GUEST_PAT] = (entry & ENTRY_LOAD_PAT) || (exit & EXIT_SAVE_PAT),
		[FEATURE_GUEST_EFER] = (entry & ENTRY_LOAD_EFER) || (exit & EXIT_SAVE_EFER),
		[FEATURE_HOST_PAT] = exit & EXIT_LOAD_PAT,
		[FEATURE_HOST_EFER] = exit & EXIT_LOAD_EFER,
	};
	uint32_t bits = 0;

	for (uint32_t i = 0; i < FEATURE_COUNT; i++)
		bits |= (uint32_t)has[i] << i;
	return bits;
}

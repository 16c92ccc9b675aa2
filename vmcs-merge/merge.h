/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMCS01 + VMCS12 -> VMCS02: what the processor runs L2 with.
 *
 * VMCS access. The user of the library provides "vmcs_access.h" with
 *	static inline uint64_t vmcs_read(uint32_t encoding);
 *	static inline void vmcs_write(uint32_t encoding, uint64_t value);
 *	static inline void vmcs_read_to(void *to, uint32_t encoding);	64 bits, to any address
 * on the VMCS that is current; 64-bit fields in one access. Each function says which VMCS that
 * must be. An access that fails is L0's panic: the encodings are constants.
 */
#ifndef VMCS_MERGE_H
#define VMCS_MERGE_H

#include <stdint.h>

#include "vmcs12.h"

/*
 * What L0 wants while L2 runs. Constant but for the registers; L0 marks the group dirty in the
 * cache of the current VMCS12 when it changes one of the others (or VMCS02 behind the library's
 * back).
 */
struct vmcs01_controls {
	const struct vmx_caps *hw; /* the processor's; the last word on each control */
	uint32_t pin;              /* ORed in: external interrupts, NMIs, the preemption timer */
	/*
	 * L0's intercepts, ORed in. The windows, the TPR shadow and I/O bitmaps of VMCS01 are left
	 * out here; all ports exit; PROC_MSR_BITMAPS is L0's alone (it writes the merged bitmap).
	 */
	uint32_t proc;
	uint32_t proc2; /* EPT and VPID are L0's alone; exits are ORed; enables are L1's */
	/* L0's alone: how to come back to L0. It must save EFER, PAT and debug controls. */
	uint32_t exit;
	uint32_t entry;            /* L0's: the load-x bits; IA-32e mode is computed */
	uint32_t exception_bitmap; /* with #PF in it, every page fault exits to L0 */
	uint64_t cr0_mask;         /* bits that L0 owns */
	uint64_t cr4_mask;
	/* Owned bits are really 1, or really 0 if they may not, whatever the guest thinks. */
	uint64_t cr0_on;
	uint64_t cr0_may;    /* all but those that stay 0 */
	uint64_t cr4_on;     /* VMXE at least */
	uint64_t tsc_offset; /* L1's */
	uint64_t xss_exiting_bitmap;
	/*
	 * L1's registers at its VMLAUNCH or VMRESUME: L2 goes on with them where VMCS12 does not
	 * load its own. L0 fills them in before each merge.
	 */
	uint64_t cr0; /* as L1 sees it */
	uint64_t efer;
	uint64_t pat;
	uint64_t debugctl;
	uint64_t dr7;
};

/*
 * Writes VMCS02, which is current, for the entry that vmcs12_check() has just allowed: only dirty
 * groups, and what L1's own registers decide. Returns the groups that were dirty and clears them.
 * For VMLAUNCH and VMRESUME of L1 alone, not for a resumption after an exit that stayed with L0: it
 * would give L2 L1's registers again. There L0 writes VMCS02 itself (from vmcs02_proc() and the
 * like) and marks the group dirty, so that the next merge undoes it.
 *
 * Left to L0, which needs memory or a clock for it (rule L0 in fields.def):
 *	EPT pointer, VPID                  when DIRTY_TRANSLATION
 *	MSR bitmap (I/O bitmaps: not used) when DIRTY_BITMAPS, or L1 wrote its pages
 *	virtual-APIC address, APIC-access address, posted-interrupt descriptor and notification
 *	vector                             when DIRTY_APIC and vmcs12 uses them
 *	preemption timer, MSR lists        at each entry
 *	host state, link pointer (all ones), MSR list counts (0): once, when VMCS02 is made
 *	PDPTEs of a guest with PAE paging and no EPT12
 *
 * After a switch to another VMCS12, and after an entry that the processor refused, L0 sets
 * c->dirty = DIRTY_ALL.
 */
uint32_t vmcs02_merge(struct vmcs12_cache *c, const struct vmcs01_controls *l0);

/* The merged words by themselves, for route decisions and tests. */
uint32_t vmcs02_pin(const struct vmcs12 *v, const struct vmcs01_controls *l0);
uint32_t vmcs02_proc(const struct vmcs12 *v, const struct vmcs01_controls *l0);
uint32_t vmcs02_proc2(const struct vmcs12 *v, const struct vmcs01_controls *l0);
uint32_t vmcs02_entry(const struct vmcs12 *v, const struct vmcs01_controls *l0);
uint64_t vmcs02_efer(const struct vmcs12 *v, const struct vmcs01_controls *l0);

/* What L2 reads from CR0 and CR4 when it enters: shadow where L1 owns a bit, else the guest's. */
static inline uint64_t vmcs12_cr0_seen(const struct vmcs12 *v)
{
	return (v->guest_cr0 & ~v->cr0_mask) | (v->cr0_shadow & v->cr0_mask);
}

static inline uint64_t vmcs12_cr4_seen(const struct vmcs12 *v)
{
	return (v->guest_cr4 & ~v->cr4_mask) | (v->cr4_shadow & v->cr4_mask);
}

#endif

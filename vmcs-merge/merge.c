// SPDX-License-Identifier: Apache-2.0
/*
 * The merge. Each dirty group has its straight line of writes; the words that are not L1's alone
 * are computed by a pure function each, so that route decisions and tests can ask for them.
 */
#include "merge.h"
#include "check_rules.h"
#include "offer.h"
#include "vmcs_access.h"

/*
 * The last word on a control: what this processor cannot do stays 0, what it insists on is 1. Only
 * L0's own wishes can meet this; L1's have been through the checks and the positive list.
 */
static uint32_t possible(uint32_t word, uint64_t capability)
{
	return (word & vmx_allowed1(capability)) | vmx_allowed0(capability);
}

uint32_t vmcs02_pin(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint32_t pin12 = (uint32_t)v->pin_controls & OFFER_PIN;

	/* What is posted for L1 is not for L2. */
	return possible(pin12 | (l0->pin & ~PIN_POSTED_INTERRUPTS), l0->hw->pin);
}

/* What VMCS01 says of these concerns L1's interrupts and ports, not L2's. */
#define PROC_NOT_FROM_01                                                                           \
	(PROC_INTERRUPT_WINDOW | PROC_NMI_WINDOW | PROC_TPR_SHADOW | PROC_IO_BITMAPS |             \
	 PROC_CR8_LOAD | PROC_CR8_STORE)

/*
 * All ports exit, and L0's route asks L1's bitmap: a bitmap of VMCS02 would have to be merged from
 * two pages at each entry. CR8 without L1's TPR shadow is L1's task priority: L0 emulates it.
 */
uint32_t vmcs02_proc(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint32_t proc12 = (uint32_t)v->proc_controls & OFFER_PROC;
	uint32_t proc = (l0->proc & ~PROC_NOT_FROM_01) | PROC_IO;

	proc |= proc12 & ~(PROC_IO_BITMAPS | PROC_MSR_BITMAPS);
	if (!(proc12 & PROC_TPR_SHADOW))
		proc |= PROC_CR8_LOAD | PROC_CR8_STORE;
	return possible(proc, l0->hw->proc);
}

/*
 * Controls that enable an instruction, need numbers of their own, or are of L2's local APIC: only
 * L1 knows for its L2.
 */
#define PROC2_FROM_12                                                                              \
	(PROC2_RDTSCP | PROC2_UNRESTRICTED | PROC2_INVPCID | PROC2_XSAVES | PROC2_PAUSE_LOOP |     \
	 PROC2_APIC_ACCESSES | PROC2_NEEDS_TPR_SHADOW)
/* Address translation: what VMCS02 uses is L0's choice (EPT02, VPID02). */
#define PROC2_FROM_01 (PROC2_EPT | PROC2_VPID)

uint32_t vmcs02_proc2(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint32_t proc2_12 = vmcs12_proc2(v) & OFFER_PROC2;

	return possible((l0->proc2 & ~PROC2_FROM_12) | (proc2_12 & ~PROC2_FROM_01), l0->hw->proc2);
}

uint32_t vmcs02_entry(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint32_t ia32e = (uint32_t)v->entry_controls & ENTRY_IA32E;

	return possible((l0->entry & ~ENTRY_IA32E) | ia32e, l0->hw->entry);
}

/*
 * VMCS02 always loads EFER. Where VMCS12 does not, L2 goes on with L1's, but LMA follows IA-32e
 * mode, and LME does when the guest pages (27.3.2.1).
 */
uint64_t vmcs02_efer(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint64_t follows = v->guest_cr0 & CR0_PG ? EFER_LMA | EFER_LME : EFER_LMA;

	if (v->entry_controls & ENTRY_LOAD_EFER)
		return v->guest_efer;
	return ia32e_guest(v) ? l0->efer | follows : l0->efer & ~follows;
}

/*
 * The rows with rule COPY of one group. The group is a constant at each call, so that what remains
 * is a straight line of writes.
 */
#define RULE_COPY(wanted, GROUP, NAME, name)                                                       \
	if ((wanted) == DIRTY_##GROUP)                                                             \
		vmcs_write(VMCS_##NAME, v->name);
#define RULE_MERGE(wanted, GROUP, NAME, name)
#define RULE_L0(wanted, GROUP, NAME, name)
#define RULE_HOST(wanted, GROUP, NAME, name)
#define RULE_NONE(wanted, GROUP, NAME, name)
static inline __attribute__((always_inline)) void copy_group(const struct vmcs12 *v, uint32_t group)
{
#define X(encoding, NAME, name, width, access, GROUP, rule, exists)                                \
	RULE_##rule(group, GROUP, NAME, name)
#include "fields.def"
#undef X
}

/* How many CR3 values L2 may load unseen: none if L0 wants to see each load. */
static void merge_cr3_targets(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	vmcs_write(VMCS_CR3_TARGET_COUNT, l0->proc & PROC_CR3_LOAD ? 0 : v->cr3_target_count & 7);
	if (!v->cr3_target_count) /* nor need there be any, where none may be used */
		return;
	vmcs_write(VMCS_CR3_TARGET0, v->cr3_target0);
	vmcs_write(VMCS_CR3_TARGET1, v->cr3_target1);
	vmcs_write(VMCS_CR3_TARGET2, v->cr3_target2);
	vmcs_write(VMCS_CR3_TARGET3, v->cr3_target3);
}

/*
 * When L0 wants page faults it wants all of them: mask and match 0. When it does not, its half of
 * the union is empty and L1's filter applies as L1 wrote it.
 */
static void merge_exceptions(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	bool all_faults = l0->exception_bitmap >> VECTOR_PF & 1;

	vmcs_write(VMCS_EXCEPTION_BITMAP, v->exception_bitmap | l0->exception_bitmap);
	vmcs_write(VMCS_PAGE_FAULT_MASK, all_faults ? 0 : v->page_fault_mask);
	vmcs_write(VMCS_PAGE_FAULT_MATCH, all_faults ? 0 : v->page_fault_match);
}

static void merge_tsc(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	bool used = v->proc_controls & PROC_TSC_OFFSET;

	vmcs_write(VMCS_TSC_OFFSET, l0->tsc_offset + (used ? v->tsc_offset : 0));
}

/* Numbers that mean something only with the control that uses them; L1's alone but for XSS. */
static void merge_tuning(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	uint32_t proc2 = vmcs02_proc2(v, l0);

	if (proc2 & PROC2_PAUSE_LOOP) {
		vmcs_write(VMCS_PLE_GAP, v->ple_gap);
		vmcs_write(VMCS_PLE_WINDOW, v->ple_window);
	}
	if (proc2 & PROC2_XSAVES)
		vmcs_write(VMCS_XSS_EXITING_BITMAP, v->xss_exiting_bitmap | l0->xss_exiting_bitmap);
}

static void merge_interrupts(const struct vmcs12 *v)
{
	if (v->proc_controls & PROC_TPR_SHADOW)
		vmcs_write(VMCS_TPR_THRESHOLD, v->tpr_threshold & 0xf);
	if (vmcs12_delivers(v))
		vmcs_write(VMCS_INTERRUPT_STATUS, v->interrupt_status);
}

/* Of L2's local APIC what is no address; those L0 writes. */
static void merge_apic(const struct vmcs12 *v)
{
	if (!vmcs12_delivers(v))
		return;
	vmcs_write(VMCS_EOI_EXIT0, v->eoi_exit0);
	vmcs_write(VMCS_EOI_EXIT1, v->eoi_exit1);
	vmcs_write(VMCS_EOI_EXIT2, v->eoi_exit2);
	vmcs_write(VMCS_EOI_EXIT3, v->eoi_exit3);
}

static void merge_execution(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	vmcs_write(VMCS_PIN_CONTROLS, vmcs02_pin(v, l0));
	vmcs_write(VMCS_PROC_CONTROLS, vmcs02_proc(v, l0));
	vmcs_write(VMCS_PROC2_CONTROLS, vmcs02_proc2(v, l0));
}

/* Any of those below: at most entries none is, and one question tells. */
#define DIRTY_CONTROLS                                                                             \
	(DIRTY_EXECUTION | DIRTY_EXIT | DIRTY_ENTRY | DIRTY_EXCEPTIONS | DIRTY_CR3_TARGETS |       \
	 DIRTY_TSC | DIRTY_APIC | DIRTY_INTERRUPTS | DIRTY_TUNING)

/* The control fields; EXECUTION stands beside the groups whose use a bit of it decides. */
static void merge_controls(const struct vmcs12 *v, const struct vmcs01_controls *l0, uint32_t dirty)
{
	if (dirty & DIRTY_EXECUTION)
		merge_execution(v, l0);
	if (dirty & DIRTY_EXIT)
		vmcs_write(VMCS_EXIT_CONTROLS, possible(l0->exit, l0->hw->exit));
	if (dirty & DIRTY_ENTRY)
		vmcs_write(VMCS_ENTRY_CONTROLS, vmcs02_entry(v, l0));
	if (dirty & DIRTY_EXCEPTIONS)
		merge_exceptions(v, l0);
	if (dirty & DIRTY_CR3_TARGETS)
		merge_cr3_targets(v, l0);
	if (dirty & (DIRTY_EXECUTION | DIRTY_TSC))
		merge_tsc(v, l0);
	if (dirty & (DIRTY_EXECUTION | DIRTY_APIC))
		merge_apic(v);
	if (dirty & (DIRTY_EXECUTION | DIRTY_INTERRUPTS))
		merge_interrupts(v);
	if (dirty & (DIRTY_EXECUTION | DIRTY_TUNING))
		merge_tuning(v, l0);
}

/* Without an event the processor looks at neither error code nor length. */
static void merge_event(const struct vmcs12 *v)
{
	uint32_t info = (uint32_t)v->entry_interruption_info & ~EVENT_RESERVED;

	if (!(info & EVENT_VALID)) {
		vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, 0);
		return;
	}
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, info);
	vmcs_write(VMCS_ENTRY_EXCEPTION_ERROR, v->entry_exception_error & 0xffff);
	vmcs_write(VMCS_ENTRY_INSTRUCTION_LENGTH, v->entry_instruction_length & 15);
}

/*
 * A bit that L1 or L0 owns is read by L2 from the shadow; there L2 finds what L1 says for L1's bits
 * and its own value for those that only L0 owns. On reflection the sum is taken apart again.
 */
static void merge_cr(struct vmcs12_cache *c, const struct vmcs01_controls *l0)
{
	const struct vmcs12 *v = &c->v;

	vmcs_write(VMCS_CR0_MASK, v->cr0_mask | l0->cr0_mask);
	vmcs_write(VMCS_CR4_MASK, v->cr4_mask | l0->cr4_mask);
	vmcs_write(VMCS_CR0_SHADOW, vmcs12_cr0_seen(v));
	vmcs_write(VMCS_CR4_SHADOW, vmcs12_cr4_seen(v));
	vmcs_write(VMCS_GUEST_CR0, (v->guest_cr0 & l0->cr0_may) | l0->cr0_on);
	vmcs_write(VMCS_GUEST_CR4, v->guest_cr4 | l0->cr4_on);
	c->live_cr0 = v->guest_cr0;
}

static void merge_pdptes(const struct vmcs12 *v)
{
	if (!pae_paging(v) || vmcs12_wants_pdptes(v))
		return;
	vmcs_write(VMCS_GUEST_PDPTE0, v->guest_pdpte0);
	vmcs_write(VMCS_GUEST_PDPTE1, v->guest_pdpte1);
	vmcs_write(VMCS_GUEST_PDPTE2, v->guest_pdpte2);
	vmcs_write(VMCS_GUEST_PDPTE3, v->guest_pdpte3);
}

/*
 * Does VMCS02 still hold what L2 must start with? Only where L1 has a register both saved at exits
 * and loaded at entries, and did not write it; else the last L2's value is not the next one's.
 */
static bool carried(const struct vmcs12 *v, uint32_t load, uint32_t save)
{
	return (v->entry_controls & load) && (v->exit_controls & save);
}

static void merge_debug(const struct vmcs12 *v, const struct vmcs01_controls *l0)
{
	bool load = v->entry_controls & ENTRY_LOAD_DEBUG;
	uint64_t debugctl = load ? v->guest_debugctl : l0->debugctl;
	uint64_t dr7 = load ? v->guest_dr7 : l0->dr7;

	/* An engine may not know IA32_DEBUGCTL: its mask is 0 then, and so is what is written. */
	vmcs_write(VMCS_GUEST_DEBUGCTL, debugctl & l0->hw->debugctl);
	vmcs_write(VMCS_GUEST_DR7, (uint32_t)dr7);
}

/* The registers that come from L1 itself unless VMCS12 loads them. */
static void merge_msrs(struct vmcs12_cache *c, const struct vmcs01_controls *l0, uint32_t dirty)
{
	const struct vmcs12 *v = &c->v;
	bool switched = dirty & (DIRTY_ENTRY | DIRTY_EXIT);

	if ((dirty & DIRTY_EFER) || switched || !carried(v, ENTRY_LOAD_EFER, EXIT_SAVE_EFER)) {
		c->live_efer = vmcs02_efer(v, l0);
		vmcs_write(VMCS_GUEST_EFER, c->live_efer);
	}
	if ((dirty & DIRTY_PAT) || switched || !carried(v, ENTRY_LOAD_PAT, EXIT_SAVE_PAT)) {
		c->live_pat = v->entry_controls & ENTRY_LOAD_PAT ? v->guest_pat : l0->pat;
		vmcs_write(VMCS_GUEST_PAT, c->live_pat);
	}
	if ((dirty & DIRTY_DEBUG) || switched || !carried(v, ENTRY_LOAD_DEBUG, EXIT_SAVE_DEBUG))
		merge_debug(v, l0);
}

static void merge_rare(const struct vmcs12 *v, uint32_t dirty)
{
	if (dirty & DIRTY_CODE)
		copy_group(v, DIRTY_CODE);
	if (dirty & DIRTY_SEGMENTS)
		copy_group(v, DIRTY_SEGMENTS);
	if (dirty & DIRTY_TABLES)
		copy_group(v, DIRTY_TABLES);
	if (dirty & DIRTY_SYSENTER)
		copy_group(v, DIRTY_SYSENTER);
}

/* Guest state that is L1's word alone. */
static void merge_guest(const struct vmcs12 *v, uint32_t dirty)
{
	if (dirty & DIRTY_RIP)
		copy_group(v, DIRTY_RIP);
	if (dirty & DIRTY_RFLAGS)
		copy_group(v, DIRTY_RFLAGS);
	if (dirty & DIRTY_STATE)
		copy_group(v, DIRTY_STATE);
	if (dirty & DIRTY_ACCESS)
		copy_group(v, DIRTY_ACCESS);
	if (dirty & DIRTY_RARE)
		merge_rare(v, dirty);
}

uint32_t vmcs02_merge(struct vmcs12_cache *c, const struct vmcs01_controls *l0)
{
	uint32_t dirty = c->dirty;
	const struct vmcs12 *v = &c->v;

	if (dirty & DIRTY_CONTROLS)
		merge_controls(v, l0, dirty);
	if (dirty & DIRTY_EVENT)
		merge_event(v);
	if (dirty & DIRTY_CR)
		merge_cr(c, l0);
	if (dirty & DIRTY_CR3)
		vmcs_write(VMCS_GUEST_CR3, v->guest_cr3);
	if (dirty & (DIRTY_CR3 | DIRTY_CR | DIRTY_ENTRY | DIRTY_EXECUTION))
		merge_pdptes(v);
	merge_msrs(c, l0, dirty);
	/* Cells that are older than VMCS02 never go back there. */
	merge_guest(v, dirty & ~c->stale);
	c->dirty = 0;
	return dirty;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of VM entry on a VMCS12. Pure: what stands in L1's memory is handed in.
 *
 * All checks are made in software, those too that the processor would repeat on VMCS02, so that L1
 * gets the architectural answer without an entry. A part whose dirty groups did not change since
 * the last merge is not looked at again: what L2 itself left there, the processor has vouched for.
 */
#ifndef VMX_CHECK_H
#define VMX_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs12.h"
#include "vmx_bits.h"

enum vmx_check {
	CHECK_OK,
#define X(NAME, kind, section, text) CHECK_##NAME,
#include "check.def"
#undef X
	CHECK_COUNT
};

enum vmx_check_kind {
	KIND_OK,
	KIND_CONTROLS, /* VMfailValid 7 */
	KIND_HOST,     /* VMfailValid 8 */
	KIND_GUEST,    /* entry-failure exit 33, qualification 0 */
	KIND_PDPTE,    /* ... 2 */
	KIND_NMI,      /* ... 3 */
	KIND_LINK,     /* ... 4 */
};

/* What a failing check means, and how to say it. Row 0 is "all is well". */
struct vmx_check_row {
	const char *name;
	const char *section; /* of SDM vol. 3 */
	const char *text;    /* what must hold */
	uint8_t kind;        /* enum vmx_check_kind */
	uint8_t vmfail;      /* 7 or 8; 0: take exit 33 with the qualification instead */
	uint8_t qualification;
};

extern const struct vmx_check_row vmx_checks[CHECK_COUNT];

/* What the checks need that is not in the VMCS12; used only where a vmcs12_wants_ says so. */
struct vmx_check_input {
	bool l1_long_mode;      /* L1's IA32_EFER.LMA at VMLAUNCH or VMRESUME; always used */
	uint8_t vtpr;           /* byte 80H of L1's virtual-APIC page, with the TPR shadow */
	bool link_is_current;   /* the link pointer is the current VMCS12's own address */
	uint32_t link_revision; /* first word at the link pointer; 0 if it cannot be read */
	uint64_t pdpte[4];      /* the four entries at the guest's CR3 */
};

/*
 * vtpr: the TPR shadow is used, and nothing that has its own answer to a low one. link: a link
 * pointer other than all ones. pdptes: PAE paging without EPT12, so that the entry reads them from
 * memory as MOV to CR3 would.
 */
static inline bool vmcs12_wants_vtpr(const struct vmcs12 *v)
{
	return (v->proc_controls & PROC_TPR_SHADOW) &&
	       !(vmcs12_proc2(v) & (PROC2_APIC_ACCESSES | PROC2_INTERRUPT_DELIVERY));
}

static inline bool vmcs12_wants_link(const struct vmcs12 *v)
{
	return v->vmcs_link_pointer != VMCS12_LINK_NONE;
}

static inline bool vmcs12_wants_pdptes(const struct vmcs12 *v)
{
	/* A 64-bit guest leaves at the first question. */
	return !(v->entry_controls & ENTRY_IA32E) && (v->guest_cr0 & CR0_PG) &&
	       (v->guest_cr4 & CR4_PAE) && !(vmcs12_proc2(v) & PROC2_EPT);
}

/*
 * True: a check will look at stale cells; make VMCS02 current and vmcs12_fetch_rare() first. L0
 * asks this before each vmcs12_check().
 */
bool vmcs12_check_needs_rare(const struct vmcs12_cache *c);

/*
 * The first check that fails, in the manual's order: controls, host, guest; CHECK_OK if none. The
 * launch state (VMfail 4, 5) and MOV-SS blocking (26) are L0's to check before. Leaves c->dirty
 * alone: only a merge clears it, so a failed entry is checked in full again.
 */
enum vmx_check vmcs12_check(struct vmcs12_cache *c, const struct vmx_caps *l1,
			    const struct vmx_check_input *in);

/* The three parts, for tests and benchmarks; the same answer as vmcs12_check() for their part. */
enum vmx_check vmcs12_check_controls(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				     const struct vmx_check_input *in, uint32_t dirty);
enum vmx_check vmcs12_check_host(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				 const struct vmx_check_input *in, uint32_t dirty);
enum vmx_check vmcs12_check_guest(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				  const struct vmx_check_input *in, uint32_t dirty);

/* What the segment, PAT, EFER and debug checks depend on beside their own groups: one word. */
uint32_t vmcs12_mode(const struct vmcs12 *v);

#endif

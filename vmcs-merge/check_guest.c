// SPDX-License-Identifier: Apache-2.0
/* SDM vol. 3, 27.3.1: checks on the guest state. A failure is an exit with reason 33. */
#include "check_rules.h"

/* 27.3.1.1. An unrestricted guest may leave paging and protection off. */
static enum vmx_check check_cr(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint64_t fixed0 = l1->cr0_fixed0 & (unrestricted(v) ? ~(CR0_PE | CR0_PG) : ~0ull);

	REQUIRE(fixed_bits_ok(v->guest_cr0, fixed0, l1->cr0_fixed1), GUEST_CR0);
	REQUIRE(implies(v->guest_cr0 & CR0_PG, v->guest_cr0 & CR0_PE), GUEST_CR0_PG);
	REQUIRE(fixed_bits_ok(v->guest_cr4, l1->cr4_fixed0, l1->cr4_fixed1), GUEST_CR4);
	REQUIRE(implies(v->guest_cr4 & CR4_CET, v->guest_cr0 & CR0_WP), GUEST_CR4_CET);
	return CHECK_OK;
}

static bool ia32e_paging(const struct vmcs12 *v)
{
	return (v->guest_cr0 & CR0_PG) && (v->guest_cr4 & CR4_PAE);
}

static enum vmx_check check_paging(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(implies(ia32e_guest(v), ia32e_paging(v)), GUEST_IA32E_PAGING);
	REQUIRE(ia32e_guest(v) || !(v->guest_cr4 & CR4_PCIDE), GUEST_PCIDE);
	REQUIRE(physical(v->guest_cr3, l1), GUEST_CR3);
	return CHECK_OK;
}

static bool efer_mode_ok(const struct vmcs12 *v)
{
	bool lma = v->guest_efer & EFER_LMA, lme = v->guest_efer & EFER_LME;

	return lma == ia32e_guest(v) && (!(v->guest_cr0 & CR0_PG) || lma == lme);
}

static enum vmx_check check_sysenter(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(canonical(v->guest_sysenter_esp, l1), GUEST_SYSENTER_ESP);
	REQUIRE(canonical(v->guest_sysenter_eip, l1), GUEST_SYSENTER_EIP);
	return CHECK_OK;
}

static enum vmx_check check_msrs(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(implies(v->entry_controls & ENTRY_LOAD_PAT, pat_ok(v->guest_pat)), GUEST_PAT);
	if (v->entry_controls & ENTRY_LOAD_EFER) {
		REQUIRE(!(v->guest_efer & ~l1->efer), GUEST_EFER);
		REQUIRE(efer_mode_ok(v), GUEST_EFER_LMA);
	}
	return CHECK_OK;
}

/* The manual's order runs CRs, DEBUGCTL, paging, DR7, SYSENTER, MSRs. */
#define DIRTY_CONTROL_REGISTERS                                                                    \
	(DIRTY_DEBUG | DIRTY_CR | DIRTY_CR3 | DIRTY_SYSENTER | DIRTY_PAT | DIRTY_EFER)
static enum vmx_check check_control_registers(const struct vmcs12 *v, const struct vmx_caps *l1,
					      uint32_t dirty)
{
	bool debug = (dirty & DIRTY_DEBUG) && (v->entry_controls & ENTRY_LOAD_DEBUG);

	if (dirty & DIRTY_CR)
		REQUIRE_PART(check_cr(v, l1));
	REQUIRE(implies(debug, !(v->guest_debugctl & ~l1->debugctl)), GUEST_DEBUGCTL);
	if (dirty & (DIRTY_CR | DIRTY_CR3))
		REQUIRE_PART(check_paging(v, l1));
	REQUIRE(implies(debug, !(v->guest_dr7 >> 32)), GUEST_DR7);
	if (dirty & DIRTY_SYSENTER)
		REQUIRE_PART(check_sysenter(v, l1));
	if (dirty & (DIRTY_CR | DIRTY_PAT | DIRTY_EFER))
		REQUIRE_PART(check_msrs(v, l1));
	return CHECK_OK;
}

/* 27.3.1.3 */
static enum vmx_check check_tables(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(canonical(v->guest_gdtr_base, l1), GUEST_GDTR_BASE);
	REQUIRE(canonical(v->guest_idtr_base, l1), GUEST_IDTR_BASE);
	REQUIRE(!(v->guest_gdtr_limit >> 16), GUEST_GDTR_LIMIT);
	REQUIRE(!(v->guest_idtr_limit >> 16), GUEST_IDTR_LIMIT);
	return CHECK_OK;
}

/* Bits 63:N alone are the same: bit N-1, which canonical addresses repeat, is not looked at. */
static bool rip_ok(uint64_t rip, const struct vmx_caps *l1)
{
	uint64_t above = rip >> l1->linear_bits;

	return !above || above == UINT64_MAX >> l1->linear_bits;
}

/* 27.3.1.4 */
static enum vmx_check check_rip(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	bool mode64 = ia32e_guest(v) && (v->guest_cs_access & SEGMENT_L);

	REQUIRE(mode64 || !(v->guest_rip >> 32), GUEST_RIP_32);
	REQUIRE(implies(mode64, rip_ok(v->guest_rip, l1)), GUEST_RIP_64);
	return CHECK_OK;
}

static enum vmx_check check_rflags(const struct vmcs12 *v)
{
	uint64_t flags = v->guest_rflags;

	REQUIRE(!(flags & RFLAGS_RESERVED) && (flags & RFLAGS_FIXED1), GUEST_RFLAGS);
	REQUIRE(implies(flags & RFLAGS_VM, !ia32e_guest(v) && (v->guest_cr0 & CR0_PE)),
		GUEST_RFLAGS_VM);
	REQUIRE(implies(injects(v, EVENT_EXTERNAL), flags & RFLAGS_IF), GUEST_RFLAGS_IF);
	return CHECK_OK;
}

/* Interrupts, NMI, #DB, #MC, pending MTF. */
static bool wakes_halted(uint32_t type, uint32_t vector)
{
	switch (type) {
	case EVENT_EXTERNAL:
	case EVENT_NMI:
	case EVENT_OTHER:
		return true;
	case EVENT_HARDWARE:
		return vector == 1 || vector == 18;
	default:
		return false;
	}
}

/* Which events may be injected into a guest that is not active? */
static bool wakes(const struct vmcs12 *v)
{
	uint32_t vector = (uint32_t)v->entry_interruption_info & EVENT_VECTOR;
	uint32_t type = event_type(v->entry_interruption_info);

	if (v->guest_activity == ACTIVITY_HLT)
		return wakes_halted(type, vector);
	return v->guest_activity == ACTIVITY_SHUTDOWN &&
	       (type == EVENT_NMI || (type == EVENT_HARDWARE && vector == 18));
}

/* 27.3.1.5 */
static enum vmx_check check_activity(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint64_t state = v->guest_activity;
	bool blocked = v->guest_interruptibility & (BLOCKING_STI | BLOCKING_MOV_SS);
	bool user = v->guest_ss_access >> SEGMENT_DPL_SHIFT & 3;

	if (state == ACTIVITY_ACTIVE)
		return CHECK_OK;
	REQUIRE(state <= ACTIVITY_WAIT_SIPI && (l1->misc & MISC_ACTIVITY(state)), ACTIVITY);
	REQUIRE(!(state == ACTIVITY_HLT && user), ACTIVITY_DPL);
	REQUIRE(!blocked, ACTIVITY_BLOCKING);
	REQUIRE(implies(v->entry_interruption_info & EVENT_VALID, wakes(v)), ACTIVITY_EVENT);
	return CHECK_OK;
}

static enum vmx_check check_blocking(const struct vmcs12 *v)
{
	uint64_t state = v->guest_interruptibility;
	bool sti = state & BLOCKING_STI, mov_ss = state & BLOCKING_MOV_SS;
	bool nmi = injects(v, EVENT_NMI);

	REQUIRE(!(state & BLOCKING_RESERVED), BLOCKING_RESERVED);
	REQUIRE(!(sti && mov_ss), BLOCKING_BOTH);
	REQUIRE(implies(sti, v->guest_rflags & RFLAGS_IF), BLOCKING_STI_IF);
	REQUIRE(implies(injects(v, EVENT_EXTERNAL), !sti && !mov_ss), BLOCKING_EXTERNAL);
	REQUIRE(implies(nmi, !mov_ss), BLOCKING_NMI_SS);
	REQUIRE(!(state & BLOCKING_SMI), BLOCKING_SMI);
	/* The manual lets a processor choose; this one is as strict as any that may run VMCS02. */
	REQUIRE(implies(nmi, !sti), BLOCKING_NMI_STI);
	REQUIRE(implies(nmi && (v->pin_controls & PIN_VIRTUAL_NMI), !(state & BLOCKING_NMI)),
		BLOCKING_VIRTUAL_NMI);
	REQUIRE(!(state & ENCLAVE_INTERRUPTION), BLOCKING_ENCLAVE);
	return CHECK_OK;
}

/* A single-step trap that waits behind STI, MOV SS or HLT must be pending, and no other may be. */
static enum vmx_check check_pending(const struct vmcs12 *v)
{
	uint64_t pending = v->guest_pending_debug;
	bool waits = (v->guest_interruptibility & (BLOCKING_STI | BLOCKING_MOV_SS)) ||
		     v->guest_activity == ACTIVITY_HLT;
	bool steps = (v->guest_rflags & RFLAGS_TF) && !(v->guest_debugctl & DEBUGCTL_BTF);
	bool bs = pending & PENDING_BS;

	REQUIRE(!(pending & ~PENDING_DEFINED), PENDING_RESERVED);
	REQUIRE(implies(waits && steps, bs), PENDING_BS_SET);
	REQUIRE(implies(waits && !steps, !bs), PENDING_BS_CLEAR);
	REQUIRE(!(pending & PENDING_RTM), PENDING_RTM);
	return CHECK_OK;
}

static enum vmx_check check_link(const struct vmcs12 *v, const struct vmx_caps *l1,
				 const struct vmx_check_input *in)
{
	if (v->vmcs_link_pointer == VMCS12_LINK_NONE)
		return CHECK_OK;
	REQUIRE(physical_page(v->vmcs_link_pointer, l1), LINK_POINTER);
	REQUIRE(in->link_revision == VMCS12_REVISION && !in->link_is_current, LINK_REVISION);
	return CHECK_OK;
}

/* 27.3.1.6. Reserved in a present entry: 2:1, 8:5 and above the physical width. */
static bool pdpte_ok(uint64_t entry, const struct vmx_caps *l1)
{
	return !(entry & 1) || (!(entry & 0x1e6) && physical(entry, l1));
}

/* With EPT12 the entries are fields; without, memory that may have changed since. */
static enum vmx_check check_pdptes(const struct vmcs12 *v, const struct vmx_caps *l1,
				   const struct vmx_check_input *in)
{
	const uint64_t fields[4] = {v->guest_pdpte0, v->guest_pdpte1, v->guest_pdpte2,
				    v->guest_pdpte3};
	const uint64_t *pdpte = vmcs12_wants_pdptes(v) ? in->pdpte : fields;

	for (int i = 0; i < 4; i++)
		REQUIRE(pdpte_ok(pdpte[i], l1), PDPTE);
	return CHECK_OK;
}

static enum vmx_check check_non_register(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE_PART(check_activity(v, l1));
	REQUIRE_PART(check_blocking(v));
	return check_pending(v);
}

#define DIRTY_NON_REGISTER (DIRTY_STATE | DIRTY_EVENT | DIRTY_RFLAGS | DIRTY_DEBUG | DIRTY_ACCESS)

/* What L2 left behind and nobody touched is the processor's own: not looked at again. */
enum vmx_check vmcs12_check_guest(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				  const struct vmx_check_input *in, uint32_t dirty)
{
	const struct vmcs12 *v = &c->v;

	if (dirty & DIRTY_CONTROL_REGISTERS)
		REQUIRE_PART(check_control_registers(v, l1, dirty));
	if (dirty & (DIRTY_ACCESS | DIRTY_CODE | DIRTY_SEGMENTS))
		REQUIRE_PART(check_segments(v, l1));
	if (dirty & DIRTY_TABLES)
		REQUIRE_PART(check_tables(v, l1));
	if (dirty & (DIRTY_RIP | DIRTY_ACCESS))
		REQUIRE_PART(check_rip(v, l1));
	if (dirty & (DIRTY_RFLAGS | DIRTY_EVENT))
		REQUIRE_PART(check_rflags(v));
	if (dirty & DIRTY_NON_REGISTER)
		REQUIRE_PART(check_non_register(v, l1));
	REQUIRE_PART(check_link(v, l1, in));
	return pae_paging(v) ? check_pdptes(v, l1, in) : CHECK_OK;
}

// SPDX-License-Identifier: Apache-2.0
/* An exit of L2 becomes L1's: the guest state of VMCS02 into VMCS12, the host state into VMCS01. */
#include "reflect.h"
#include "check.h"
#include "check_rules.h"
#include "vmcs_access.h"

bool vmcs12_wants_exception(const struct vmcs12 *v, uint32_t info, uint32_t error)
{
	unsigned vector = info & EVENT_VECTOR;
	bool in_bitmap = v->exception_bitmap >> (vector & 31) & 1;

	if (vector == VECTOR_PF && (error & v->page_fault_mask) != v->page_fault_match)
		return !in_bitmap;
	return in_bitmap;
}

bool vmcs12_blocks_nmi(const struct vmcs12 *v)
{
	uint32_t event = (uint32_t)v->entry_interruption_info;

	return (v->guest_interruptibility & BLOCKING_NMI) ||
	       ((event & EVENT_VALID) && (event & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI);
}

void vmx_exit_read(struct vmx_exit *e)
{
	e->reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);
	e->qualification = vmcs_read(VMCS_EXIT_QUALIFICATION);
	e->interruption_info = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_INFO);
	e->interruption_error = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_ERROR);
	e->idt_vectoring_info = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_INFO);
	e->idt_vectoring_error = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_ERROR);
	e->instruction_length = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH);
	e->instruction_info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	e->guest_linear = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
	e->guest_physical = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
}

void vmx_exit_set_vectoring(struct vmx_exit *e, uint32_t info, uint32_t error)
{
	if (!(info & EVENT_VALID))
		return;
	/* One format for both (25.8.3, 25.9.3); bits 30:12 have no meaning here. */
	e->idt_vectoring_info = info & ~EVENT_RESERVED;
	e->idt_vectoring_error = info & EVENT_ERROR ? error : 0;
}

/* The rows with rule COPY of one group, as in merge.c, the other way. */
#define RULE_COPY(wanted, GROUP, NAME, name)                                                       \
	if ((wanted) == DIRTY_##GROUP)                                                             \
		v->name = vmcs_read(VMCS_##NAME);
#define RULE_MERGE(wanted, GROUP, NAME, name)
#define RULE_L0(wanted, GROUP, NAME, name)
#define RULE_HOST(wanted, GROUP, NAME, name)
#define RULE_NONE(wanted, GROUP, NAME, name)
static inline __attribute__((always_inline)) void save_group(struct vmcs12 *v, uint32_t group)
{
#define X(encoding, NAME, name, width, access, GROUP, rule, exists)                                \
	RULE_##rule(group, GROUP, NAME, name)
#include "fields.def"
#undef X
}

/*
 * Three kinds of bits in CR0 and CR4 (the merge put them together):
 *	L2's     neither mask    the register itself
 *	L1's     mask12          what L1 wrote, L2 cannot have changed it
 *	L0's     mask01 alone    what L2 believes: the shadow; the register may differ by force
 */
static uint64_t split_cr(uint64_t old, uint64_t mask12, uint64_t mask01, uint64_t real,
			 uint32_t shadow)
{
	uint64_t l0_alone = mask01 & ~mask12;
	uint64_t value = (old & mask12) | (real & ~(mask12 | mask01));

	return l0_alone ? value | (vmcs_read(shadow) & l0_alone) : value;
}

static void save_cr(struct vmcs12_cache *c, const struct vmcs01_controls *l0)
{
	struct vmcs12 *v = &c->v;

	v->guest_cr0 = split_cr(v->guest_cr0, v->cr0_mask, l0->cr0_mask, vmcs_read(VMCS_GUEST_CR0),
				VMCS_CR0_SHADOW);
	c->live_cr0 = v->guest_cr0;
	v->guest_cr4 = split_cr(v->guest_cr4, v->cr4_mask, l0->cr4_mask, vmcs_read(VMCS_GUEST_CR4),
				VMCS_CR4_SHADOW);
	v->guest_cr3 = vmcs_read(VMCS_GUEST_CR3);
}

/* PDPTEs live in the processor while L2 runs with EPT12 and PAE paging (28.3.4). */
static void save_pdptes(struct vmcs12 *v)
{
	if (!pae_paging(v) || vmcs12_wants_pdptes(v))
		return;
	v->guest_pdpte0 = vmcs_read(VMCS_GUEST_PDPTE0);
	v->guest_pdpte1 = vmcs_read(VMCS_GUEST_PDPTE1);
	v->guest_pdpte2 = vmcs_read(VMCS_GUEST_PDPTE2);
	v->guest_pdpte3 = vmcs_read(VMCS_GUEST_PDPTE3);
}

/*
 * EFER is always looked at: its LMA bit becomes the IA-32e mode control (IA32_VMX_MISC[5], 28.2).
 * PAT only if L1 asked to have it saved, or goes on with L2's because it loads none of its own.
 */
static void save_msrs(struct vmcs12_cache *c)
{
	struct vmcs12 *v = &c->v;
	uint64_t exits = v->exit_controls;
	uint64_t ia32e;

	c->live_efer = vmcs_read(VMCS_GUEST_EFER);
	ia32e = c->live_efer & EFER_LMA ? ENTRY_IA32E : 0;
	v->entry_controls = (v->entry_controls & ~(uint64_t)ENTRY_IA32E) | ia32e;
	if (exits & EXIT_SAVE_EFER)
		v->guest_efer = c->live_efer;
	if ((exits & EXIT_SAVE_PAT) || !(exits & EXIT_LOAD_PAT))
		c->live_pat = vmcs_read(VMCS_GUEST_PAT);
	if (exits & EXIT_SAVE_PAT)
		v->guest_pat = c->live_pat;
	if (exits & EXIT_SAVE_DEBUG) {
		v->guest_dr7 = vmcs_read(VMCS_GUEST_DR7);
		v->guest_debugctl = vmcs_read(VMCS_GUEST_DEBUGCTL);
	}
}

void vmcs12_save_guest(struct vmcs12_cache *c, const struct vmcs01_controls *l0)
{
	struct vmcs12 *v = &c->v;

	save_group(v, DIRTY_RIP);
	save_group(v, DIRTY_RFLAGS);
	save_group(v, DIRTY_STATE);
	save_group(v, DIRTY_ACCESS);
	if (vmcs12_delivers(v))
		v->interrupt_status = vmcs_read(VMCS_INTERRUPT_STATUS);
	save_cr(c, l0);
	save_msrs(c);
	save_pdptes(v);
	c->stale = DIRTY_RARE;
	/* The processor ran L2 in this mode, so its segments are right for it. */
	c->mode = vmcs12_mode(v);
}

void vmcs12_fetch(struct vmcs12_cache *c, uint32_t groups)
{
	struct vmcs12 *v = &c->v;
	uint32_t wanted = c->stale & groups;

	if (wanted & DIRTY_CODE)
		save_group(v, DIRTY_CODE);
	if (wanted & DIRTY_SEGMENTS)
		save_group(v, DIRTY_SEGMENTS);
	if (wanted & DIRTY_TABLES)
		save_group(v, DIRTY_TABLES);
	if (wanted & DIRTY_SYSENTER)
		save_group(v, DIRTY_SYSENTER);
	c->stale &= ~groups;
}

void vmcs12_fetch_rare(struct vmcs12_cache *c)
{
	vmcs12_fetch(c, DIRTY_RARE);
}

void vmcs12_set_exit(struct vmcs12_cache *c, const struct vmx_exit *e)
{
	struct vmcs12 *v = &c->v;

	v->exit_reason = e->reason;
	v->exit_qualification = e->qualification;
	v->exit_interruption_info = e->interruption_info;
	v->exit_interruption_error = e->interruption_error;
	v->idt_vectoring_info = e->idt_vectoring_info;
	v->idt_vectoring_error = e->idt_vectoring_error;
	v->exit_instruction_length = e->instruction_length;
	v->exit_instruction_info = e->instruction_info;
	v->guest_linear_address = e->guest_linear;
	v->guest_physical_address = e->guest_physical;
	v->launched = 1;
	/* The processor has done the same to VMCS02, so the group is not dirty for it. */
	v->entry_interruption_info &= ~(uint64_t)EVENT_VALID;
}

void vmcs12_set_entry_failure(struct vmcs12_cache *c, uint32_t reason, uint64_t qualification)
{
	c->v.exit_reason = reason | EXIT_REASON_ENTRY_FAILURE;
	c->v.exit_qualification = qualification;
}

void vmcs12_live_registers(struct vmcs12_cache *c, const struct vmcs01_controls *l0)
{
	c->live_cr0 = l0->cr0;
	c->live_efer = l0->efer;
	c->live_pat = l0->pat;
}

// SPDX-License-Identifier: Apache-2.0
/* The glue between VMX and ept-compose: which tables L2 runs on, and what its violations mean. */
#include "handlers/emulate.h"
#include "handlers/mmio.h"
#include "vcpu/vcpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "nested/apic.h"
#include "nested/nested.h"
#include "vcpu/vm.h"

/* L1 does not use EPT for this L2: L2-physical is L1-physical, and EPT01 says it all. */
static void choose_tables(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	bool ept12 = (v12->proc_controls & PROC_SECONDARY) && (v12->proc2_controls & PROC2_EPT);

	n->ept_slot = ept12 ? ept02_get(&n->ept02, v12->ept_pointer) : NULL;
	vmcs_write(VMCS_EPT_POINTER, ept12 ? n->ept_slot->eptp02 : ept01_eptp(n->ept01));
}

/* One tag for all where the translations are those of L0's shadow tables, which are one L2's. */
static unsigned tag_of(const struct vcpu *v, uint16_t vpid12)
{
	return v->paging.on ? 0 : vpid12 % VPID02_COUNT;
}

/*
 * Several L2s that take turns keep their translations, each under a tag of its own, until another
 * one of the same tag comes. Without a VPID12 L1 expects a flush at every transition.
 */
static void tag_translations(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	uint16_t vpid12 = vmcs12_proc2(v12) & PROC2_VPID ? (uint16_t)v12->vpid : 0;
	unsigned tag;

	if (vpid12 && vpid12 == n->vpid12)
		return;
	tag = tag_of(v, vpid12);
	n->vpid12 = vpid12;
	n->vpid02 = (uint16_t)(VPID02 + tag);
	vmcs_write(VMCS_VPID, n->vpid02);
	if (!vpid12 || n->vpid02_owner[tag] != vpid12)
		invvpid(INVVPID_SINGLE, n->vpid02, 0);
	n->vpid02_owner[tag] = vpid12;
}

/* INVVPID of L1, its operands found good; @type is the instruction's. */
void nested_mmu_invvpid(struct vcpu *v, unsigned type, uint16_t vpid12, uint64_t linear)
{
	unsigned tag = tag_of(v, vpid12);

	if (type == INVVPID_ALL || vpid12 == v->nested.vpid12)
		shadow_paging_flush_l2(v, type == INVVPID_ADDRESS ? &linear : NULL);
	if (type == INVVPID_ALL)
		for (tag = 0; tag < VPID02_COUNT; tag++)
			invvpid(INVVPID_SINGLE, (uint16_t)(VPID02 + tag), 0);
	else if (v->nested.vpid02_owner[tag] == vpid12) /* else they are gone already */
		invvpid((enum invvpid_type)type, (uint16_t)(VPID02 + tag), linear);
}

static void flush_slot(struct nested *n)
{
	uint32_t bit = 1u << ept02_slot_number(&n->ept02, n->ept_slot);

	if (n->ept02.flush & bit) {
		invept(INVEPT_SINGLE, n->ept_slot->eptp02);
		n->ept02.flush &= ~bit;
	}
}

/*
 * L1 comes back from a violation of its L2's: it most likely mapped the page, and L2 tries again.
 * Filled now, that costs no second exit. It is a guess, as the processor's own walks ahead of an
 * access are: a read, so that no D is set in EPT12 for a write that may never come; what EPT12
 * does not allow stays for L2 to meet.
 */
static void fill_ahead(struct nested *n)
{
	struct ept_fault fault;

	ept02_fill(&n->ept02, n->ept_slot, n->ept01, n->reflected, EPT_R, &fault);
	n->reflected = NOT_REFLECTED;
}

void nested_mmu_enter(struct vcpu *v, uint32_t dirty)
{
	struct nested *n = &v->nested;

	if (dirty & (DIRTY_TRANSLATION | DIRTY_EXECUTION))
		choose_tables(v);
	tag_translations(v);
	if (n->reflected != NOT_REFLECTED && n->ept_slot)
		fill_ahead(n);
	if (n->ept_slot)
		flush_slot(n);
}

void nested_mmu_leave(struct vcpu *v)
{
	/* L1 without VPIDs relies on the flush that every exit does (SDM 29.4.3.1). */
	if (!v->nested.vpid12)
		invvpid(INVVPID_SINGLE, VPID01, 0);
}

void nested_ept01_changed(struct vcpu *v)
{
	struct ept02_cache *cache = &v->nested.ept02;

	/* Others wait for it: vcpu/direct_idt.c. No guest runs here before the rest is done. */
	__atomic_store_n(&v->ept01_seen, shared_changes(v->vm), __ATOMIC_RELEASE);
	ept02_invalidate_all(cache);
	cache->flush = 0;
	invept(INVEPT_ALL, 0);
}

/* L0 dealt with a violation that IRET ran into: the NMI blocking it lifted is back (SDM 28.2.3). */
static void restore_nmi_blocking(const struct vcpu *v, uint64_t qual)
{
	if ((qual & EPT_QUAL_NMI_UNBLOCK) && !v->events.redo.info)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

/* A violation of EPT12's, or one that L0 can do nothing about: L1's exit 48. */
static void reflect_violation(struct vcpu *v, uint64_t qualification)
{
	struct vmx_exit e;

	vmx_exit_read(&e);
	e.reason = EXIT_EPT_VIOLATION;
	e.qualification = qualification;
	v->nested.reflected = e.guest_physical;
	nested_reflect(v, &e);
}

static void reflect_misconfiguration(struct vcpu *v)
{
	struct vmx_exit e;

	vmx_exit_read(&e);
	e.reason = EXIT_EPT_MISCONFIG;
	e.qualification = 0;
	nested_reflect(v, &e);
}

/* A write to what L1 has as IDT, under interrupts=eli: it comes again. */
static bool is_shadowed(struct vcpu *v, uint64_t gpa, uint64_t qual)
{
	return (qual & EPT_W) && direct_idt_written(v, gpa);
}

/*
 * EPT12 maps what EPT01 does not. An instruction that L0 does not know is a violation of L1's: it
 * has given its L2 an address where there is no memory.
 */
static void emulate_or_reflect(struct vcpu *v, const struct ept_fault *fault, uint64_t qual)
{
	const uint64_t kept =
		EPT_QUAL_ACCESS | EPT_QUAL_LINEAR | EPT_QUAL_FINAL | EPT_QUAL_NMI_UNBLOCK;
	struct insn_code code;

	if (is_shadowed(v, fault->l1_gpa, qual) || nested_apic_access(v, fault->l1_gpa, qual))
		return;
	if (!mmio_emulate(v, fault->l1_gpa, qual, &code))
		reflect_violation(v, (qual & kept) | (uint64_t)fault->rights12
							     << EPT_QUAL_RIGHTS_SHIFT);
}

void nested_ept_violation(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t gpa = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
	struct ept_fault fault;

	if (!n->ept_slot && (is_shadowed(v, gpa, qual) || nested_apic_access(v, gpa, qual)))
		return;
	if (!n->ept_slot) {
		mmio_emulate_or_end(v, gpa, qual);
		return;
	}
	switch (ept02_fill(&n->ept02, n->ept_slot, n->ept01, gpa, qual, &fault)) {
	case EPT_FILLED:
		restore_nmi_blocking(v, qual);
		flush_slot(n);
		return;
	case EPT_L0_OWN:
		emulate_or_reflect(v, &fault, qual);
		return;
	case EPT_REFLECT_VIOLATION:
		reflect_violation(v, fault.qualification);
		return;
	case EPT_REFLECT_MISCONFIG:
		reflect_misconfiguration(v);
		return;
	}
}

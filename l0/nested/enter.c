// SPDX-License-Identifier: Apache-2.0
/* VMLAUNCH and VMRESUME of L1: check VMCS12, merge, and L2 is what runs next (SDM chapter 27). */
#include "lib/asm.h"
#include "handlers/cr.h"
#include "handlers/msr_bitmap.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "vcpu/vmcs01.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "nested/enlightened.h"
#include "nested/shadow.h"
#include "nested/vmfail.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define VTPR_OFFSET 0x80

/* Registers of L1, in VMCS01: for the checks, and with which L2 goes on where VMCS12 loads none. */
static void gather_registers(struct vmcs01_controls *l0, struct vmx_check_input *in)
{
	l0->cr0 = cr_get_cr0();
	l0->efer = vmcs_read(VMCS_GUEST_EFER);
	l0->pat = vmcs_read(VMCS_GUEST_PAT);
	l0->debugctl = vmcs_read(VMCS_GUEST_DEBUGCTL);
	l0->dr7 = vmcs_read(VMCS_GUEST_DR7);
	in->l1_long_mode = l0->efer & EFER_LMA;
}

/* What the checks need from L1's memory, where they need it at all. */
static void gather_input(const struct vcpu *v, struct vmx_check_input *in)
{
	const struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	const struct ram *ram = &v->vm->ram;

	if (vmcs12_wants_vtpr(v12)) {
		const volatile uint8_t *vtpr =
			ram_ptr(ram, v12->virtual_apic_address + VTPR_OFFSET, 1);

		in->vtpr = vtpr ? *vtpr : 0xff;
	}
	if (vmcs12_wants_link(v12)) {
		const volatile uint32_t *word = ram_ptr(ram, v12->vmcs_link_pointer, 4);

		in->link_is_current = v12->vmcs_link_pointer == n->current;
		in->link_revision = word ? *word : 0;
	}
	if (vmcs12_wants_pdptes(v12)) {
		const volatile uint64_t *table = ram_ptr(ram, v12->guest_cr3 & 0xffffffe0, 32);

		for (unsigned i = 0; i < 4; i++)
			in->pdpte[i] = table ? table[i] : 0;
	}
}

/*
 * L1's preemption timer counts from the end of L0's work, or short ones would never let L2 do
 * anything; but 0 means an exit before the first instruction.
 */
static void start_timer(struct vcpu *v)
{
	uint64_t value = v->nested.cache.v.preemption_timer << v->timer_shift;

	v->nested.timer12 = value ? rdtsc() + v->clock_offset + value : v->now;
	vcpu_attend(v);
}

/*
 * A virtual-APIC page where L1 has no RAM reads as all ones and loses what is written, as any
 * address without a device: a page of L0's own, made anew for each entry.
 */
static void write_apic_page(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t hpa = ram_hpa(&v->vm->ram, n->cache.v.virtual_apic_address, 4096);

	n->apic_page_nowhere = !hpa;
	if (!hpa) {
		memset(n->nowhere, 0xff, sizeof(n->nowhere));
		hpa = (uintptr_t)n->nowhere;
	}
	vmcs_write(VMCS_VIRTUAL_APIC_ADDRESS, hpa);
}

/* The fields that need memory or a clock: rule L0 of fields.def. */
static void write_own_fields(struct vcpu *v, uint32_t dirty, const struct vmx_check_input *in)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	const struct ram *ram = &v->vm->ram;
	bool bitmaps = v12->proc_controls & PROC_MSR_BITMAPS;

	nested_mmu_enter(v, dirty);
	/* L1 may write its bitmap at any time: merged at each entry, a few words
	 * (handlers/msr_bitmap.c). */
	if (!n->bitmap_clean || (dirty & (DIRTY_BITMAPS | DIRTY_EXECUTION)))
		msr_bitmap_merge(v, n->bitmap02,
				 bitmaps ? ram_ptr(ram, v12->msr_bitmap, 4096) : NULL);
	if ((v12->proc_controls & PROC_TPR_SHADOW) &&
	    ((dirty & (DIRTY_APIC | DIRTY_EXECUTION)) || n->apic_page_nowhere))
		write_apic_page(v);
	if (vmcs12_wants_pdptes(v12))
		for (unsigned i = 0; i < 4; i++)
			vmcs_write(VMCS_GUEST_PDPTE0 + 2 * i, in->pdpte[i]);
	/* VMCS02 has virtual NMIs, which forbid what plain ones allow: an NMI that comes in spite
	 * of blocking. Its delivery blocks again. */
	if ((dirty & DIRTY_EVENT) && !(v12->pin_controls & PIN_VIRTUAL_NMI) &&
	    (v12->entry_interruption_info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   v12->guest_interruptibility & ~(uint64_t)BLOCKING_NMI);
	n->timer12 = TIMER12_NONE;
	if (v12->pin_controls & PIN_PREEMPTION_TIMER)
		start_timer(v);
}

/* All of VMCS02; false if L1's MSR-load list failed the entry. */
static bool merge(struct vcpu *v, const struct vmx_check_input *in)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	uint32_t failed;

	vcpu_switch(v, 2);
	if (!n->merged)
		n->cache.dirty = DIRTY_ALL;
	write_own_fields(v, vmcs02_merge(&n->cache, &n->l0), in);
	n->merged = true;
	if (!v12->entry_msr_load_count)
		return true;
	failed = nested_load_msrs(v, v12->entry_msr_load_address,
				  (uint32_t)v12->entry_msr_load_count);
	if (failed)
		nested_entry_failure(v, EXIT_REASON_MSR_LOADING, failed);
	return !failed;
}

/*
 * VMCS01 is current before; between its registers and the end of the checks it need not be, so that
 * the way to VMCS02 is one switch.
 */
static void enter(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmx_check_row *failed;
	struct vmx_check_input in;
	enum vmx_check check;

	gather_registers(&n->l0, &in);
	nested_shadow_load(v);
	if (n->full)
		n->cache.dirty = DIRTY_ALL;
	gather_input(v, &in);
	if (vmcs12_check_needs_rare(&n->cache))
		nested_fetch_rare(v);
	check = vmcs12_check(&n->cache, &v->vm->l1_caps, &in);
	failed = &vmx_checks[check];
	if (failed->vmfail) {
		vcpu_switch(v, 1);
		vmfail(v, failed->vmfail);
		return;
	}
	if (check != CHECK_OK) {
		nested_entry_failure(v, EXIT_REASON_INVALID_GUEST, failed->qualification);
		return;
	}
	/* An event of L1's own cannot be under way: it executed an instruction. */
	if (merge(v, &in))
		v->events.entry_asked = true;
}

static void launch_or_resume(struct vcpu *v, uint32_t launched, enum vm_instruction_error error)
{
	struct nested *n = &v->nested;
	bool enlightened;

	if (!vmx_instruction_allowed(v, false))
		return;
	enlightened = nested_evmcs_wanted(v) && nested_evmcs_begin(v, !launched);
	if (!enlightened)
		nested_evmcs_end(v);
	if (n->current == VMCS12_NONE && !enlightened)
		vmfail_invalid(v);
	else if (vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKING_MOV_SS)
		vmfail(v, VMERR_MOV_SS);
	else if (!enlightened && n->cache.v.launched != launched)
		vmfail(v, error);
	else
		enter(v);
}

void nested_vmlaunch(struct vcpu *v)
{
	launch_or_resume(v, 0, VMERR_VMLAUNCH_NOT_CLEAR);
}

void nested_vmresume(struct vcpu *v)
{
	launch_or_resume(v, 1, VMERR_VMRESUME_NOT_LAUNCHED);
}

bool nested_init(struct vcpu *v, uint64_t *bitmap02, uint64_t hpa, uint32_t pages)
{
	struct vm *vm = v->vm;
	struct nested *n = &v->nested;
	const struct ept_caps caps12 = {
		.maxphyaddr = (uint8_t)vm->l1_caps.maxphyaddr,
		.exec_only = vm->l1_caps.ept_vpid & EPT_CAP_EXECUTE_ONLY,
		.page_1g = vm->l1_caps.ept_vpid & EPT_CAP_1G,
		.ad = vm->l1_caps.ept_vpid & EPT_CAP_AD,
	};
	struct vmcs01_words words;

	vmcs01_controls(v, &words);
	n->current = VMCS12_NONE;
	n->vmxon = VMCS12_NONE;
	n->timer12 = TIMER12_NONE;
	n->reflected = NOT_REFLECTED;
	n->entry01 = words.entry;
	n->bitmap02 = bitmap02;
	n->full = knob_is(vm->knobs.merge, "full");
	memset(bitmap02, 0xff, 4096);
	n->l0 = (struct vmcs01_controls){
		.hw = &vm->hw_caps,
		.pin = words.pin,
		.proc = words.proc,
		.proc2 = words.proc2,
		.exit = words.exit,
		.entry = words.entry,
		.exception_bitmap = 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC,
		.cr0_mask = CR0_NE,
		.cr0_on = CR0_NE,
		.cr4_mask = ~(vm->l1_caps.cr4_fixed1 & ~CR4_VMXE),
		.cr4_on = CR4_VMXE,
		.tsc_offset = v->clock_offset,
	};
	shadow_paging_controls(v, &n->l0);
	vcpu_switch(v, 2);
	vmcs_write_constants(v);
	vmcs_write(VMCS_MSR_BITMAP, (uintptr_t)bitmap02);
	n->vpid02 = VPID02;
	vmcs_write(VMCS_VPID, VPID02);
	return !ept02_init(&n->ept02, hpa, pages, &caps12, &vm->ept01.caps);
}

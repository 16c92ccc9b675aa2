// SPDX-License-Identifier: Apache-2.0
/* VMLAUNCH and VMRESUME of L1: check VMCS12, merge, and L2 is what runs next (SDM chapter 27). */
#include "lib/asm.h"
#include "handlers/cr.h"
#include "handlers/msr_bitmap.h"
#include "hw/vmx.h"
#include "measure/panic.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "vcpu/vmcs01.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "nested/apic.h"
#include "nested/enlightened.h"
#include "nested/shadow.h"
#include "nested/vmfail.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define VTPR_OFFSET  0x80
#define VTPR_HIGHEST 0xff

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

static inline uint8_t read_vtpr(const struct ram *ram, const struct vmcs12 *v12)
{
	const volatile uint8_t *vtpr = ram_ptr(ram, v12->virtual_apic_address + VTPR_OFFSET, 1);

	return vtpr ? *vtpr : VTPR_HIGHEST;
}

/* What the checks need from L1's memory, where they need it at all. */
static void gather_input(const struct vcpu *v, struct vmx_check_input *in)
{
	const struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	const struct ram *ram = &v->vm->ram;

	if (v12->proc_controls & PROC_TPR_SHADOW)
		in->vtpr = read_vtpr(ram, v12);
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
	if (dirty & (DIRTY_APIC | DIRTY_EXECUTION))
		nested_apic_enter(v);
	else if (n->apic_again)
		nested_apic_again(v);
	if (vmcs12_wants_pdptes(v12))
		for (unsigned i = 0; i < 4; i++)
			vmcs_write(VMCS_GUEST_PDPTE0 + 2 * i, in->pdpte[i]);
	/* VMCS02 has virtual NMIs, which forbid what plain ones allow: an NMI that comes in spite
	 * of blocking. Its delivery blocks again. */
	if ((dirty & DIRTY_EVENT) && !(v12->pin_controls & PIN_VIRTUAL_NMI) &&
	    (v12->entry_interruption_info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   v12->guest_interruptibility & ~(uint64_t)BLOCKING_NMI);
	nested_timer_start(v);
}

/*
 * L1's MSR-load list; false if it failed the entry. What it has loaded up to there stays loaded
 * (SDM 27.8), but is nothing that VMCS12 or its next entry may see: SYSENTER's newest values are
 * taken out of VMCS02 before the list writes there.
 */
static bool load_list(struct vcpu *v)
{
	struct vmcs12_cache *c = &v->nested.cache;
	uint32_t failed;

	vmcs12_fetch(c, DIRTY_SYSENTER);
	failed = nested_load_msrs(v, c->v.entry_msr_load_address,
				  (uint32_t)c->v.entry_msr_load_count);
	if (!failed)
		return true;
	c->live_efer = vmcs_read(VMCS_GUEST_EFER);
	c->live_pat = vmcs_read(VMCS_GUEST_PAT);
	nested_entry_failure(v, EXIT_REASON_MSR_LOADING, failed);
	return false;
}

/* All of VMCS02; false if L1's MSR-load list failed the entry. */
static bool merge(struct vcpu *v, const struct vmx_check_input *in)
{
	struct nested *n = &v->nested;

	vcpu_switch(v, 2);
	if (!n->merged)
		n->cache.dirty = DIRTY_ALL;
	write_own_fields(v, vmcs02_merge(&n->cache, &n->l0), in);
	n->merged = true;
	return !n->cache.v.entry_msr_load_count || load_list(v);
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
	if (!merge(v, &in))
		return;
	v->events.entry_asked = true;
	if (nested_sleeps(v))
		nested_sleep(v);
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

/* Does a merge write this field? CR3-target values are there only where any may be used (A.6). */
static bool merged_here(const struct vm *vm, const struct vmcs_row *row)
{
	return row->merged && vmcs_row(&vm->vmcs_index, row->encoding) >= 0 &&
	       (row->group != GROUP_CR3_TARGETS || (vm->l1_caps.misc & MISC_CR3_TARGETS));
}

/*
 * VMWRITE fails if there is no such field, and nobody looks at its answer later: that each field
 * which a merge writes is there is proved once.
 */
static void prove_fields(const struct vm *vm)
{
	for (int row = 0; row < VMCS_ROWS; row++)
		if (merged_here(vm, &vmcs_rows[row]) && !vmcs_has(vmcs_rows[row].encoding))
			panic("this processor lacks the VMCS field %s (%x), which its "
			      "capabilities promise",
			      vmcs_rows[row].name, vmcs_rows[row].encoding);
}

/* What L0 wants while L2 runs. */
static void init_controls(struct vcpu *v)
{
	const struct vm *vm = v->vm;
	struct nested *n = &v->nested;
	struct vmcs01_words words;

	vmcs01_controls(v, &words);
	n->entry01 = words.entry;
	n->l0 = (struct vmcs01_controls){
		.hw = &vm->hw_caps,
		.pin = words.pin,
		.proc = words.proc & ~PROC_HLT, /* an L2's exits if L1 says so */
		.proc2 = words.proc2,
		.exit = words.exit,
		.entry = words.entry,
		.exception_bitmap = 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC,
		/* Without caches the processor would crawl for L0 too, and without MCE a machine
		 * check would shut it down. */
		.cr0_mask = CR0_NE | CR0_CD | CR0_NW,
		.cr0_on = CR0_NE,
		.cr0_may = ~(CR0_CD | CR0_NW),
		.cr4_mask = ~(vm->l1_caps.cr4_fixed1 & ~(CR4_VMXE | CR4_MCE)),
		.cr4_on = CR4_VMXE | (vm->hw_caps.cr4_fixed1 & CR4_MCE),
		.tsc_offset = v->clock_offset,
	};
	shadow_paging_controls(v, &n->l0);
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

	n->current = VMCS12_NONE;
	n->vmxon = VMCS12_NONE;
	n->timer12 = TIMER12_NONE;
	n->apart = VMCS12_NONE;
	n->reflected = NOT_REFLECTED;
	n->bitmap02 = bitmap02;
	n->ept01 = v->direct.table[1].ept01.root ? &v->direct.table[1].ept01 : &vm->ept01;
	n->cache.has_options = vmcs_row(&vm->vmcs_index, VMCS_INTERRUPT_STATUS) >= 0;
	n->full = knob_is(vm->knobs.merge, "full");
	memset(bitmap02, 0xff, 4096);
	init_controls(v);
	vcpu_switch(v, 2);
	prove_fields(vm);
	vmcs_write_constants(v);
	vmcs_write(VMCS_MSR_BITMAP, (uintptr_t)bitmap02);
	n->vpid02 = VPID02;
	vmcs_write(VMCS_VPID, VPID02);
	return !ept02_init(&n->ept02, hpa, pages, &caps12, &vm->ept01.caps);
}

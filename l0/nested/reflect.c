// SPDX-License-Identifier: Apache-2.0
/* L2 leaves to L1: guest state into VMCS12, L1's host state into VMCS01 (SDM chapter 28). */
#include "lib/asm.h"
#include "handlers/cr.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "nested/enlightened.h"
#include "nested/shadow.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

enum { ABORT_GUEST_MSRS = 1, ABORT_HOST_PDPTES = 2, ABORT_HOST_MSRS = 4 };

/* VMX abort (SDM 28.7): L1's processor would be in shutdown; its memory is what tells others why.
 */
static void abort_l1(struct vcpu *v, uint32_t indicator)
{
	struct vmcs12 *page = ram_ptr(&v->vm->ram, v->nested.current, sizeof(*page));

	v->nested.cache.v.abort = indicator;
	if (page)
		page->abort = indicator;
	vm_stop(v->vm, STOP_TRIPLE_FAULT, 0, "VMX abort %u (SDM vol. 3, 28.7)", indicator);
}

/* L1 goes on at its host RIP. Any VMCS is current before, VMCS01 afterwards. */
static void load_host(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;

	nested_shadow_store(v);
	vcpu_switch(v, 1);
	vmcs01_load_host(&n->cache, &v->vm->l1_caps, &n->l0, n->entry01);
	if (!(v12->exit_controls & EXIT_HOST_64) && (v12->host_cr4 & CR4_PAE) &&
	    !cr_load_pdptes(v, v12->host_cr3))
		abort_l1(v, ABORT_HOST_PDPTES);
	nested_mmu_leave(v);
	if (v12->exit_msr_load_count &&
	    nested_load_msrs(v, v12->exit_msr_load_address, (uint32_t)v12->exit_msr_load_count))
		abort_l1(v, ABORT_HOST_MSRS);
}

/* The delivery that this exit interrupted is L1's to repeat. */
static void add_vectoring(struct vcpu *v, struct vmx_exit *e)
{
	struct event *redo = &v->events.redo;

	vmx_exit_set_vectoring(e, redo->info, redo->error);
	/* With it L1 injects a software event again, whatever exit this is (SDM 28.2.5). */
	e->instruction_length = redo->length;
	redo->info = 0;
}

/*
 * NMI blocking is the processor's and outlives an exit (SDM 28.5.5), but where L2's is virtual:
 * then NMIs were never blocked (table 25-5). Without virtual NMIs VMCS02, which has them, holds it,
 * except that IRET of an L2 that exits for NMIs lifts it there alone (26.3).
 */
static void settle_nmi_blocking(const struct vmcs12 *v12)
{
	uint64_t other = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING_NMI;

	if (v12->pin_controls & PIN_NMI)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   other | (vmcs12_blocks_nmi(v12) ? BLOCKING_NMI : 0));
}

void nested_block_nmi(void)
{
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
		   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

void nested_reflect(struct vcpu *v, struct vmx_exit *e)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;

	if (v->events.redo.info)
		add_vectoring(v, e);
	if (!(v12->pin_controls & PIN_VIRTUAL_NMI))
		settle_nmi_blocking(v12);
	vmcs12_save_guest(&n->cache, &n->l0);
	if (n->full)
		vmcs12_fetch_rare(&n->cache);
	vmcs12_set_exit(&n->cache, e);
	if (v12->exit_msr_store_count &&
	    nested_store_msrs(v, v12->exit_msr_store_address, (uint32_t)v12->exit_msr_store_count))
		abort_l1(v, ABORT_GUEST_MSRS);
	nested_timer_save(v);
	nested_evmcs_store(v);
	load_host(v);
	if ((v12->guest_interruptibility & BLOCKING_NMI) && !(v12->pin_controls & PIN_VIRTUAL_NMI))
		nested_block_nmi();
}

void nested_reflect_exit(struct vcpu *v)
{
	struct vmx_exit e;

	vmx_exit_read(&e);
	nested_reflect(v, &e);
}

/* The failed entry as an exit; @nmi_blocked: what is left of the processor's NMI blocking. */
static void fail_entry(struct vcpu *v, uint32_t reason, uint64_t qualification, bool nmi_blocked)
{
	struct nested *n = &v->nested;

	vmcs12_set_entry_failure(&n->cache, reason, qualification);
	nested_evmcs_store_failure(v);
	v->events.entry_asked = false;
	n->merged = false; /* all of it is written again at the next try */
	n->timer12 = TIMER12_NONE;
	load_host(v);
	if (nmi_blocked)
		nested_block_nmi();
}

void nested_entry_failure(struct vcpu *v, uint32_t reason, uint64_t qualification)
{
	struct nested *n = &v->nested;

	if (v->level == 1)
		vmcs12_live_registers(&n->cache, &n->l0);
	vcpu_switch(v, 1);
	fail_entry(v, reason, qualification, vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKING_NMI);
}

void nested_resume_failure(struct vcpu *v, uint32_t reason, uint64_t qualification)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	bool plain = !(v12->pin_controls & PIN_VIRTUAL_NMI);

	if (plain)
		settle_nmi_blocking(v12);
	vmcs12_save_guest(&n->cache, &n->l0);
	vmcs12_fetch_rare(&n->cache);
	nested_evmcs_store(v);
	fail_entry(v, reason, qualification, plain && (v12->guest_interruptibility & BLOCKING_NMI));
}

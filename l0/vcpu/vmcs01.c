// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "hw/host.h"
#include "vcpu/vcpu.h"
#include "vcpu/vmcs01.h"
#include "hw/x86.h"
#include "vcpu/profile.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define ACCESS_CODE32 0xc09b
#define ACCESS_CODE64 0xa09b
#define ACCESS_DATA32 0xc093
#define ACCESS_TSS32  0x008b
#define ACCESS_NULL   SEGMENT_UNUSABLE

/* @wanted as far as the processor offers it, with the bits that it insists on. */
static uint32_t adjust(uint32_t wanted, uint64_t capability)
{
	return (wanted & vmx_allowed1(capability)) | vmx_allowed0(capability);
}

void vmcs01_controls(const struct vcpu *v, struct vmcs01_words *out)
{
	const struct vmx_caps *hw = &v->vm->hw_caps;

	out->pin = adjust(PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI | PIN_PREEMPTION_TIMER,
			  hw->pin);
	/*
	 * HLT does not exit if nobody asks for it: the processor waits in the guest, and an
	 * interrupt or the timer ends it. CR8 does, or L1 would write the physical TPR. RDPMC,
	 * MONITOR and MWAIT are not offered.
	 */
	out->proc =
		adjust(PROC_TSC_OFFSET | PROC_MWAIT | PROC_RDPMC | PROC_CR8_LOAD | PROC_CR8_STORE |
			       PROC_IO | PROC_MSR_BITMAPS | PROC_MONITOR | PROC_SECONDARY |
			       (knob_is(v->vm->knobs.hlt, "exits") ? PROC_HLT : 0),
		       hw->proc);
	out->proc2 = adjust(PROC2_EPT | PROC2_RDTSCP | PROC2_VPID | PROC2_UNRESTRICTED |
				    PROC2_INVPCID | PROC2_XSAVES,
			    hw->proc2);
	shadow_paging_words(v, out);
	out->exit = adjust(EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_ACK_INTERRUPT | EXIT_SAVE_PAT |
				   EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER,
			   hw->exit);
	out->entry = adjust(ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER, hw->entry);
}

void vmcs_write_constants(struct vcpu *v)
{
	uint64_t profiled = v->profile.entry_point;

	host_write_vmcs((uintptr_t)(&v->regs + 1),
			profiled ? profiled : charge_entry_point(&v->charge, v->exit_kind));
	vmcs_write(VMCS_VMCS_LINK_POINTER, VMCS12_LINK_NONE);
	vmcs_write(VMCS_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write(VMCS_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write(VMCS_CR3_TARGET_COUNT, 0);
}

static void write_controls(struct vcpu *v)
{
	struct vmcs01_words words;

	vmcs01_controls(v, &words);
	vmcs_write(VMCS_PIN_CONTROLS, words.pin);
	vmcs_write(VMCS_PROC_CONTROLS, words.proc);
	vmcs_write(VMCS_PROC2_CONTROLS, words.proc2);
	vmcs_write(VMCS_EXIT_CONTROLS, words.exit);
	vmcs_write(VMCS_ENTRY_CONTROLS, words.entry);
	vmcs_write(VMCS_EXCEPTION_BITMAP, v->nested.l0.exception_bitmap);
	vmcs_write(VMCS_PAGE_FAULT_MASK, 0);
	vmcs_write(VMCS_PAGE_FAULT_MATCH, 0);
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, 0);
	vmcs_write(VMCS_TSC_OFFSET, v->clock_offset);
	vmcs_write(VMCS_MSR_BITMAP, v->msr_bitmap01);
	vmcs_write(VMCS_EPT_POINTER, ept01_eptp(&v->vm->ept01));
	vmcs_write(VMCS_VPID, VPID01);
	if (words.proc2 & PROC2_XSAVES)
		vmcs_write(VMCS_XSS_EXITING_BITMAP, 0);
}

/* One row per segment, in the order of the VMCS encodings (each two apart). */
static void write_segments(const struct entry_state *e)
{
	uint32_t code = e->cr3 ? ACCESS_CODE64 : ACCESS_CODE32;
	const struct {
		uint16_t selector;
		uint32_t access;
	} segment[] = {
		{e->ds, ACCESS_DATA32}, {e->cs, code},          {e->ds, ACCESS_DATA32},
		{e->ds, ACCESS_DATA32}, {e->ds, ACCESS_DATA32}, {e->ds, ACCESS_DATA32},
		{0, ACCESS_NULL},       {0, ACCESS_TSS32},
	};

	for (unsigned i = 0; i < sizeof(segment) / sizeof(segment[0]); i++) {
		bool flat = segment[i].access & SEGMENT_S;

		vmcs_write(VMCS_GUEST_ES_SELECTOR + 2 * i, segment[i].selector);
		vmcs_write(VMCS_GUEST_ES_BASE + 2 * i, 0);
		vmcs_write(VMCS_GUEST_ES_LIMIT + 2 * i, flat ? 0xffffffff : 0xffff);
		vmcs_write(VMCS_GUEST_ES_ACCESS + 2 * i, segment[i].access);
	}
}

static void write_control_registers(const struct vcpu *v, uint64_t cr3)
{
	uint64_t cr0 = CR0_PE | CR0_ET | (cr3 ? CR0_PG : 0), cr4 = cr3 ? CR4_PAE : 0;

	vmcs_write(VMCS_CR0_MASK, v->nested.l0.cr0_mask);
	vmcs_write(VMCS_CR4_MASK, v->nested.l0.cr4_mask);
	vmcs_write(VMCS_GUEST_CR0, cr0 | CR0_NE);
	vmcs_write(VMCS_CR0_SHADOW, cr0);
	vmcs_write(VMCS_GUEST_CR3, cr3);
	vmcs_write(VMCS_GUEST_CR4, cr4 | v->nested.l0.cr4_on);
	vmcs_write(VMCS_CR4_SHADOW, cr4);
	vmcs_write(VMCS_GUEST_DR7, DR7_RESET);
	vmcs_write(VMCS_GUEST_DEBUGCTL, 0);
	vmcs_write(VMCS_GUEST_EFER, cr3 ? EFER_LME | EFER_LMA : 0);
	if (cr3)
		vmcs_write(VMCS_ENTRY_CONTROLS, v->nested.entry01 | ENTRY_IA32E);
	vmcs_write(VMCS_GUEST_PAT, PAT_RESET);
}

void vmcs01_init(struct vcpu *v, const struct entry_state *e)
{
	vmcs_write_constants(v);
	write_controls(v);
	write_segments(e);
	write_control_registers(v, e->cr3);
	vmcs_write(VMCS_GUEST_GDTR_BASE, e->gdt);
	vmcs_write(VMCS_GUEST_GDTR_LIMIT, e->gdt_limit);
	vmcs_write(VMCS_GUEST_IDTR_BASE, 0);
	vmcs_write(VMCS_GUEST_IDTR_LIMIT, 0);
	vmcs_write(VMCS_GUEST_SYSENTER_CS, 0);
	vmcs_write(VMCS_GUEST_SYSENTER_ESP, 0);
	vmcs_write(VMCS_GUEST_SYSENTER_EIP, 0);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
	vmcs_write(VMCS_GUEST_RFLAGS, RFLAGS_FIXED1);
	vmcs_write(VMCS_GUEST_RIP, e->rip);
	vmcs_write(VMCS_GUEST_RSP, e->rsp);
	v->regs.gpr[RSI] = e->rsi;
	v->regs.gpr[RAX] = e->rax;
	v->regs.gpr[RBX] = e->rbx;
}

// SPDX-License-Identifier: Apache-2.0
/* SDM vol. 3, 27.2.1: checks on the VMX controls. A failure is VMfailValid 7. */
#include "check_rules.h"

static enum vmx_check check_reserved(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(word_allowed(v->pin_controls, l1->pin), PIN_RESERVED);
	REQUIRE(word_allowed(v->proc_controls, l1->proc), PROC_RESERVED);
	REQUIRE(implies(v->proc_controls & PROC_SECONDARY,
			word_allowed(v->proc2_controls, l1->proc2)),
		PROC2_RESERVED);
	return CHECK_OK;
}

/* The bitmaps and the virtual-APIC page: pages of L1, looked at only where they are in use. */
static enum vmx_check check_pages(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint64_t proc = v->proc_controls;

	if (proc & PROC_IO_BITMAPS) {
		REQUIRE(physical_page(v->io_bitmap_a, l1), IO_BITMAP_A);
		REQUIRE(physical_page(v->io_bitmap_b, l1), IO_BITMAP_B);
	}
	REQUIRE(implies(proc & PROC_MSR_BITMAPS, physical_page(v->msr_bitmap, l1)), MSR_BITMAP);
	REQUIRE(implies(proc & PROC_TPR_SHADOW, physical_page(v->virtual_apic_address, l1)),
		VIRTUAL_APIC);
	return CHECK_OK;
}

/* VTPR lies in L1's memory: no dirty group tells when it changes. No VTPR is above 15. */
static enum vmx_check check_threshold(const struct vmcs12 *v, const struct vmx_check_input *in)
{
	if (!(v->proc_controls & PROC_TPR_SHADOW) || v->tpr_threshold <= in->vtpr >> 4)
		return CHECK_OK;
	REQUIRE(implies(v->tpr_threshold >> 4, vmcs12_delivers(v)), TPR_THRESHOLD);
	REQUIRE(!vmcs12_wants_vtpr(v), TPR_THRESHOLD_VTPR);
	return CHECK_OK;
}

static enum vmx_check check_nmi(const struct vmcs12 *v)
{
	bool virtual_nmis = v->pin_controls & PIN_VIRTUAL_NMI;

	REQUIRE(implies(virtual_nmis, v->pin_controls & PIN_NMI), VIRTUAL_NMI);
	REQUIRE(implies(v->proc_controls & PROC_NMI_WINDOW, virtual_nmis), NMI_WINDOW);
	return CHECK_OK;
}

/* What a virtual APIC needs beside its page, which is the TPR shadow's. */
static enum vmx_check check_virtual_apic(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint32_t proc2 = vmcs12_proc2(v);

	if (!(proc2 & PROC2_VIRTUAL_APIC))
		return CHECK_OK;
	if (proc2 & PROC2_APIC_ACCESSES)
		REQUIRE(physical_page(v->apic_access_address, l1), APIC_ACCESS);
	if (proc2 & PROC2_NEEDS_TPR_SHADOW)
		REQUIRE(v->proc_controls & PROC_TPR_SHADOW, APIC_TPR_SHADOW);
	REQUIRE(implies(proc2 & PROC2_X2APIC, !(proc2 & PROC2_APIC_ACCESSES)), APIC_X2APIC);
	REQUIRE(implies(proc2 & PROC2_INTERRUPT_DELIVERY, v->pin_controls & PIN_EXTERNAL_INTERRUPT),
		APIC_DELIVERY);
	return CHECK_OK;
}

static enum vmx_check check_posting(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint64_t at = v->posting_address;

	if (!(v->pin_controls & PIN_POSTED_INTERRUPTS))
		return CHECK_OK;
	REQUIRE(vmcs12_delivers(v), POSTED_DELIVERY);
	REQUIRE(v->exit_controls & EXIT_ACK_INTERRUPT, POSTED_ACKNOWLEDGE);
	REQUIRE(!(v->notification_vector >> 8), POSTED_VECTOR);
	REQUIRE(!(at & 63) && physical(at, l1), POSTED_DESCRIPTOR);
	return CHECK_OK;
}

/* 25.6.11: type in 2:0, walk length less one in 5:3, accessed and dirty flags in 6. */
static enum vmx_check check_eptp(uint64_t eptp, const struct vmx_caps *l1)
{
	bool type_ok = (eptp & EPTP12_TYPE) == 6 && (l1->ept_vpid & EPT_CAP_WB);

	REQUIRE(type_ok, EPTP_TYPE);
	REQUIRE((eptp & EPTP12_WALK) == 3 << 3, EPTP_WALK);
	REQUIRE(implies(eptp & EPTP12_AD, l1->ept_vpid & EPT_CAP_AD), EPTP_AD);
	REQUIRE(!(eptp & 0xf80) && physical(eptp, l1), EPTP_RESERVED);
	return CHECK_OK;
}

static enum vmx_check check_translation(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint32_t proc2 = vmcs12_proc2(v);

	REQUIRE(implies(proc2 & PROC2_VPID, v->vpid), VPID);
	if (proc2 & PROC2_EPT)
		REQUIRE_PART(check_eptp(v->ept_pointer, l1));
	REQUIRE(implies(proc2 & PROC2_UNRESTRICTED, proc2 & PROC2_EPT), UNRESTRICTED);
	return CHECK_OK;
}

/* Controls that need others, and what they point to; posting looks at the exit controls too. */
static enum vmx_check check_companions(const struct vmcs12 *v, const struct vmx_caps *l1,
				       uint32_t dirty)
{
	bool rest = dirty & (DIRTY_EXECUTION | DIRTY_TRANSLATION);

	if (rest)
		REQUIRE_PART(check_nmi(v));
	REQUIRE_PART(check_virtual_apic(v, l1));
	REQUIRE_PART(check_posting(v, l1));
	if (rest)
		REQUIRE_PART(check_translation(v, l1));
	return CHECK_OK;
}

static enum vmx_check check_cr3_targets(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint64_t offered = (l1->misc & MISC_CR3_TARGETS) >> MISC_CR3_TARGETS_SHIFT;

	REQUIRE(v->cr3_target_count <= (offered < 4 ? offered : 4), CR3_TARGET_COUNT);
	return CHECK_OK;
}

static enum vmx_check check_execution(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE_PART(check_reserved(v, l1));
	REQUIRE_PART(check_cr3_targets(v, l1));
	REQUIRE_PART(check_pages(v, l1));
	return CHECK_OK;
}

static enum vmx_check check_exit(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(word_allowed(v->exit_controls, l1->exit), EXIT_RESERVED);
	REQUIRE(implies(v->exit_controls & EXIT_SAVE_TIMER, v->pin_controls & PIN_PREEMPTION_TIMER),
		EXIT_SAVE_TIMER);
	REQUIRE(msr_list_ok(v->exit_msr_store_address, v->exit_msr_store_count, l1),
		EXIT_STORE_LIST);
	REQUIRE(msr_list_ok(v->exit_msr_load_address, v->exit_msr_load_count, l1), EXIT_LOAD_LIST);
	return CHECK_OK;
}

/* The vectors of exceptions that push an error code: #DF #TS #NP #SS #GP #PF #AC. */
#define ERROR_CODE_VECTORS                                                                         \
	(1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17)

static bool event_vector_ok(uint32_t type, uint32_t vector)
{
	switch (type) {
	case EVENT_NMI:
		return vector == VECTOR_NMI;
	case EVENT_HARDWARE:
		return vector <= 31;
	case EVENT_OTHER:
		return vector == 0;
	default:
		return true;
	}
}

/* An exception in real mode, where only an unrestricted guest can be, pushes no error code. */
static bool event_error_ok(const struct vmcs12 *v, uint32_t type, uint32_t vector)
{
	bool real_mode = unrestricted(v) && !(v->guest_cr0 & CR0_PE);
	bool expected = !real_mode && type == EVENT_HARDWARE && (ERROR_CODE_VECTORS >> vector & 1);

	return !!(v->entry_interruption_info & EVENT_ERROR) == expected;
}

static bool event_length_ok(uint32_t type, uint64_t length, const struct vmx_caps *l1)
{
	if (type != EVENT_SOFTWARE_INTERRUPT && type != EVENT_PRIVILEGED &&
	    type != EVENT_SOFTWARE_EXCEPTION)
		return true;
	return length <= 15 && (length || (l1->misc & MISC_ZERO_LENGTH));
}

/* The event to be injected, 25.8.3. */
static enum vmx_check check_event(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	uint32_t info = (uint32_t)v->entry_interruption_info;
	uint32_t type = event_type(info), vector = info & EVENT_VECTOR;
	bool mtf = vmx_allowed1(l1->proc) & PROC_MTF;

	if (!(info & EVENT_VALID))
		return CHECK_OK;
	REQUIRE(type != EVENT_RESERVED_TYPE && (type != EVENT_OTHER || mtf), EVENT_TYPE);
	REQUIRE(event_vector_ok(type, vector), EVENT_VECTOR);
	REQUIRE(event_error_ok(v, type, vector), EVENT_ERROR);
	REQUIRE(!(info & EVENT_RESERVED), EVENT_RESERVED);
	REQUIRE(implies(info & EVENT_ERROR, !(v->entry_exception_error >> 16)), EVENT_ERROR_CODE);
	REQUIRE(event_length_ok(type, v->entry_instruction_length, l1), EVENT_LENGTH);
	return CHECK_OK;
}

static enum vmx_check check_entry(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	REQUIRE(word_allowed(v->entry_controls, l1->entry), ENTRY_RESERVED);
	REQUIRE_PART(check_event(v, l1));
	REQUIRE(msr_list_ok(v->entry_msr_load_address, v->entry_msr_load_count, l1),
		ENTRY_LOAD_LIST);
	return CHECK_OK;
}

/*
 * EXECUTION stands where the meaning of other fields hangs on a bit of it; in the last condition CR
 * stands for it: an error code is judged by the guest's CR0.PE and by unrestricted guest, which is
 * part of the mode (vmcs12_check() marks CR when that changes).
 */
enum vmx_check vmcs12_check_controls(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				     const struct vmx_check_input *in, uint32_t dirty)
{
	const struct vmcs12 *v = &c->v;

	if (dirty & (DIRTY_EXECUTION | DIRTY_CR3_TARGETS | DIRTY_BITMAPS | DIRTY_APIC))
		REQUIRE_PART(check_execution(v, l1));
	REQUIRE_PART(check_threshold(v, in));
	if (dirty & (DIRTY_EXECUTION | DIRTY_TRANSLATION | DIRTY_APIC | DIRTY_EXIT))
		REQUIRE_PART(check_companions(v, l1, dirty));
	if (dirty & (DIRTY_EXECUTION | DIRTY_EXIT | DIRTY_LISTS))
		REQUIRE_PART(check_exit(v, l1));
	if (dirty & (DIRTY_ENTRY | DIRTY_EVENT | DIRTY_CR | DIRTY_LISTS))
		REQUIRE_PART(check_entry(v, l1));
	return CHECK_OK;
}

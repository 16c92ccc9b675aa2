// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "hw/host.h"
#include "vcpu/hyperv.h"
#include "handlers/msr.h"
#include "handlers/msr_bitmap.h"
#include "handlers/mtrr.h"
#include "vcpu/timers.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef bool (*msr_reader)(struct vcpu *v, uint32_t msr, uint64_t *value);
typedef bool (*msr_writer)(struct vcpu *v, uint32_t msr, uint64_t value);

/* One row per range of MSRs. A NULL reader or writer is #GP. */
struct msr_row {
	uint32_t first, last;
	msr_reader read;
	msr_writer write;
};

static bool read_zero(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	(void)msr;
	*value = 0;
	return true;
}

static bool write_ignore(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)v;
	(void)msr;
	(void)value;
	return true;
}

static bool read_tsc(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = rdtsc() + v->clock_offset + v->tsc_adjust;
	return true;
}

/* Both levels see what was written; VMCS02 gets it at the next merge unless L2 runs right now. */
static void write_offsets(struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	uint64_t offset = v->nested.l0.tsc_offset;
	unsigned level = v->level;

	vcpu_switch(v, 1);
	vmcs_write(VMCS_TSC_OFFSET, offset);
	if (level == 1)
		return;
	vcpu_switch(v, level);
	vmcs_write(VMCS_TSC_OFFSET,
		   offset + (v12->proc_controls & PROC_TSC_OFFSET ? v12->tsc_offset : 0));
}

/* The platform's clock goes on; a TSC deadline is in terms of what L1 wrote, and may be due now. */
static bool write_tsc(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)msr;
	v->tsc_adjust = value - rdtsc() - v->clock_offset;
	v->nested.l0.tsc_offset = v->clock_offset + v->tsc_adjust;
	v->nested.cache.dirty |= DIRTY_TSC;
	write_offsets(v);
	lapic_tsc_adjust(&v->lapic, v->tsc_adjust, v->now);
	vcpu_attend(v);
	return true;
}

static bool read_lapic(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	return !lapic_msr_read(&v->lapic, msr, value, v->now);
}

static bool write_lapic(struct vcpu *v, uint32_t msr, uint64_t value)
{
	bool refused = lapic_msr_write(&v->lapic, msr, value, v->now);

	vcpu_timers_moved(v);
	return !refused;
}

static bool read_feature_control(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = v->feature_control;
	return true;
}

static bool read_microcode(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	(void)msr;
	*value = 1ull << 32;
	return true;
}

static bool read_misc_enable(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = v->misc_enable;
	return true;
}

/* Fast strings, limit of CPUID and xTPR keep what is written; the rest is read-only. */
#define MISC_ENABLE_WRITABLE (1ull << 0 | 1ull << 22 | 1ull << 23)

static bool write_misc_enable(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)msr;
	v->misc_enable = (v->misc_enable & ~MISC_ENABLE_WRITABLE) | (value & MISC_ENABLE_WRITABLE);
	return true;
}

static bool read_debugctl(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	(void)msr;
	*value = vmcs_read(VMCS_GUEST_DEBUGCTL);
	return true;
}

static bool write_debugctl(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)msr;
	if (value & ~v->vm->hw_caps.debugctl)
		return false;
	vmcs_write(VMCS_GUEST_DEBUGCTL, value);
	return true;
}

static bool read_vmx(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	return knob_is(v->vm->knobs.vmx, "on") && vmx_caps_msr(&v->vm->l1_caps, msr, value);
}

/* The pass-through rows again, for lists of MSRs that L1 has L0 load and store, and for EFER's
 * bits. */
static bool read_processor(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	return rdmsr_safe(msr, value);
}

static bool write_processor(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)v;
	return wrmsr_safe(msr, value);
}

/* Registers that a VM exit replaced by L0's own live in the current VMCS. */
static uint32_t vmcs_home(uint32_t msr)
{
	switch (msr) {
	case MSR_SYSENTER_CS:
		return VMCS_GUEST_SYSENTER_CS;
	case MSR_SYSENTER_ESP:
		return VMCS_GUEST_SYSENTER_ESP;
	case MSR_SYSENTER_EIP:
		return VMCS_GUEST_SYSENTER_EIP;
	case MSR_PAT:
		return VMCS_GUEST_PAT;
	case MSR_EFER:
		return VMCS_GUEST_EFER;
	case MSR_FS_BASE:
		return VMCS_GUEST_FS_BASE;
	default:
		return VMCS_GUEST_GS_BASE;
	}
}

static bool read_vmcs(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	*value = vmcs_read(vmcs_home(msr));
	return true;
}

/* As PAT and canonical addresses are checked by the processor at the next entry, check them here.
 */
static bool value_allowed(const struct vcpu *v, uint32_t msr, uint64_t value)
{
	if (msr == MSR_PAT) /* each byte 0, 1, 4 to 7 */
		return !(value & 0xf8f8f8f8f8f8f8f8ull) &&
		       !((value & 0x0202020202020202ull) & ~(value >> 1 & 0x0202020202020202ull));
	if (msr == MSR_EFER) /* LME cannot change while paging is on */
		return !(value & ~v->vm->l1_caps.efer) &&
		       (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PG) ||
			!((value ^ vmcs_read(VMCS_GUEST_EFER)) & EFER_LME));
	if (msr == MSR_SYSENTER_CS)
		return true;
	return x86_canonical(value);
}

static bool write_vmcs(struct vcpu *v, uint32_t msr, uint64_t value)
{
	if (!value_allowed(v, msr, value))
		return false;
	if (msr == MSR_EFER) /* LMA follows CR0.PG and LME, not the write */
		value = (value & ~EFER_LMA) | (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);
	vmcs_write(vmcs_home(msr), value);
	return true;
}

/*
 * XSS stays 0: none of the state that it brings is offered, and some of it (processor trace) would
 * let XRSTORS reach memory that is not L1's.
 */
static bool read_xss(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = 0;
	return v->vm->features.xsaves;
}

static bool write_xss(struct vcpu *v, uint32_t msr, uint64_t value)
{
	(void)msr;
	return v->vm->features.xsaves && !value;
}

/* Comes with SPEC_CTRL (CPUID 7, EDX bit 26). Write-only, one command: a barrier. */
static bool write_pred_cmd(struct vcpu *v, uint32_t msr, uint64_t value)
{
	return v->vm->features.spec_ctrl && !(value & ~1ull) && wrmsr_safe(msr, value);
}

static const struct msr_row rows[] = {
	{MSR_X2APIC_FIRST, MSR_X2APIC_LAST, read_lapic, write_lapic},
	{MSR_TSC_DEADLINE, MSR_TSC_DEADLINE, read_lapic, write_lapic},
	{MSR_APIC_BASE, MSR_APIC_BASE, read_lapic, write_lapic},
	{MSR_TSC, MSR_TSC, read_tsc, write_tsc},
	{MSR_FEATURE_CONTROL, MSR_FEATURE_CONTROL, read_feature_control, NULL},
	{MSR_VMX_BASIC, MSR_VMX_LAST, read_vmx, NULL},
	{MSR_DEBUGCTL, MSR_DEBUGCTL, read_debugctl, write_debugctl},
	{MSR_MISC_ENABLE, MSR_MISC_ENABLE, read_misc_enable, write_misc_enable},
	{MSR_BIOS_SIGN, MSR_BIOS_SIGN, read_microcode, write_ignore},
	{MSR_PLATFORM_ID, MSR_PLATFORM_ID, read_zero, NULL},
	{MSR_MCG_CAP, MSR_MCG_CAP, read_zero, NULL},
	{MSR_MCG_STATUS, MSR_MCG_STATUS, read_zero, write_ignore},
	{MSR_MTRRCAP, MSR_MTRRCAP, mtrr_read, NULL},
	{MSR_MTRR_PHYS, MSR_MTRR_PHYS + MTRR_VARIABLE - 1, mtrr_read, mtrr_write},
	{MSR_MTRR_FIX_64K, MSR_MTRR_FIX_4K + 7, mtrr_read, mtrr_write},
	{MSR_MTRR_DEF_TYPE, MSR_MTRR_DEF_TYPE, mtrr_read, mtrr_write},
	{MSR_SYSENTER_CS, MSR_SYSENTER_EIP, read_vmcs, write_vmcs},
	{MSR_PAT, MSR_PAT, read_vmcs, write_vmcs},
	{MSR_EFER, MSR_EFER, read_vmcs, write_vmcs},
	{MSR_FS_BASE, MSR_GS_BASE, read_vmcs, write_vmcs},
	{MSR_STAR, MSR_FMASK, read_processor, write_processor},
	{MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE, read_processor, write_processor},
	{MSR_XSS, MSR_XSS, read_xss, write_xss},
	{MSR_PRED_CMD, MSR_PRED_CMD, NULL, write_pred_cmd},
	{HYPERV_MSR_FIRST, HYPERV_MSR_LAST, hyperv_msr_read, hyperv_msr_write},
};

static const struct msr_row optional_row = {0, 0, read_processor, write_processor};

static const struct msr_row *find_row(const struct vcpu *v, uint32_t msr)
{
	for (const struct msr_row *row = rows; row < rows + COUNT(rows); row++)
		if (msr >= row->first && msr <= row->last)
			return row;
	return msr_optional(v, msr) ? &optional_row : NULL;
}

bool msr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	const struct msr_row *row = find_row(v, msr);

	return row && row->read && row->read(v, msr, value);
}

bool msr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	const struct msr_row *row = find_row(v, msr);

	return row && row->write && row->write(v, msr, value);
}

/* As firmware leaves them: fast strings on, VMX locked on. */
void msr_init(struct vcpu *v)
{
	v->misc_enable = 1u | 1u << 11 | 1u << 12;
	mtrr_init(v);
	v->feature_control = FEATURE_CONTROL_LOCK;
	if (knob_is(v->vm->knobs.vmx, "on"))
		v->feature_control |= FEATURE_CONTROL_VMX;
}

// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "hw/features.h"
#include "hw/host.h"
#include "hw/x86.h"
#include "lib/print.h"

/* The allowed-1 half of a capability MSR. */
static uint32_t allowed1(uint32_t msr)
{
	return (uint32_t)(rdmsr(msr) >> 32);
}

/* One row per control without which L0 does not run: where it is offered, which bit, its name. */
static const struct need {
	uint32_t msr, bit;
	const char *name;
} needs[] = {
	{MSR_VMX_TRUE_PIN, PIN_EXTERNAL_INTERRUPT, "external-interrupt exiting"},
	{MSR_VMX_TRUE_PIN, PIN_NMI, "NMI exiting"},
	{MSR_VMX_TRUE_PIN, PIN_VIRTUAL_NMI, "virtual NMIs"},
	{MSR_VMX_TRUE_PIN, PIN_PREEMPTION_TIMER, "VMX preemption timer"},
	{MSR_VMX_TRUE_PROC, PROC_TSC_OFFSET, "TSC offsetting"},
	{MSR_VMX_TRUE_PROC, PROC_MSR_BITMAPS, "MSR bitmaps"},
	{MSR_VMX_TRUE_PROC, PROC_SECONDARY, "secondary controls"},
	{MSR_VMX_PROC2, PROC2_EPT, "EPT"},
	{MSR_VMX_PROC2, PROC2_VPID, "VPID"},
	{MSR_VMX_PROC2, PROC2_UNRESTRICTED, "unrestricted guest"},
	{MSR_VMX_TRUE_EXIT, EXIT_SAVE_EFER, "EFER save at VM exits"},
	{MSR_VMX_TRUE_EXIT, EXIT_SAVE_PAT, "PAT save at VM exits"},
	{MSR_VMX_TRUE_ENTRY, ENTRY_LOAD_EFER, "EFER load at VM entries"},
	{MSR_VMX_TRUE_ENTRY, ENTRY_LOAD_PAT, "PAT load at VM entries"},
};

#define EPT_VPID_NEEDS                                                                             \
	(EPT_CAP_WALK4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_INVEPT | EPT_CAP_INVEPT_SINGLE |        \
	 EPT_CAP_INVEPT_ALL | VPID_INVVPID | VPID_INVVPID_TYPES)

static bool check_vmx(void)
{
	bool ok = true;

	for (unsigned i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (allowed1(needs[i].msr) & needs[i].bit)
			continue;
		say("this processor's VMX lacks: %s", needs[i].name);
		ok = false;
	}
	if (!ok)
		return false;
	if ((rdmsr(MSR_VMX_EPT_VPID) & EPT_VPID_NEEDS) != EPT_VPID_NEEDS) {
		say("this processor's EPT lacks 4 levels, write-back, 2 MiB pages or "
		    "INVEPT/INVVPID");
		return false;
	}
	return true;
}

static bool enable_vmx(void)
{
	uint64_t control = rdmsr(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_CONTROL_LOCK)) {
		control |= FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX;
		wrmsr(MSR_FEATURE_CONTROL, control);
	}
	if (control & FEATURE_CONTROL_VMX)
		return true;
	say("VT-x is switched off in this machine's firmware; switch it on there");
	return false;
}

static bool has_posted_interrupts(uint32_t proc2)
{
	const uint32_t virtual_apic =
		PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_INTERRUPT_DELIVERY;

	return (allowed1(MSR_VMX_TRUE_PIN) & PIN_POSTED_INTERRUPTS) &&
	       (allowed1(MSR_VMX_TRUE_PROC) & PROC_TPR_SHADOW) &&
	       (proc2 & virtual_apic) == virtual_apic;
}

bool features_check(struct features *f)
{
	if (!(cpuid(1, 0).ecx & (1u << 5))) {
		say("this processor has no VT-x; L0 cannot run (use the bochs engine, or a machine "
		    "with Intel VT-x)");
		return false;
	}
	if (!(rdmsr(MSR_VMX_BASIC) & (1ull << 55))) {
		say("this processor's VMX lacks: true capability MSRs");
		return false;
	}
	if (!enable_vmx() || !check_vmx())
		return false;

	uint64_t ept = rdmsr(MSR_VMX_EPT_VPID);
	uint32_t proc2 = allowed1(MSR_VMX_PROC2);

	f->maxphyaddr = (uint8_t)cpuid(0x80000008, 0).eax;
	f->gib_pages = ept & EPT_CAP_1G;
	f->exec_only = ept & EPT_CAP_EXECUTE_ONLY;
	f->ept_ad = ept & EPT_CAP_AD;
	f->invpcid = (proc2 & PROC2_INVPCID) && (cpuid(7, 0).ebx & (1u << 10));
	f->rdtscp = (proc2 & PROC2_RDTSCP) && (cpuid(0x80000001, 0).edx & (1u << 27));
	f->xsaves = (proc2 & PROC2_XSAVES) && (cpuid(0xd, 1).eax & (1u << 3));
	f->spec_ctrl = cpuid(7, 0).edx & (1u << 26);
	f->vmcs_shadowing =
		(proc2 & PROC2_VMCS_SHADOWING) && (rdmsr(MSR_VMX_MISC) & MISC_VMWRITE_ANY);
	f->posted_interrupts = has_posted_interrupts(proc2);
	f->timer_shift = (uint8_t)(rdmsr(MSR_VMX_MISC) & 31);
	return true;
}

void features_caps(const struct features *f, struct vmx_caps *c)
{
	uint64_t old, seen;

	c->basic = rdmsr(MSR_VMX_BASIC);
	c->pin = rdmsr(MSR_VMX_TRUE_PIN);
	c->proc = rdmsr(MSR_VMX_TRUE_PROC);
	c->proc2 = rdmsr(MSR_VMX_PROC2);
	c->exit = rdmsr(MSR_VMX_TRUE_EXIT);
	c->entry = rdmsr(MSR_VMX_TRUE_ENTRY);
	c->misc = rdmsr(MSR_VMX_MISC);
	c->cr0_fixed0 = rdmsr(MSR_VMX_CR0_FIXED0);
	c->cr0_fixed1 = rdmsr(MSR_VMX_CR0_FIXED1);
	c->cr4_fixed0 = rdmsr(MSR_VMX_CR4_FIXED0);
	c->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
	c->vmcs_enum = rdmsr(MSR_VMX_ENUM);
	c->ept_vpid = rdmsr(MSR_VMX_EPT_VPID);
	c->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	c->maxphyaddr = f->maxphyaddr;
	c->linear_bits = 48;
	/* Which bits of DEBUGCTL stick tells what the processor knows; an emulator may know none.
	 */
	if (rdmsr_safe(MSR_DEBUGCTL, &old) &&
	    wrmsr_safe(MSR_DEBUGCTL, DEBUGCTL_LBR | DEBUGCTL_BTF) &&
	    rdmsr_safe(MSR_DEBUGCTL, &seen)) {
		c->debugctl = seen & (DEBUGCTL_LBR | DEBUGCTL_BTF);
		wrmsr(MSR_DEBUGCTL, old);
	}
}

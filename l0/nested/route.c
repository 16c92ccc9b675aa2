// SPDX-License-Identifier: Apache-2.0
/* Whose is an exit of L2? The table is measure/exits.def; here are its questions. */
#include "handlers/cr.h"
#include "handlers/exits.h"
#include "handlers/msr_bitmap.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

typedef bool (*predicate)(const struct vcpu *v);

static const struct vmcs12 *vmcs12_of(const struct vcpu *v)
{
	return &v->nested.cache.v;
}

static bool never(const struct vcpu *v)
{
	(void)v;
	return false;
}

#define always NULL /* no call on the way of an ordinary exit */

/* NMIs and machine checks here are physical ones, L0's. */
static bool wants_exception(const struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_INFO);
	uint32_t error = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_ERROR);

	if ((info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI ||
	    (info & EVENT_VECTOR) == VECTOR_MC)
		return false;
	/* Without EPT a page fault may be L0's alone to solve: it asks again if it is not. */
	if (v->paging.on && (info & EVENT_VECTOR) == VECTOR_PF)
		return false;
	return vmcs12_wants_exception(vmcs12_of(v), info, error);
}

static bool wants_interrupt_window(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_INTERRUPT_WINDOW;
}

static bool wants_nmi_window(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_NMI_WINDOW;
}

/* Markers are answered by L0 at every level: a measurement does not measure L1's CPUID. */
static bool wants_cpuid(const struct vcpu *v)
{
	return !marker_is((uint32_t)v->regs.gpr[RAX]);
}

static bool wants_rdpmc(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_RDPMC;
}

static bool wants_mwait(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_MWAIT;
}

static bool wants_monitor(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_MONITOR;
}

static bool wants_timer(const struct vcpu *v)
{
	return v->now >= v->nested.timer12;
}

/* A byte of a bitmap page of L1; where there is no RAM all bits are 1, so the exit is L1's. */
static unsigned bitmap_byte(const struct vcpu *v, uint64_t page, uint64_t offset)
{
	const volatile uint8_t *p = ram_ptr(&v->vm->ram, page + offset, 1);

	return p ? *p : 0xff;
}

static bool port_bit(const struct vcpu *v, uint32_t port)
{
	const struct vmcs12 *v12 = vmcs12_of(v);
	uint64_t page = port < 0x8000 ? v12->io_bitmap_a : v12->io_bitmap_b;

	return bitmap_byte(v, page, (port & 0x7fff) / 8) >> (port & 7) & 1;
}

/* Any of the access's ports; one that wraps around always exits (SDM 26.1.3). */
static bool wants_io(const struct vcpu *v)
{
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
	uint32_t port = (uint32_t)(qual >> 16 & 0xffff), last = port + (uint32_t)(qual & 7);

	if (!(vmcs12_of(v)->proc_controls & PROC_IO_BITMAPS))
		return vmcs12_of(v)->proc_controls & PROC_IO;
	if (last > 0xffff)
		return true;
	for (; port <= last; port++) /* four at most */
		if (port_bit(v, port))
			return true;
	return false;
}

static bool wants_rdmsr(const struct vcpu *v)
{
	return msr_bitmap_l1_wants(v, (uint32_t)v->regs.gpr[RCX], false);
}

static bool wants_wrmsr(const struct vcpu *v)
{
	return msr_bitmap_l1_wants(v, (uint32_t)v->regs.gpr[RCX], true);
}

static bool wants_cr3_load(const struct vmcs12 *v12, uint64_t value)
{
	const uint64_t target[] = {v12->cr3_target0, v12->cr3_target1, v12->cr3_target2,
				   v12->cr3_target3};

	for (unsigned i = 0; i < 4 && i < v12->cr3_target_count; i++)
		if (value == target[i])
			return false;
	return v12->proc_controls & PROC_CR3_LOAD;
}

static bool wants_invlpg(const struct vcpu *v)
{
	return vmcs12_of(v)->proc_controls & PROC_INVLPG;
}

static bool wants_mov_to_cr(const struct vcpu *v, unsigned cr, uint64_t value)
{
	const struct vmcs12 *v12 = vmcs12_of(v);

	if (cr == 0)
		return (value ^ v12->cr0_shadow) & v12->cr0_mask;
	if (cr == 4)
		return (value ^ v12->cr4_shadow) & v12->cr4_mask;
	if (cr == 8)
		return v12->proc_controls & PROC_CR8_LOAD;
	return wants_cr3_load(v12, value);
}

static bool wants_cr(const struct vcpu *v)
{
	const struct vmcs12 *v12 = vmcs12_of(v);
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION), change;
	unsigned cr = CR_QUAL_REGISTER(qual);

	switch ((enum cr_access)CR_QUAL_TYPE(qual)) {
	case CR_MOV_TO:
		change = vcpu_reg(v, CR_QUAL_GPR(qual));
		return wants_mov_to_cr(v, cr, vcpu_long_mode() ? change : (uint32_t)change);
	case CR_MOV_FROM:
		return v12->proc_controls & (cr == 8 ? PROC_CR8_STORE : PROC_CR3_STORE);
	case CR_CLTS:
		return v12->cr0_mask & v12->cr0_shadow & CR0_TS;
	case CR_LMSW: /* PE can only be set */
	default:
		change = (CR_QUAL_LMSW(qual) ^ v12->cr0_shadow) & v12->cr0_mask & 0xf;
		return (change & ~CR0_PE) || (change & CR_QUAL_LMSW(qual) & CR0_PE);
	}
}

static const struct route {
	exit_handler l0;
	predicate wanted;
} routes[EXIT_REASON_ROWS] = {
#define EXIT(number, name, l1, l2, wanted) [number] = {l2, wanted},
#include "measure/exits.def"
#undef EXIT
};

/*
 * L0 answers. If L1 single-steps its L2, an instruction emulated here is a step (SDM 26.5.2), and
 * so is each element of a repeated one: RIP stays, but RCX counts.
 */
static void stay(struct vcpu *v, exit_handler l0)
{
	struct vmx_exit mtf = {.reason = EXIT_MTF};
	uint64_t rip, rcx;

	if (!(vmcs12_of(v)->proc_controls & PROC_MTF)) {
		l0(v);
		return;
	}
	rip = vmcs_read(VMCS_GUEST_RIP);
	rcx = v->regs.gpr[RCX];
	l0(v);
	if (v->level == 2 && (vmcs_read(VMCS_GUEST_RIP) != rip || v->regs.gpr[RCX] != rcx))
		nested_reflect(v, &mtf);
}

/* What the processor alone checks of the copied state is L1's answer too. */
static void entry_failed(struct vcpu *v, uint32_t reason)
{
	uint64_t qualification = vmcs_read(VMCS_EXIT_QUALIFICATION);

	if (v->events.entry_asked)
		nested_entry_failure(v, reason, qualification);
	else
		nested_resume_failure(v, reason, qualification);
}

/* Not part of vcpu_exit(): an exit of L1 would save registers for it. */
__attribute__((noinline)) void nested_exit(struct vcpu *v, uint32_t reason)
{
	const struct route *r;

	if (reason & EXIT_REASON_ENTRY_FAILURE) {
		entry_failed(v, reason & EXIT_REASON_BASIC);
		return;
	}
	v->events.entry_asked = false;
	r = &routes[reason % EXIT_REASON_ROWS];
	if (!r->wanted || r->wanted(v)) { /* a number without a row, or L1 wants it */
		nested_reflect_exit(v);
		return;
	}
	if (v->nested.timer12 != TIMER12_NONE) /* what L0 does now counts for L1's timer too */
		vcpu_attend(v);
	stay(v, r->l0);
}

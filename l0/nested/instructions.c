// SPDX-License-Identifier: Apache-2.0
/* VMX instructions of L1 that manage regions and translations (SDM vol. 3, 31.3). */
#include "handlers/cr.h"
#include "handlers/guest_access.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "ept_walk.h"
#include "lib/string.h"
#include "nested/enlightened.h"
#include "nested/shadow.h"
#include "nested/vmfail.h"
#include "vcpu/vm.h"

#define KVM_ENOSYS 1000ull

/* The first word of a region: its revision identifier. Where there is no RAM all bits are 1. */
static uint32_t revision_at(const struct vcpu *v, uint64_t pointer)
{
	const volatile uint32_t *word = ram_ptr(&v->vm->ram, pointer, 4096);

	return word ? *word : ~0u;
}

static void set_current(struct nested *n, uint64_t pointer)
{
	n->current = pointer;
	n->plain = n->on64 && pointer != VMCS12_NONE;
}

/* L1 turns away from a VMCS12: was it because the guest there wants to enter one of its own? */
static void note_asker(struct nested *n)
{
	uint64_t reason = n->cache.v.exit_reason;

	if (n->current != VMCS12_NONE || n->evmcs)
		n->asker = reason == EXIT_VMLAUNCH || reason == EXIT_VMRESUME ? n->slot : SLOT_L1;
}

void nested_count_as(struct vcpu *v, uint64_t vmcs12)
{
	struct nested *n = &v->nested;

	n->slot = counters_slot(&v->counters, vmcs12);
	/* Of one that was in use before, what it was then holds. */
	if (n->asker != SLOT_L1 || !n->cache.v.launched)
		counters_answer(&v->counters, n->slot, n->asker);
	n->asker = SLOT_L1;
}

/* The cache goes back to L1's memory, with what still stands in VMCS02. */
void nested_release(struct vcpu *v)
{
	struct nested *n = &v->nested;
	void *page = ram_ptr(&v->vm->ram, n->current, sizeof(n->cache.v));

	note_asker(n);
	nested_evmcs_end(v);
	if (n->current == VMCS12_NONE)
		return;
	nested_shadow_load(v);
	vcpu_switch(v, 1);
	nested_shadow_end(v);
	nested_fetch_rare(v);
	if (page)
		memcpy(page, &n->cache.v, sizeof(n->cache.v));
	set_current(n, VMCS12_NONE);
	n->merged = false;
}

static bool fixed_bits_hold(const struct vcpu *v)
{
	const struct vmx_caps *caps = &v->vm->l1_caps;
	uint64_t cr0 = cr_get_cr0(), cr4 = cr_get_cr4();

	return !(~cr0 & caps->cr0_fixed0) && !(cr0 & ~caps->cr0_fixed1) &&
	       !(~cr4 & caps->cr4_fixed0) && !(cr4 & ~caps->cr4_fixed1);
}

/*
 * In VMX operation CR0.PE and PG cannot be cleared (SDM 24.8): L0 owns them for that time, so that
 * a write that tries exits, and gets its #GP.
 */
static void own_paging_bits(struct vcpu *v, bool own)
{
	vmcs_write(VMCS_CR0_SHADOW, cr_get_cr0());
	vmcs_write(VMCS_CR0_MASK, v->nested.l0.cr0_mask | (own ? CR0_PE | CR0_PG : 0));
}

void nested_vmxon(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t pointer;

	if (!vmx_instruction_allowed(v, true))
		return;
	if (n->on) {
		vmfail(v, VMERR_VMXON_IN_ROOT);
		return;
	}
	if (!fixed_bits_hold(v) || !(v->feature_control & FEATURE_CONTROL_VMX)) {
		vcpu_inject_gp(v);
		return;
	}
	if (!vmx_pointer_operand(v, &pointer))
		return;
	if (!vmx_pointer_valid(v, pointer) || revision_at(v, pointer) != VMCS12_REVISION) {
		vmfail_invalid(v);
		return;
	}
	n->on = true;
	n->on64 = vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;
	own_paging_bits(v, true);
	nested_shadow_switch(v, true);
	n->vmxon = pointer;
	set_current(n, VMCS12_NONE);
	vmsucceed(v);
}

void nested_vmxoff(struct vcpu *v)
{
	if (!vmx_instruction_allowed(v, false))
		return;
	nested_release(v);
	v->nested.on = v->nested.on64 = false;
	own_paging_bits(v, false);
	nested_shadow_switch(v, false);
	ept02_invalidate_all(&v->nested.ept02);
	vcpu_attend(v); /* an INIT may have waited for this */
	vmsucceed(v);
}

void nested_vmclear(struct vcpu *v)
{
	struct nested *n = &v->nested;
	struct vmcs12 *page;
	uint64_t pointer;

	if (!vmx_instruction_allowed(v, false) || !vmx_pointer_operand(v, &pointer))
		return;
	if (!vmx_pointer_valid(v, pointer)) {
		vmfail(v, VMERR_VMCLEAR_ADDRESS);
		return;
	}
	if (pointer == n->vmxon) {
		vmfail(v, VMERR_VMCLEAR_VMXON);
		return;
	}
	if (pointer == n->current || (n->evmcs && pointer == n->evmcs_gpa))
		nested_release(v);
	page = ram_ptr(&v->vm->ram, pointer, sizeof(*page));
	if (page && !nested_evmcs_page(v, page))
		page->launched = 0;
	vmsucceed(v);
}

void nested_vmptrld(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t pointer;

	if (!vmx_instruction_allowed(v, false) || !vmx_pointer_operand(v, &pointer))
		return;
	if (!vmx_pointer_valid(v, pointer)) {
		vmfail(v, VMERR_VMPTRLD_ADDRESS);
		return;
	}
	if (pointer == n->vmxon) {
		vmfail(v, VMERR_VMPTRLD_VMXON);
		return;
	}
	if (revision_at(v, pointer) != VMCS12_REVISION) {
		vmfail(v, VMERR_VMPTRLD_REVISION);
		return;
	}
	if (pointer != n->current) {
		nested_release(v);
		memcpy(&n->cache.v, ram_ptr(&v->vm->ram, pointer, sizeof(n->cache.v)),
		       sizeof(n->cache.v));
		n->cache.v.revision = VMCS12_REVISION; /* the word that was found good */
		vmcs12_adopt(&n->cache);
		set_current(n, pointer);
		nested_count_as(v, pointer);
		nested_shadow_begin(v);
	}
	vmsucceed(v);
}

void nested_vmptrst(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	uint64_t linear;

	if (!vmx_instruction_allowed(v, false) ||
	    !guest_operand(v, info, vmcs_read(VMCS_EXIT_QUALIFICATION), 8, GUEST_WRITE, &linear) ||
	    !guest_write(v, linear, &v->nested.current, 8))
		return;
	vmsucceed(v);
}

/* The 16-byte descriptor of INVEPT and INVVPID. */
struct descriptor {
	uint64_t low, high;
};

static bool read_descriptor(struct vcpu *v, uint32_t info, struct descriptor *out)
{
	uint64_t linear;

	return guest_operand(v, info, vmcs_read(VMCS_EXIT_QUALIFICATION), sizeof(*out), GUEST_READ,
			     &linear) &&
	       guest_read(v, linear, out, sizeof(*out));
}

static uint64_t invalidation_type(const struct vcpu *v, uint32_t info)
{
	uint64_t type = vcpu_reg(v, info >> 28);

	return vcpu_long_mode() ? type : (uint32_t)type;
}

void nested_invept(struct vcpu *v)
{
	const struct vmx_caps *caps = &v->vm->l1_caps;
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	struct descriptor d;
	uint64_t type;

	if (!(caps->ept_vpid & EPT_CAP_INVEPT)) {
		vcpu_inject_ud(v);
		return;
	}
	if (!vmx_instruction_allowed(v, false))
		return;
	type = invalidation_type(v, info);
	if (type > INVEPT_ALL || !(caps->ept_vpid & EPT_CAP_INVEPT_TYPE(type))) {
		vmfail(v, VMERR_INVALIDATE_OPERAND);
		return;
	}
	if (!read_descriptor(v, info, &d))
		return;
	if (type == INVEPT_SINGLE && !ept_eptp_valid(d.low, &v->nested.ept02.caps12)) {
		vmfail(v, VMERR_INVALIDATE_OPERAND);
		return;
	}
	if (type == INVEPT_SINGLE)
		ept02_invalidate(&v->nested.ept02, d.low);
	else
		ept02_invalidate_all(&v->nested.ept02);
	vmsucceed(v);
}

void nested_invvpid(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	struct descriptor d;
	uint64_t type;

	if (!(v->vm->l1_caps.ept_vpid & VPID_INVVPID)) {
		vcpu_inject_ud(v);
		return;
	}
	if (!vmx_instruction_allowed(v, false))
		return;
	type = invalidation_type(v, info);
	if (type > INVVPID_SINGLE_RETAIN_GLOBAL ||
	    !(v->vm->l1_caps.ept_vpid & VPID_INVVPID_TYPE(type))) {
		vmfail(v, VMERR_INVALIDATE_OPERAND);
		return;
	}
	if (!read_descriptor(v, info, &d))
		return;
	if (d.low >> 16 || (type != INVVPID_ALL && !d.low) ||
	    (type == INVVPID_ADDRESS && !x86_canonical(d.high))) {
		vmfail(v, VMERR_INVALIDATE_OPERAND);
		return;
	}
	nested_mmu_invvpid(v, (unsigned)type, (uint16_t)d.low, d.high);
	vmsucceed(v);
}

/* L0 has no hypercalls: the answer is KVM's, or Hyper-V's, for a number that it does not know. */
void nested_vmcall(struct vcpu *v)
{
	v->regs.gpr[RAX] = v->hyperv.offered ? HYPERV_INVALID_HYPERCALL : -KVM_ENOSYS;
	vcpu_skip(v);
}

// SPDX-License-Identifier: Apache-2.0
#include "handlers/cr.h"
#include "handlers/guest_access.h"
#include "memory/paging.h"
#include "vcpu/vcpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "vcpu/vm.h"

#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)
#define CR4_TLB (CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP)

uint64_t cr_get_cr0(void)
{
	uint64_t mask = vmcs_read(VMCS_CR0_MASK);

	return (vmcs_read(VMCS_GUEST_CR0) & ~mask) | (vmcs_read(VMCS_CR0_SHADOW) & mask);
}

uint64_t cr_get_cr4(void)
{
	uint64_t mask = vmcs_read(VMCS_CR4_MASK);

	return (vmcs_read(VMCS_GUEST_CR4) & ~mask) | (vmcs_read(VMCS_CR4_SHADOW) & mask);
}

bool cr_load_pdptes(struct vcpu *v, uint64_t cr3)
{
	uint64_t reserved = ~((1ull << v->vm->features.maxphyaddr) - 1) | 0x1e6, pdpte[4];
	struct guest_space space = vcpu_space(v);
	struct guest_answer why;

	if (!guest_pdptes(&space, cr3 & 0xffffffe0, pdpte, &why)) {
		guest_refuse(v, &why); /* an exit of L2's is more than the #GP that follows */
		return false;
	}
	for (unsigned i = 0; i < 4; i++)
		if ((pdpte[i] & 1) && (pdpte[i] & reserved))
			return false;
	for (unsigned i = 0; i < 4; i++)
		vmcs_write(VMCS_GUEST_PDPTE0 + 2 * i, pdpte[i]);
	return true;
}

/*
 * Turning paging on with EFER.LME begins IA-32e mode, turning it off ends it (SDM vol. 3, 10.8.5):
 * but neither from 64-bit code.
 */
static bool switch_paging(uint64_t value)
{
	uint64_t efer = vmcs_read(VMCS_GUEST_EFER);
	uint64_t entry = vmcs_read(VMCS_ENTRY_CONTROLS);
	bool on = value & CR0_PG;

	if (!(efer & EFER_LME))
		return true;
	if (on && !(vmcs_read(VMCS_GUEST_CR4) & CR4_PAE))
		return false;
	if (vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_L)
		return false;
	vmcs_write(VMCS_GUEST_EFER, on ? efer | EFER_LMA : efer & ~EFER_LMA);
	vmcs_write(VMCS_ENTRY_CONTROLS, on ? entry | ENTRY_IA32E : entry & ~ENTRY_IA32E);
	return true;
}

/*
 * What a write of @value makes of a register: the bits that L1 owns in its L2 stay what L1 made
 * them, whatever stands there (it equals their shadow, or the write would be L1's exit). By the
 * result the write is judged (SDM vol. 3, 26.3); what L2 reads afterwards is @value.
 */
static uint64_t written(const struct vcpu *v, uint64_t value, uint64_t mask12, uint64_t real12)
{
	return v->level == 2 ? (value & ~mask12) | (real12 & mask12) : value;
}

/*
 * Bits that VMX operation keeps at 1, for L1 in root and for L2 in non-root operation (SDM vol. 3,
 * 24.8); an unrestricted L2 may leave protected mode.
 */
static uint64_t fixed_cr0(const struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	bool unrestricted = v->level == 2 && (v12->proc_controls & PROC_SECONDARY) &&
			    (v12->proc2_controls & PROC2_UNRESTRICTED);

	if (!v->nested.on)
		return 0;
	return v->vm->l1_caps.cr0_fixed0 & ~(unrestricted ? CR0_PE | CR0_PG : 0);
}

static bool cr0_valid(const struct vcpu *v, uint64_t cr0)
{
	return !((cr0 & CR0_PG) && !(cr0 & CR0_PE)) && !((cr0 & CR0_NW) && !(cr0 & CR0_CD)) &&
	       !(!(cr0 & CR0_PG) && (vmcs_read(VMCS_GUEST_CR4) & CR4_PCIDE)) &&
	       !(~cr0 & fixed_cr0(v));
}

/* CR0.PG changes: false for #GP. */
static bool change_paging(struct vcpu *v, uint64_t cr0)
{
	bool pae = (cr0 & CR0_PG) && (vmcs_read(VMCS_GUEST_CR4) & CR4_PAE) &&
		   !(vmcs_read(VMCS_GUEST_EFER) & EFER_LME);

	if ((pae && !cr_load_pdptes(v, vmcs_read(VMCS_GUEST_CR3))) || !switch_paging(cr0))
		return false;
	invvpid(INVVPID_SINGLE, vcpu_vpid(v), 0);
	return true;
}

bool cr_set_cr0(struct vcpu *v, uint64_t value)
{
	const struct vmcs01_controls *l0 = &v->nested.l0;
	const struct vmcs12 *v12 = &v->nested.cache.v;
	uint64_t cr0;

	if (value >> 32)
		return false;
	value = (value & CR0_DEFINED) | CR0_ET;
	cr0 = written(v, value, v12->cr0_mask, v12->guest_cr0);
	if (!cr0_valid(v, cr0))
		return false;
	if (((cr0 ^ vmcs_read(VMCS_GUEST_CR0)) & CR0_PG) && !change_paging(v, cr0))
		return false;
	vmcs_write(VMCS_GUEST_CR0, (cr0 & l0->cr0_may) | l0->cr0_on);
	vmcs_write(VMCS_CR0_SHADOW, value);
	return true;
}

static bool cr4_valid(const struct vcpu *v, uint64_t cr4, uint64_t old)
{
	bool ia32e = vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;

	if ((cr4 & ~v->vm->l1_caps.cr4_fixed1) || (v->nested.on && !(cr4 & CR4_VMXE)))
		return false;
	if (ia32e && !(cr4 & CR4_PAE))
		return false;
	return !(cr4 & ~old & CR4_PCIDE) || (ia32e && !(vmcs_read(VMCS_GUEST_CR3) & 0xfff));
}

bool cr_set_cr4(struct vcpu *v, uint64_t value)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	uint64_t cr4 = written(v, value, v12->cr4_mask, v12->guest_cr4);
	uint64_t old = vmcs_read(VMCS_GUEST_CR4);
	bool pae = (vmcs_read(VMCS_GUEST_CR0) & CR0_PG) && (cr4 & CR4_PAE) &&
		   !(vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);

	if (!cr4_valid(v, cr4, old))
		return false;
	if ((cr4 ^ old) & CR4_TLB) {
		if (pae && !cr_load_pdptes(v, vmcs_read(VMCS_GUEST_CR3)))
			return false;
		invvpid(INVVPID_SINGLE, vcpu_vpid(v), 0);
	}
	vmcs_write(VMCS_GUEST_CR4, cr4 | v->nested.l0.cr4_on);
	vmcs_write(VMCS_CR4_SHADOW, value);
	return true;
}

static bool move_to(struct vcpu *v, unsigned cr, uint64_t value)
{
	switch (cr) {
	case 0:
		return cr_set_cr0(v, value);
	case 4:
		return cr_set_cr4(v, value);
	case 8:
		if (value > 15)
			return false;
		lapic_set_tpr(&v->lapic, (uint8_t)value);
		return true;
	case 3: /* exits without EPT alone */
		return cr_load_shadowed_cr3(v, value);
	default:
		return false;
	}
}

void cr_exit(struct vcpu *v)
{
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
	unsigned cr = CR_QUAL_REGISTER(qual), gpr = CR_QUAL_GPR(qual);
	uint64_t cr0 = cr_get_cr0(), value;
	bool ok = true;

	switch ((enum cr_access)CR_QUAL_TYPE(qual)) {
	case CR_MOV_TO:
		value = vcpu_reg(v, gpr);
		ok = move_to(v, cr, vcpu_long_mode() ? value : (uint32_t)value);
		break;
	case CR_MOV_FROM: /* CR8, and without EPT CR3 */
		vcpu_set_reg(v, gpr,
			     cr == 3 ? vmcs_read(VMCS_GUEST_CR3) : lapic_get_tpr(&v->lapic));
		break;
	case CR_CLTS:
		ok = cr_set_cr0(v, cr0 & ~CR0_TS);
		break;
	case CR_LMSW: /* sets PE but never clears it */
		ok = cr_set_cr0(v, (cr0 & ~0xeull) | (CR_QUAL_LMSW(qual) & 0xf));
		break;
	}
	if (ok)
		vcpu_skip(v);
	else
		vcpu_inject_gp(v);
}

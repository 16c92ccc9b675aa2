// SPDX-License-Identifier: Apache-2.0
/* The glue between VMX without EPT and ept-compose's shadow page tables. */
#include "vcpu/shadow_paging.h"
#include "lib/asm.h"
#include "vcpu/vcpu.h"
#include "vcpu/vmcs01.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define NO_ADDRESS UINT64_MAX

/* Bits that the guest does not decide in the processor; it reads them from the shadows. */
#define CR0_OWN (CR0_PE | CR0_WP | CR0_PG)
#define CR4_OWN (CR4_PAE | CR4_SMEP | CR4_SMAP)
/* A change of these flushes (SDM vol. 3, 4.10.4.1); L0 must see it. */
#define CR4_FLUSH (CR4_OWN | CR4_PSE | CR4_PGE)

bool shadow_paging_init(struct vcpu *v, uint64_t hpa, uint32_t pages)
{
	const struct spt_caps caps = {
		.maxphyaddr = v->vm->features.maxphyaddr,
		.page_1g = cpuid(0x80000001, 0).edx & (1u << 26),
	};
	uint32_t half = pages / 2;

	v->paging.ran = 1;
	v->paging.ahead = NO_ADDRESS;
	return !spt_init(&v->paging.level[1].spt, hpa, half, &caps) &&
	       !spt_init(&v->paging.level[2].spt, hpa + half * 4096ull, half, &caps);
}

void shadow_paging_words(const struct vcpu *v, struct vmcs01_words *words)
{
	if (!v->paging.on)
		return;
	words->proc |= PROC_CR3_LOAD | PROC_CR3_STORE | PROC_INVLPG;
	/* INVPCID would flush the processor's translations, but not ours. */
	words->proc2 &= ~(uint32_t)(PROC2_EPT | PROC2_UNRESTRICTED | PROC2_INVPCID);
}

void shadow_paging_controls(const struct vcpu *v, struct vmcs01_controls *l0)
{
	if (!v->paging.on)
		return;
	l0->exception_bitmap |= 1u << VECTOR_PF;
	l0->cr0_mask |= CR0_OWN;
	l0->cr4_mask |= CR4_FLUSH;
}

enum spt_mode shadow_paging_mode(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	if (!(cr0 & CR0_PG))
		return SPT_UNPAGED;
	if (efer & EFER_LMA)
		return SPT_LONG;
	return cr4 & CR4_PAE ? SPT_PAE : SPT_32;
}

/* The guest's registers, from the VMCS that shows them. */
static void read_registers(struct shadow_paging *p, struct spt_registers *out)
{
	p->cr0 = vmcs_read(VMCS_GUEST_CR0);
	p->cr3 = vmcs_read(VMCS_GUEST_CR3);
	p->cr4 = vmcs_read(VMCS_GUEST_CR4);
	p->efer = vmcs_read(VMCS_GUEST_EFER);
	*out = (struct spt_registers){
		.cr3 = p->cr3,
		.mode = shadow_paging_mode(p->cr0, p->cr4, p->efer),
		.wp = p->cr0 & CR0_WP,
		.pse = p->cr4 & CR4_PSE,
		.smep = p->cr4 & CR4_SMEP,
		.smap = p->cr4 & CR4_SMAP,
		.nxe = p->efer & EFER_NX,
	};
	/* Without EPT the processor leaves these fields alone: they serve as the registers. */
	for (unsigned i = 0; out->mode == SPT_PAE && i < 4; i++)
		out->pdpte[i] = vmcs_read(VMCS_GUEST_PDPTE0 + 2 * i);
}

/*
 * Paging and CR0.WP are always on: an unpaged guest runs on tables that map all one to one. Not in
 * IA-32e mode the tables have the format of PAE.
 */
static void write_registers(const struct shadow_paging *p, const struct spt *spt)
{
	bool paged = p->cr0 & CR0_PG;
	uint64_t cr4 = p->cr4 | CR4_PAE, efer = p->efer | EFER_NX;

	if (!paged) {
		cr4 &= ~(CR4_SMEP | CR4_SMAP);
		efer &= ~(uint64_t)(EFER_LME | EFER_LMA);
	}
	vmcs_write(VMCS_GUEST_CR0, p->cr0 | CR0_OWN);
	vmcs_write(VMCS_GUEST_CR3, spt->root);
	vmcs_write(VMCS_GUEST_CR4, cr4);
	vmcs_write(VMCS_GUEST_EFER, efer);
}

/* Translations that end because another guest runs now: without VPIDs, all; else another VPID's. */
static void flush_by_switch(struct vcpu *v)
{
	struct shadow_paging *p = &v->paging;

	if (p->ran != v->level && !v->nested.vpid12) {
		spt_flush(&p->level[1].spt);
		spt_flush(&p->level[2].spt);
	}
	if (v->level == 2 && p->vpid12 != v->nested.vpid12) {
		spt_flush(&p->level[2].spt);
		p->vpid12 = v->nested.vpid12;
	}
	p->ran = v->level;
}

/*
 * L1 comes back from a page fault of its L2's, or has invalidated an address of it: it most likely
 * mapped that page, and L2 touches it next. Filled now, that costs no exit. It is a guess, as the
 * processor's own walks ahead of an access are: a read, so that no D is set for a write that may
 * never come; what L1's tables do not allow stays for L2 to meet. Where L1 injects an event, the
 * fault is mostly L2's own.
 */
static void fill_ahead(struct vcpu *v)
{
	struct shadow_paging *p = &v->paging;
	const struct spt_access access = {.linear = p->ahead};
	struct spt_fault fault;

	if (!(v->nested.cache.v.entry_interruption_info & EVENT_VALID))
		spt_fill(&p->level[2].spt, &v->vm->ept01, &access, &fault);
	p->ahead = NO_ADDRESS;
}

void shadow_paging_enter(struct vcpu *v)
{
	struct shadow_paging *p = &v->paging;
	struct shadow_level *s = &p->level[v->level];
	struct spt_registers regs;

	flush_by_switch(v);
	read_registers(p, &regs);
	if (!(p->cr0 & CR0_PE)) {
		vm_stop(v->vm, STOP_UNSUPPORTED, 0,
			"L%u leaves protected mode at rip %lx: mmu=shadow-on-shadow has no real "
			"mode",
			v->level, vmcs_read(VMCS_GUEST_RIP));
		vm_leave(v);
	}
	if ((s->cr4 ^ p->cr4) & CR4_FLUSH)
		spt_flush(&s->spt);
	s->cr4 = p->cr4;
	spt_load(&s->spt, &v->vm->ept01, &regs);
	if (v->level == 2 && p->ahead != NO_ADDRESS)
		fill_ahead(v);
	write_registers(p, &s->spt);
	if (s->spt.flush)
		invvpid(INVVPID_SINGLE, vcpu_vpid(v), 0);
	s->spt.flush = false;
}

/* What the guest owns alone it may have changed. */
void shadow_paging_leave(struct vcpu *v)
{
	const struct shadow_paging *p = &v->paging;
	uint64_t cr0 = vmcs_read(VMCS_GUEST_CR0), cr4 = vmcs_read(VMCS_GUEST_CR4);

	vmcs_write(VMCS_GUEST_CR0, (cr0 & ~CR0_OWN) | (p->cr0 & CR0_OWN));
	vmcs_write(VMCS_GUEST_CR3, p->cr3);
	vmcs_write(VMCS_GUEST_CR4, (cr4 & ~CR4_OWN) | (p->cr4 & CR4_OWN));
	vmcs_write(VMCS_GUEST_EFER, p->efer);
}

void shadow_paging_flush_l2(struct vcpu *v, const uint64_t *linear)
{
	struct spt *spt = &v->paging.level[2].spt;

	if (!v->paging.on)
		return;
	if (linear) {
		spt_invalidate(spt, *linear);
		v->paging.ahead = *linear;
	} else {
		spt_flush(spt);
	}
}

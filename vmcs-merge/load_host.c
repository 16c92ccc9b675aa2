// SPDX-License-Identifier: Apache-2.0
/* SDM vol. 3, 28.5: the host state that a VM exit loads, here L1's into VMCS01's guest state. */
#include "check_rules.h"
#include "reflect.h"
#include "vmcs_access.h"

/* Access rights that the exit gives (28.5.2): accessed, present, ring 0, 4 GiB. */
#define CODE64     (SEGMENT_G | SEGMENT_L | SEGMENT_P | SEGMENT_S | 11)
#define CODE32     (SEGMENT_G | SEGMENT_DB | SEGMENT_P | SEGMENT_S | 11)
#define DATA       (SEGMENT_G | SEGMENT_DB | SEGMENT_P | SEGMENT_S | 3)
#define BUSY_TSS   (SEGMENT_P | 11)
#define LIMIT_FLAT 0xffffffffu
#define LIMIT_TSS  0x67u
#define LIMIT_DT   0xffffu

/* CR0 bits that an exit leaves as they were: ET, NW, CD, and those not assigned (28.5.1). */
#define CR0_KEPT 0xffffffff7ffaffd0ull

/* Registers under L0's masks: the value L1 sees in the shadow, L0's own bits really on. */
static void load_cr(const struct vmcs12_cache *c, const struct vmx_caps *l1,
		    const struct vmcs01_controls *l0)
{
	const struct vmcs12 *v = &c->v;
	bool host64 = v->exit_controls & EXIT_HOST_64;
	uint64_t cr0 = (v->host_cr0 & ~CR0_KEPT) | (c->live_cr0 & CR0_KEPT);
	uint64_t cr4 = host64 ? v->host_cr4 | CR4_PAE : v->host_cr4 & ~CR4_PCIDE;

	vmcs_write(VMCS_GUEST_CR0, (cr0 & l0->cr0_may) | l0->cr0_on);
	vmcs_write(VMCS_CR0_SHADOW, cr0);
	vmcs_write(VMCS_GUEST_CR3, v->host_cr3 & ((1ull << l1->maxphyaddr) - 1));
	vmcs_write(VMCS_GUEST_CR4, cr4 | l0->cr4_on);
	vmcs_write(VMCS_CR4_SHADOW, cr4);
}

/* EFER where it is not loaded: L2's, with LMA and LME as the host's address-space size says. */
static uint64_t host_efer(const struct vmcs12_cache *c)
{
	uint64_t mode = EFER_LMA | EFER_LME;

	if (c->v.exit_controls & EXIT_LOAD_EFER)
		return c->v.host_efer;
	return c->v.exit_controls & EXIT_HOST_64 ? c->live_efer | mode : c->live_efer & ~mode;
}

static void load_msrs(const struct vmcs12_cache *c)
{
	const struct vmcs12 *v = &c->v;

	vmcs_write(VMCS_GUEST_EFER, host_efer(c));
	vmcs_write(VMCS_GUEST_PAT, v->exit_controls & EXIT_LOAD_PAT ? v->host_pat : c->live_pat);
	vmcs_write(VMCS_GUEST_DR7, DR7_RESET);
	vmcs_write(VMCS_GUEST_DEBUGCTL, 0);
	vmcs_write(VMCS_GUEST_SYSENTER_CS, v->host_sysenter_cs);
	vmcs_write(VMCS_GUEST_SYSENTER_ESP, v->host_sysenter_esp);
	vmcs_write(VMCS_GUEST_SYSENTER_EIP, v->host_sysenter_eip);
}

/* One segment register; a macro, because the four encodings must be constants of its name. */
#define LOAD_SEGMENT(NAME, selector, base, limit, access)                                          \
	do {                                                                                       \
		vmcs_write(VMCS_GUEST_##NAME##_SELECTOR, selector);                                \
		vmcs_write(VMCS_GUEST_##NAME##_BASE, base);                                        \
		vmcs_write(VMCS_GUEST_##NAME##_LIMIT, limit);                                      \
		vmcs_write(VMCS_GUEST_##NAME##_ACCESS, access);                                    \
	} while (0)

/* A data segment with a null selector is unusable. */
static uint32_t data_access(uint64_t selector)
{
	return selector ? DATA : DATA | SEGMENT_UNUSABLE;
}

static void load_segments(const struct vmcs12 *v)
{
	bool host64 = v->exit_controls & EXIT_HOST_64;

	LOAD_SEGMENT(CS, v->host_cs_selector, 0, LIMIT_FLAT, host64 ? CODE64 : CODE32);
	LOAD_SEGMENT(SS, v->host_ss_selector, 0, LIMIT_FLAT, data_access(v->host_ss_selector));
	LOAD_SEGMENT(DS, v->host_ds_selector, 0, LIMIT_FLAT, data_access(v->host_ds_selector));
	LOAD_SEGMENT(ES, v->host_es_selector, 0, LIMIT_FLAT, data_access(v->host_es_selector));
	LOAD_SEGMENT(FS, v->host_fs_selector, v->host_fs_base, LIMIT_FLAT,
		     data_access(v->host_fs_selector));
	LOAD_SEGMENT(GS, v->host_gs_selector, v->host_gs_base, LIMIT_FLAT,
		     data_access(v->host_gs_selector));
	LOAD_SEGMENT(TR, v->host_tr_selector, v->host_tr_base, LIMIT_TSS, BUSY_TSS);
	LOAD_SEGMENT(LDTR, 0, 0, 0, SEGMENT_UNUSABLE);
	vmcs_write(VMCS_GUEST_GDTR_BASE, v->host_gdtr_base);
	vmcs_write(VMCS_GUEST_GDTR_LIMIT, LIMIT_DT);
	vmcs_write(VMCS_GUEST_IDTR_BASE, v->host_idtr_base);
	vmcs_write(VMCS_GUEST_IDTR_LIMIT, LIMIT_DT);
}

void vmcs01_load_host(const struct vmcs12_cache *c, const struct vmx_caps *l1,
		      const struct vmcs01_controls *l0, uint32_t l0_entry01)
{
	const struct vmcs12 *v = &c->v;
	uint32_t ia32e = v->exit_controls & EXIT_HOST_64 ? ENTRY_IA32E : 0;

	vmcs_write(VMCS_ENTRY_CONTROLS, (l0_entry01 & ~ENTRY_IA32E) | ia32e);
	load_cr(c, l1, l0);
	load_msrs(c);
	load_segments(v);
	vmcs_write(VMCS_GUEST_RSP, v->host_rsp);
	vmcs_write(VMCS_GUEST_RIP, v->host_rip);
	vmcs_write(VMCS_GUEST_RFLAGS, RFLAGS_FIXED1);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
}

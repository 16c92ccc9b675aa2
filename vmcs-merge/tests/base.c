// SPDX-License-Identifier: Apache-2.0
#include "base.h"
#include "vmcs_access.h"

#include <string.h>

static struct mock_vmcs vmcs02;
struct mock_vmcs *mock = &vmcs02;

/* Allowed-1 settings high, allowed-0 low; the shape of a server processor of 2015. */
const struct vmx_caps base_hw = {
	.basic = 0x00da040000000004ull,
	.pin = 0x000000ff00000016ull,
	.proc = 0xfff9fffe04006172ull,
	.proc2 = 0x0257ffff00000000ull,
	.exit = 0x01ffffff00036dfbull,
	.entry = 0x0003ffff000011fbull,
	.misc = 0x700401e5ull,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0xf767ff,
	.vmcs_enum = 0x2e,
	.ept_vpid = 0xf0106734141ull,
	.debugctl = 0x1dc3,
	.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX,
	.maxphyaddr = 46,
	.linear_bits = 48,
};

#define TABLE_PAT 0x0007040600070406ull

static void make_controls(struct vmcs12 *v, const struct vmx_caps *l1)
{
	v->pin_controls = vmx_allowed0(l1->pin) | PIN_EXTERNAL_INTERRUPT | PIN_NMI |
			  PIN_VIRTUAL_NMI | PIN_PREEMPTION_TIMER;
	v->proc_controls = vmx_allowed0(l1->proc) | PROC_HLT | PROC_TPR_SHADOW | PROC_TSC_OFFSET |
			   PROC_MSR_BITMAPS | PROC_IO_BITMAPS | PROC_SECONDARY;
	v->proc2_controls = PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED | PROC2_RDTSCP |
			    PROC2_INVPCID | PROC2_XSAVES | PROC2_PAUSE_LOOP;
	v->exit_controls = vmx_allowed0(l1->exit) | EXIT_HOST_64 | EXIT_ACK_INTERRUPT |
			   EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER |
			   EXIT_SAVE_DEBUG | EXIT_SAVE_TIMER;
	v->entry_controls = vmx_allowed0(l1->entry) | ENTRY_IA32E | ENTRY_LOAD_PAT |
			    ENTRY_LOAD_EFER | ENTRY_LOAD_DEBUG;
	v->io_bitmap_a = 0x10000;
	v->io_bitmap_b = 0x11000;
	v->msr_bitmap = 0x12000;
	v->virtual_apic_address = 0x13000;
	v->ept_pointer = 0x1405e; /* WB, four levels, accessed and dirty flags */
	v->vpid = 1;
	v->exception_bitmap = 1u << 17;
	v->tsc_offset = 0x1000;
	v->exit_msr_store_address = 0x15000;
	v->exit_msr_store_count = 1;
	v->exit_msr_load_address = 0x15100;
	v->exit_msr_load_count = 1;
	v->entry_msr_load_address = 0x15200;
	v->entry_msr_load_count = 1;
	v->vmcs_link_pointer = VMCS12_LINK_NONE;
	v->cr0_mask = CR0_TS | CR0_NW | CR0_CD | CR0_PG;
	v->cr4_mask = CR4_VMXE | CR4_SMXE;
}

static void make_host(struct vmcs12 *v)
{
	v->host_cr0 = CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE;
	v->host_cr3 = 0x20000;
	v->host_cr4 = CR4_VMXE | CR4_PAE | CR4_PGE | CR4_PCIDE;
	v->host_cs_selector = 0x10;
	v->host_ss_selector = 0x18;
	v->host_tr_selector = 0x40;
	v->host_fs_base = 0x7f0000001000ull;
	v->host_gs_base = 0xffff888000001000ull;
	v->host_tr_base = 0xfffffe0000003000ull;
	v->host_gdtr_base = 0xfffffe0000001000ull;
	v->host_idtr_base = 0xfffffe0000000000ull;
	v->host_sysenter_cs = 0x10;
	v->host_sysenter_esp = 0xfffffe0000002000ull;
	v->host_sysenter_eip = 0xffffffff81000000ull;
	v->host_rsp = 0xffffc90000004000ull;
	v->host_rip = 0xffffffff81001000ull;
	v->host_pat = TABLE_PAT;
	v->host_efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
}

#define FLAT(v, name, chosen, rights)                                                              \
	do {                                                                                       \
		(v)->guest_##name##_selector = (chosen);                                           \
		(v)->guest_##name##_base = 0;                                                      \
		(v)->guest_##name##_limit = 0xffffffff;                                            \
		(v)->guest_##name##_access = (rights);                                             \
	} while (0)

static void make_segments(struct vmcs12 *v)
{
	FLAT(v, cs, 0x10, 0xa09b);
	FLAT(v, ss, 0x18, 0xc093);
	FLAT(v, ds, 0x18, 0xc093);
	FLAT(v, es, 0x18, 0xc093);
	FLAT(v, fs, 0, 0x1c093);
	FLAT(v, gs, 0x18, 0xc093);
	v->guest_ldtr_selector = 0x30;
	v->guest_ldtr_base = 0xffff800000002000ull;
	v->guest_ldtr_limit = 0x67;
	v->guest_ldtr_access = 0x82;
	v->guest_tr_selector = 0x40;
	v->guest_tr_base = 0xffff800000003000ull;
	v->guest_tr_limit = 0x67;
	v->guest_tr_access = 0x8b;
	v->guest_gdtr_base = 0xffff800000001000ull;
	v->guest_gdtr_limit = 0x7f;
	v->guest_idtr_base = 0xffff800000000000ull;
	v->guest_idtr_limit = 0xfff;
}

static void make_guest(struct vmcs12 *v)
{
	make_segments(v);
	v->guest_cr0 = CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE;
	v->guest_cr3 = 0x30000;
	v->guest_cr4 = CR4_VMXE | CR4_PAE | CR4_PGE;
	v->guest_dr7 = DR7_RESET;
	v->guest_pat = TABLE_PAT;
	v->guest_efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	v->guest_rip = 0xffffffff81002000ull;
	v->guest_rsp = 0xffffc90000008000ull;
	v->guest_rflags = RFLAGS_FIXED1 | RFLAGS_IF;
	v->guest_sysenter_esp = 0xffff800000004000ull;
	v->guest_sysenter_eip = 0xffff800000005000ull;
}

static void leave_long_mode(struct vmcs12 *v)
{
	v->entry_controls &= ~(uint64_t)ENTRY_IA32E;
	v->guest_efer = EFER_NX;
	v->guest_cs_access = 0xc09b;
	v->guest_rip = 0x401000;
}

static void make_restricted(struct vmcs12 *v)
{
	v->proc2_controls &= ~(uint64_t)PROC2_UNRESTRICTED;
}

static void make_pae(struct vmcs12 *v)
{
	leave_long_mode(v);
	v->guest_pdpte0 = 0x31001;
	v->guest_pdpte1 = 0x32001;
}

static void make_shadow(struct vmcs12 *v)
{
	make_pae(v);
	v->proc2_controls &= ~(uint64_t)(PROC2_UNRESTRICTED | PROC2_EPT);
}

static void make_real(struct vmcs12 *v)
{
	leave_long_mode(v);
	v->guest_efer = 0;
	v->guest_cr0 = CR0_NE | CR0_ET;
	v->guest_cr4 = CR4_VMXE;
	v->guest_cs_access = 0x93;
	v->guest_cs_limit = 0xffff;
	v->guest_rip = 0x7c00;
}

#define V86(v, name, chosen)                                                                       \
	do {                                                                                       \
		(v)->guest_##name##_selector = (chosen);                                           \
		(v)->guest_##name##_base = (chosen) << 4;                                          \
		(v)->guest_##name##_limit = 0xffff;                                                \
		(v)->guest_##name##_access = 0xf3;                                                 \
	} while (0)

static void make_v86(struct vmcs12 *v)
{
	leave_long_mode(v);
	v->guest_cr4 = CR4_VMXE;
	v->guest_rflags |= RFLAGS_VM;
	v->guest_rip = 0x7c00;
	V86(v, cs, 0x1000u);
	V86(v, ss, 0x2000u);
	V86(v, ds, 0x3000u);
	V86(v, es, 0x4000u);
	V86(v, fs, 0x5000u);
	V86(v, gs, 0xf000u);
}

static void make_host32(struct vmcs12 *v)
{
	make_pae(v);
	v->exit_controls &= ~(uint64_t)EXIT_HOST_64;
	v->host_efer = EFER_NX;
	v->host_cr4 = CR4_VMXE | CR4_PAE;
	v->host_rip = 0xc1000000;
	v->host_rsp = 0xc2000000;
}

static void make_apicv(struct vmcs12 *v)
{
	v->pin_controls |= PIN_POSTED_INTERRUPTS;
	v->proc2_controls |= PROC2_NEEDS_TPR_SHADOW;
	v->apic_access_address = 0x16000;
	v->posting_address = 0x17040;
	v->notification_vector = 0xf2;
	v->interrupt_status = 0x3051;
	v->eoi_exit0 = 1ull << 63;
	v->eoi_exit3 = 1;
}

static void make_apic_page(struct vmcs12 *v)
{
	make_apicv(v);
	v->proc2_controls ^= PROC2_X2APIC | PROC2_APIC_ACCESSES;
}

static void make_kind(struct vmcs12 *v, enum base_kind kind)
{
	static void (*const make[BASE_COUNT])(struct vmcs12 *) = {
		[BASE_RESTRICTED] = make_restricted,
		[BASE_PAE] = make_pae,
		[BASE_SHADOW] = make_shadow,
		[BASE_REAL] = make_real,
		[BASE_V86] = make_v86,
		[BASE_HOST32] = make_host32,
		[BASE_APICV] = make_apicv,
		[BASE_APIC_PAGE] = make_apic_page,
	};

	if (make[kind])
		make[kind](v);
}

void base_make(struct base *b, enum base_kind kind)
{
	memset(b, 0, sizeof(*b));
	vmx_caps_make(&b->l1, &base_hw);
	/* Not offered, but its checks are there. */
	b->l1.cr4_fixed1 |= CR4_CET;
	vmcs_index_make(&b->index, &b->l1);
	b->c.v.revision = VMCS12_REVISION;
	make_controls(&b->c.v, &b->l1);
	make_host(&b->c.v);
	make_guest(&b->c.v);
	make_kind(&b->c.v, kind);
	vmcs12_adopt(&b->c);
	b->in.l1_long_mode = kind != BASE_HOST32;
	b->in.vtpr = 0x20;
	b->l0 = (struct vmcs01_controls){
		.hw = &base_hw,
		.pin = PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_PREEMPTION_TIMER,
		.proc = PROC_TSC_OFFSET | PROC_MSR_BITMAPS | PROC_SECONDARY | PROC_INTERRUPT_WINDOW,
		.proc2 = PROC2_EPT | PROC2_VPID | PROC2_WBINVD | PROC2_RDTSCP,
		.exit = EXIT_HOST_64 | EXIT_SAVE_DEBUG | EXIT_SAVE_EFER | EXIT_LOAD_EFER,
		.entry = ENTRY_LOAD_DEBUG | ENTRY_LOAD_EFER | ENTRY_LOAD_PAT,
		.exception_bitmap = 1u << 18,
		.cr0_may = ~0ull,
		.cr4_mask = CR4_VMXE,
		.cr4_on = CR4_VMXE,
		.tsc_offset = 0x100000,
		.cr0 = CR0_PG | CR0_NE | CR0_ET | CR0_PE,
		.efer = EFER_SCE | EFER_LME | EFER_LMA,
		.pat = 0x0606060606060606ull,
		.dr7 = DR7_RESET | 1,
	};
}

uint32_t base_merge(struct base *b, uint32_t dirty)
{
	mock_forget();
	b->c.dirty = dirty;
	return vmcs02_merge(&b->c, &b->l0);
}

void base_merged(struct base *b, enum base_kind kind)
{
	base_make(b, kind);
	memset(mock, 0, sizeof(*mock));
	vmcs12_check(&b->c, &b->l1, &b->in);
	vmcs02_merge(&b->c, &b->l0);
	mock_forget();
}

uint64_t base_random(uint64_t *state)
{
	/* xorshift64* */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

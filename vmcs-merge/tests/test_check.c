// SPDX-License-Identifier: Apache-2.0
/* Every named check is the first to fail in a case of its own, by VMWRITEs on a VMCS12 that passed. */
#include "base.h"
#include "check_rules.h"
#include "suites.h"

#include <string.h>

/* A VMWRITE of (old & ~clear) | set. */
struct change {
	int row;
	uint64_t clear, set;
};

struct check_case {
	enum vmx_check expect;
	enum base_kind kind;
	struct change change[5];
	const char *input; /* what else differs, see apply_input() */
};

#define SET(name, bits)         { VMCS_ROW_##name, 0, bits }
#define CLEAR(name, bits)       { VMCS_ROW_##name, bits, 0 }
#define VALUE(name, bits)       { VMCS_ROW_##name, ~0ull, bits }
#define CASE(name, kind, ...)   { CHECK_##name, BASE_##kind, { __VA_ARGS__ }, "" }
#define WITH(name, kind, input, ...) { CHECK_##name, BASE_##kind, { __VA_ARGS__ }, input }

#define WIDE     (1ull << 46)
#define BENT     0x0000800000000000ull
#define EVENT(type, vector) (EVENT_VALID | (type) << EVENT_TYPE_SHIFT | (vector))

static const struct check_case cases[] = {
	CASE(PIN_RESERVED, LONG, SET(pin_controls, PIN_POSTED_INTERRUPTS)),
	CASE(PIN_RESERVED, LONG, CLEAR(pin_controls, 2)),
	CASE(PROC_RESERVED, LONG, SET(proc_controls, PROC_TERTIARY)),
	CASE(PROC2_RESERVED, LONG, SET(proc2_controls, PROC2_VMCS_SHADOWING)),
	CASE(PROC2_RESERVED, LONG, SET(proc2_controls, PROC2_APIC_ACCESSES)),
	CASE(CR3_TARGET_COUNT, LONG, VALUE(cr3_target_count, 5)),
	CASE(IO_BITMAP_A, LONG, SET(io_bitmap_a, 8)),
	CASE(IO_BITMAP_A, LONG, SET(io_bitmap_a, WIDE)),
	CASE(IO_BITMAP_B, LONG, SET(io_bitmap_b, 0x800)),
	CASE(MSR_BITMAP, LONG, SET(msr_bitmap, WIDE)),
	CASE(VIRTUAL_APIC, LONG, SET(virtual_apic_address, 1)),
	CASE(TPR_THRESHOLD, LONG, VALUE(tpr_threshold, 0x10)),
	CASE(TPR_THRESHOLD_VTPR, LONG, VALUE(tpr_threshold, 3)),
	WITH(TPR_THRESHOLD_VTPR, LONG, "vtpr", VALUE(tpr_threshold, 1)),
	CASE(VIRTUAL_NMI, LONG, CLEAR(pin_controls, PIN_NMI)),
	CASE(NMI_WINDOW, LONG, CLEAR(pin_controls, PIN_VIRTUAL_NMI),
	     SET(proc_controls, PROC_NMI_WINDOW)),
	CASE(VPID, LONG, VALUE(vpid, 0)),
	CASE(EPTP_TYPE, LONG, CLEAR(ept_pointer, 7)),
	CASE(EPTP_WALK, LONG, SET(ept_pointer, 7 << 3)),
	WITH(EPTP_AD, LONG, "no A/D", SET(ept_pointer, EPTP12_AD)),
	CASE(EPTP_RESERVED, LONG, SET(ept_pointer, 1 << 7)),
	CASE(EPTP_RESERVED, LONG, SET(ept_pointer, WIDE)),
	CASE(UNRESTRICTED, LONG, CLEAR(proc2_controls, PROC2_EPT)),
	CASE(EXIT_RESERVED, LONG, SET(exit_controls, 1u << 12)),
	CASE(EXIT_SAVE_TIMER, LONG, CLEAR(pin_controls, PIN_PREEMPTION_TIMER)),
	CASE(EXIT_STORE_LIST, LONG, SET(exit_msr_store_address, 8)),
	CASE(EXIT_LOAD_LIST, LONG, VALUE(exit_msr_load_address, WIDE - 16),
	     VALUE(exit_msr_load_count, 2)),
	CASE(ENTRY_RESERVED, LONG, SET(entry_controls, ENTRY_SMM)),
	CASE(EVENT_TYPE, LONG, VALUE(entry_interruption_info, EVENT(1, 0))),
	WITH(EVENT_TYPE, LONG, "no MTF", VALUE(entry_interruption_info, EVENT(7, 0))),
	CASE(EVENT_VECTOR, LONG, VALUE(entry_interruption_info, EVENT(2, 3))),
	CASE(EVENT_VECTOR, LONG, VALUE(entry_interruption_info, EVENT(3, 32))),
	CASE(EVENT_VECTOR, LONG, VALUE(entry_interruption_info, EVENT(7, 1))),
	CASE(EVENT_ERROR, LONG, VALUE(entry_interruption_info, EVENT(3, 14))),
	CASE(EVENT_ERROR, LONG, VALUE(entry_interruption_info, EVENT(3, 6) | EVENT_ERROR)),
	CASE(EVENT_ERROR, LONG, VALUE(entry_interruption_info, EVENT(0, 14) | EVENT_ERROR)),
	CASE(EVENT_ERROR, REAL, VALUE(entry_interruption_info, EVENT(3, 13) | EVENT_ERROR)),
	CASE(EVENT_RESERVED, LONG, VALUE(entry_interruption_info, EVENT(0, 32) | 1 << 20)),
	CASE(EVENT_ERROR_CODE, LONG, VALUE(entry_interruption_info, EVENT(3, 14) | EVENT_ERROR),
	     VALUE(entry_exception_error, 1 << 16)),
	CASE(EVENT_LENGTH, LONG, VALUE(entry_interruption_info, EVENT(4, 128)),
	     VALUE(entry_instruction_length, 16)),
	WITH(EVENT_LENGTH, LONG, "no zero length", VALUE(entry_interruption_info, EVENT(6, 3))),
	CASE(ENTRY_LOAD_LIST, LONG, SET(entry_msr_load_address, 1)),
	CASE(HOST_CR0, LONG, CLEAR(host_cr0, CR0_NE)),
	CASE(HOST_CR0, LONG, SET(host_cr0, 1ull << 32)),
	CASE(HOST_CR4, LONG, CLEAR(host_cr4, CR4_VMXE)),
	CASE(HOST_CR4_CET, LONG, SET(host_cr4, CR4_CET), CLEAR(host_cr0, CR0_WP)),
	CASE(HOST_CR3, LONG, SET(host_cr3, WIDE)),
	CASE(HOST_SYSENTER_ESP, LONG, VALUE(host_sysenter_esp, BENT)),
	CASE(HOST_SYSENTER_EIP, LONG, VALUE(host_sysenter_eip, BENT)),
	CASE(HOST_PAT, LONG, VALUE(host_pat, 0x0200)),
	CASE(HOST_PAT, LONG, VALUE(host_pat, 0x0800000000000000ull)),
	CASE(HOST_EFER, LONG, SET(host_efer, 2)),
	CASE(HOST_EFER_LMA, LONG, CLEAR(host_efer, EFER_LME)),
	CASE(HOST_SELECTOR, LONG, SET(host_gs_selector, 3)),
	CASE(HOST_SELECTOR, LONG, SET(host_tr_selector, 4)),
	CASE(HOST_CS, LONG, VALUE(host_cs_selector, 0)),
	CASE(HOST_TR, LONG, VALUE(host_tr_selector, 0)),
	CASE(HOST_SS, HOST32, VALUE(host_ss_selector, 0)),
	CASE(HOST_FS_BASE, LONG, VALUE(host_fs_base, BENT)),
	CASE(HOST_GS_BASE, LONG, VALUE(host_gs_base, BENT)),
	CASE(HOST_GDTR, LONG, VALUE(host_gdtr_base, BENT)),
	CASE(HOST_IDTR, LONG, VALUE(host_idtr_base, BENT)),
	CASE(HOST_TR_BASE, LONG, VALUE(host_tr_base, BENT)),
	WITH(HOST_NOT_LONG, LONG, "L1 not long"),
	WITH(HOST_NOT_LONG, PAE, "L1 not long"),
	WITH(HOST_LONG, HOST32, "L1 long"),
	CASE(HOST_32_PCIDE, HOST32, SET(host_cr4, CR4_PCIDE)),
	CASE(HOST_32_RIP, HOST32, SET(host_rip, 1ull << 32)),
	CASE(HOST_64_PAE, LONG, CLEAR(host_cr4, CR4_PAE)),
	CASE(HOST_64_RIP, LONG, VALUE(host_rip, BENT)),
	CASE(GUEST_CR0, LONG, CLEAR(guest_cr0, CR0_NE)),
	CASE(GUEST_CR0, RESTRICTED, CLEAR(guest_cr0, CR0_PG)),
	CASE(GUEST_CR0_PG, REAL, SET(guest_cr0, CR0_PG)),
	CASE(GUEST_CR4, LONG, SET(guest_cr4, 1ull << 40)),
	CASE(GUEST_CR4_CET, LONG, SET(guest_cr4, CR4_CET), CLEAR(guest_cr0, CR0_WP)),
	CASE(GUEST_DEBUGCTL, LONG, VALUE(guest_debugctl, 1 << 6)),
	CASE(GUEST_IA32E_PAGING, LONG, CLEAR(guest_cr4, CR4_PAE)),
	CASE(GUEST_IA32E_PAGING, REAL, SET(entry_controls, ENTRY_IA32E)),
	CASE(GUEST_PCIDE, PAE, SET(guest_cr4, CR4_PCIDE)),
	CASE(GUEST_CR3, LONG, SET(guest_cr3, 1ull << 63)),
	CASE(GUEST_DR7, LONG, SET(guest_dr7, 1ull << 32)),
	CASE(GUEST_SYSENTER_ESP, LONG, VALUE(guest_sysenter_esp, BENT)),
	CASE(GUEST_SYSENTER_EIP, LONG, VALUE(guest_sysenter_eip, BENT)),
	CASE(GUEST_PAT, LONG, VALUE(guest_pat, 3)),
	CASE(GUEST_EFER, LONG, SET(guest_efer, 1 << 1)),
	CASE(GUEST_EFER_LMA, LONG, CLEAR(guest_efer, EFER_LMA)),
	CASE(GUEST_EFER_LMA, PAE, SET(guest_efer, EFER_LME)),
	CASE(GUEST_TR_TI, LONG, SET(guest_tr_selector, 4)),
	CASE(GUEST_LDTR_TI, LONG, SET(guest_ldtr_selector, 4)),
	CASE(GUEST_SS_RPL, RESTRICTED, SET(guest_ss_selector, 3)),
	CASE(GUEST_V86_BASE, V86, SET(guest_ds_base, 1)),
	CASE(GUEST_TR_BASE, LONG, VALUE(guest_tr_base, BENT)),
	CASE(GUEST_FS_GS_BASE, LONG, VALUE(guest_fs_base, BENT)),
	CASE(GUEST_FS_GS_BASE, LONG, VALUE(guest_gs_base, BENT)),
	CASE(GUEST_LDTR_BASE, LONG, VALUE(guest_ldtr_base, BENT)),
	CASE(GUEST_CS_BASE, LONG, VALUE(guest_cs_base, 1ull << 32)),
	CASE(GUEST_DATA_BASE, LONG, VALUE(guest_es_base, 1ull << 32)),
	CASE(GUEST_V86_LIMIT, V86, VALUE(guest_fs_limit, 0xfffff)),
	CASE(GUEST_V86_ACCESS, V86, VALUE(guest_gs_access, 0x93)),
	CASE(GUEST_CS_TYPE, LONG, VALUE(guest_cs_access, 0xa09a)),
	CASE(GUEST_CS_TYPE, RESTRICTED, VALUE(guest_cs_access, 0xc093)),
	CASE(GUEST_SS_TYPE, LONG, VALUE(guest_ss_access, 0xc091)),
	CASE(GUEST_DATA_TYPE, LONG, VALUE(guest_ds_access, 0xc099)),
	CASE(GUEST_DATA_TYPE, LONG, VALUE(guest_gs_access, 0xc092)),
	CASE(GUEST_SEGMENT_S, LONG, VALUE(guest_ds_access, 0xc083)),
	CASE(GUEST_CS_DPL, LONG, VALUE(guest_cs_access, 0xa0fb)),
	CASE(GUEST_CS_DPL, LONG, VALUE(guest_cs_access, 0xa0ff)),
	CASE(GUEST_SS_DPL, RESTRICTED, VALUE(guest_cs_access, 0xa09f),
	     VALUE(guest_ss_access, 0xc0b3)),
	CASE(GUEST_SS_DPL, REAL, VALUE(guest_ss_access, 0xc0f3)),
	CASE(GUEST_DATA_DPL, RESTRICTED, SET(guest_ds_selector, 3)),
	CASE(GUEST_SEGMENT_P, LONG, VALUE(guest_es_access, 0xc013)),
	CASE(GUEST_SEGMENT_RESERVED, LONG, SET(guest_ds_access, 1 << 8)),
	CASE(GUEST_CS_DB, LONG, SET(guest_cs_access, SEGMENT_DB)),
	CASE(GUEST_SEGMENT_G, LONG, CLEAR(guest_ds_access, SEGMENT_G)),
	CASE(GUEST_SEGMENT_G, LONG, VALUE(guest_gs_limit, 0xffff0000)),
	CASE(GUEST_TR_TYPE, LONG, VALUE(guest_tr_access, 0x83)),
	CASE(GUEST_TR_ACCESS, LONG, SET(guest_tr_access, SEGMENT_UNUSABLE)),
	CASE(GUEST_TR_G, LONG, SET(guest_tr_access, SEGMENT_G)),
	CASE(GUEST_LDTR_ACCESS, LONG, VALUE(guest_ldtr_access, 0x83)),
	CASE(GUEST_LDTR_G, LONG, SET(guest_ldtr_access, SEGMENT_G)),
	CASE(GUEST_GDTR_BASE, LONG, VALUE(guest_gdtr_base, BENT)),
	CASE(GUEST_IDTR_BASE, LONG, VALUE(guest_idtr_base, BENT)),
	CASE(GUEST_GDTR_LIMIT, LONG, SET(guest_gdtr_limit, 1 << 16)),
	CASE(GUEST_IDTR_LIMIT, LONG, SET(guest_idtr_limit, 1u << 31)),
	CASE(GUEST_RIP_32, PAE, SET(guest_rip, 1ull << 32)),
	CASE(GUEST_RIP_32, LONG, VALUE(guest_cs_access, 0xc09b)),
	CASE(GUEST_RIP_64, LONG, VALUE(guest_rip, BENT)),
	CASE(GUEST_RFLAGS, LONG, CLEAR(guest_rflags, 2)),
	CASE(GUEST_RFLAGS, LONG, SET(guest_rflags, 1 << 15)),
	CASE(GUEST_RFLAGS_VM, V86, CLEAR(guest_cr0, CR0_PE | CR0_PG),
	     CLEAR(guest_ss_access, 0)),
	CASE(GUEST_RFLAGS_IF, LONG, VALUE(entry_interruption_info, EVENT(0, 32)),
	     CLEAR(guest_rflags, RFLAGS_IF)),
	CASE(ACTIVITY, LONG, VALUE(guest_activity, ACTIVITY_SHUTDOWN)),
	WITH(ACTIVITY, LONG, "no HLT", VALUE(guest_activity, ACTIVITY_HLT)),
	CASE(ACTIVITY_DPL, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     VALUE(guest_cs_access, 0xa0fb), VALUE(guest_ss_access, 0xc0f3)),
	CASE(ACTIVITY_BLOCKING, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     VALUE(guest_interruptibility, BLOCKING_MOV_SS)),
	CASE(ACTIVITY_EVENT, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     VALUE(entry_interruption_info, EVENT(3, 6))),
	CASE(BLOCKING_RESERVED, LONG, VALUE(guest_interruptibility, 1 << 5)),
	CASE(BLOCKING_BOTH, LONG, VALUE(guest_interruptibility, 3)),
	CASE(BLOCKING_STI_IF, LONG, VALUE(guest_interruptibility, BLOCKING_STI),
	     CLEAR(guest_rflags, RFLAGS_IF)),
	CASE(BLOCKING_EXTERNAL, LONG, VALUE(guest_interruptibility, BLOCKING_STI),
	     VALUE(entry_interruption_info, EVENT(0, 32))),
	CASE(BLOCKING_NMI_SS, LONG, VALUE(guest_interruptibility, BLOCKING_MOV_SS),
	     VALUE(entry_interruption_info, EVENT(2, 2))),
	CASE(BLOCKING_NMI_STI, LONG, VALUE(guest_interruptibility, BLOCKING_STI),
	     VALUE(entry_interruption_info, EVENT(2, 2))),
	CASE(BLOCKING_SMI, LONG, VALUE(guest_interruptibility, BLOCKING_SMI)),
	CASE(BLOCKING_VIRTUAL_NMI, LONG, VALUE(guest_interruptibility, BLOCKING_NMI),
	     VALUE(entry_interruption_info, EVENT(2, 2))),
	CASE(BLOCKING_ENCLAVE, LONG, VALUE(guest_interruptibility, ENCLAVE_INTERRUPTION)),
	CASE(PENDING_RESERVED, LONG, VALUE(guest_pending_debug, 1 << 4)),
	CASE(PENDING_BS_SET, LONG, VALUE(guest_interruptibility, BLOCKING_STI),
	     SET(guest_rflags, RFLAGS_TF)),
	CASE(PENDING_BS_CLEAR, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     VALUE(guest_pending_debug, PENDING_BS)),
	CASE(PENDING_BS_CLEAR, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     SET(guest_rflags, RFLAGS_TF), VALUE(guest_debugctl, DEBUGCTL_BTF),
	     VALUE(guest_pending_debug, PENDING_BS)),
	CASE(PENDING_RTM, LONG, VALUE(guest_pending_debug, PENDING_RTM)),
	CASE(LINK_POINTER, LONG, VALUE(vmcs_link_pointer, 0x123)),
	CASE(LINK_REVISION, LONG, VALUE(vmcs_link_pointer, 0x1000)),
	WITH(LINK_REVISION, LONG, "link is current", VALUE(vmcs_link_pointer, 0x1000)),
	CASE(PDPTE, PAE, SET(guest_pdpte1, 2)),
	WITH(PDPTE, SHADOW, "bad entries"),
	/* Near misses: what the architecture allows. */
	WITH(OK, LONG, "link is other", VALUE(vmcs_link_pointer, 0x1000)),
	CASE(OK, LONG, CLEAR(proc_controls, PROC_IO_BITMAPS), VALUE(io_bitmap_a, 1)),
	CASE(OK, LONG, VALUE(exit_msr_load_count, 0), VALUE(exit_msr_load_address, 1)),
	CASE(OK, REAL, CLEAR(proc_controls, PROC_TPR_SHADOW), VALUE(tpr_threshold, ~0u)),
	CASE(OK, LONG, VALUE(entry_interruption_info, EVENT(3, 14) | EVENT_ERROR)),
	CASE(OK, REAL, VALUE(entry_interruption_info, EVENT(3, 13))),
	CASE(OK, LONG, VALUE(entry_interruption_info, EVENT(7, 0))),
	CASE(OK, LONG, VALUE(entry_interruption_info, 0x7fffffff)),
	CASE(OK, LONG, VALUE(guest_activity, ACTIVITY_HLT),
	     VALUE(entry_interruption_info, EVENT(3, 1))),
	CASE(OK, LONG, CLEAR(entry_controls, ENTRY_LOAD_DEBUG), VALUE(guest_dr7, ~0ull)),
	CASE(OK, LONG, CLEAR(entry_controls, ENTRY_LOAD_PAT), VALUE(guest_pat, ~0ull)),
	CASE(OK, LONG, CLEAR(exit_controls, EXIT_LOAD_PAT), VALUE(host_pat, ~0ull)),
	CASE(OK, LONG, VALUE(guest_fs_access, SEGMENT_UNUSABLE), VALUE(guest_fs_limit, 7)),
	CASE(OK, PAE, SET(guest_cs_access, SEGMENT_L)),
	CASE(OK, PAE, SET(guest_pdpte3, ~1ull)),
	CASE(OK, RESTRICTED, VALUE(guest_cs_access, 0xa09f), VALUE(guest_cs_selector, 0x10)),
};

#define CASES (int)(sizeof(cases) / sizeof(cases[0]))

static struct base b;

static void apply_input(const char *what)
{
	if (!strcmp(what, "vtpr"))
		b.in.vtpr = 0x0f;
	else if (!strcmp(what, "no A/D"))
		b.l1.ept_vpid &= ~EPT_CAP_AD;
	else if (!strcmp(what, "no MTF"))
		b.l1.proc &= ~((uint64_t)PROC_MTF << 32);
	else if (!strcmp(what, "no zero length"))
		b.l1.misc &= ~MISC_ZERO_LENGTH;
	else if (!strcmp(what, "no HLT"))
		b.l1.misc &= ~MISC_HLT;
	else if (!strcmp(what, "L1 not long"))
		b.in.l1_long_mode = false;
	else if (!strcmp(what, "L1 long"))
		b.in.l1_long_mode = true;
	else if (!strcmp(what, "link is current"))
		b.in.link_is_current = true;
	if (!strncmp(what, "link is", 7))
		b.in.link_revision = VMCS12_REVISION;
	if (!strcmp(what, "bad entries"))
		b.in.pdpte[2] = 1ull << 50 | 1;
}

static void change(const struct change *m, int count)
{
	for (; count--; m++)
		if (m->clear || m->set)
			vmcs12_write(&b.c, m->row, false,
				     (b.c.v.cell[m->row] & ~m->clear) | m->set);
}

static void apply(const struct check_case *t)
{
	change(t->change, 5);
	apply_input(t->input);
}

static const char *name_of(enum vmx_check check)
{
	return vmx_checks[check].name;
}

START_TEST(base_passes)
{
	base_make(&b, (enum base_kind)_i);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), "OK");
}
END_TEST

/* Checked in full. */
START_TEST(case_full)
{
	base_make(&b, cases[_i].kind);
	apply(&cases[_i]);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), name_of(cases[_i].expect));
}
END_TEST

/* After an entry that succeeded: only what the VMWRITEs made dirty is looked at, and is enough. */
START_TEST(case_dirty)
{
	base_merged(&b, cases[_i].kind);
	apply(&cases[_i]);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), name_of(cases[_i].expect));
	/* A second attempt fails in the same way. */
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), name_of(cases[_i].expect));
}
END_TEST

/*
 * Values that do not matter when VMCS12 first passes, and do after a change elsewhere: what the mode
 * word and the wide conditions of the parts are for.
 */
static const struct latent_case {
	enum vmx_check expect;
	enum base_kind kind;
	struct change before[2], after[2];
} latents[] = {
#define LATENT(name, kind, ...) { CHECK_##name, BASE_##kind, __VA_ARGS__ }
	LATENT(GUEST_DR7, LONG,
	       { CLEAR(entry_controls, ENTRY_LOAD_DEBUG), VALUE(guest_dr7, ~0ull) },
	       { SET(entry_controls, ENTRY_LOAD_DEBUG) }),
	LATENT(GUEST_DEBUGCTL, LONG,
	       { CLEAR(entry_controls, ENTRY_LOAD_DEBUG), VALUE(guest_debugctl, ~0ull) },
	       { SET(entry_controls, ENTRY_LOAD_DEBUG) }),
	LATENT(GUEST_PAT, LONG,
	       { CLEAR(entry_controls, ENTRY_LOAD_PAT), VALUE(guest_pat, ~0ull) },
	       { SET(entry_controls, ENTRY_LOAD_PAT) }),
	LATENT(GUEST_EFER, LONG,
	       { CLEAR(entry_controls, ENTRY_LOAD_EFER), VALUE(guest_efer, ~0ull) },
	       { SET(entry_controls, ENTRY_LOAD_EFER) }),
	LATENT(GUEST_RIP_32, LONG, {},
	       { CLEAR(entry_controls, ENTRY_IA32E), VALUE(guest_efer, 0) }),
	LATENT(GUEST_SS_RPL, LONG, { SET(guest_ss_selector, 3) },
	       { CLEAR(proc2_controls, PROC2_UNRESTRICTED) }),
	LATENT(EVENT_ERROR, REAL, { VALUE(entry_interruption_info, EVENT(3, 13)) },
	       { SET(guest_cr0, CR0_PE) }),
	LATENT(EVENT_ERROR, REAL, { VALUE(entry_interruption_info, EVENT(3, 13)) },
	       { CLEAR(proc2_controls, PROC2_UNRESTRICTED) }),
	LATENT(VPID, LONG, { CLEAR(proc_controls, PROC_SECONDARY), VALUE(vpid, 0) },
	       { SET(proc_controls, PROC_SECONDARY) }),
	LATENT(IO_BITMAP_B, LONG, { CLEAR(proc_controls, PROC_IO_BITMAPS), VALUE(io_bitmap_b, 1) },
	       { SET(proc_controls, PROC_IO_BITMAPS) }),
	LATENT(HOST_PAT, LONG, { CLEAR(exit_controls, EXIT_LOAD_PAT), VALUE(host_pat, ~0ull) },
	       { SET(exit_controls, EXIT_LOAD_PAT) }),
	LATENT(GUEST_EFER_LMA, REAL, { SET(guest_efer, EFER_LME) },
	       { SET(guest_cr0, CR0_PE | CR0_PG) }),
	LATENT(GUEST_RFLAGS_IF, LONG, { CLEAR(guest_rflags, RFLAGS_IF) },
	       { VALUE(entry_interruption_info, EVENT(0, 32)) }),
	LATENT(BLOCKING_EXTERNAL, LONG, { VALUE(guest_interruptibility, BLOCKING_MOV_SS) },
	       { VALUE(entry_interruption_info, EVENT(0, 32)) }),
	LATENT(BLOCKING_STI_IF, LONG, { VALUE(guest_interruptibility, BLOCKING_STI) },
	       { CLEAR(guest_rflags, RFLAGS_IF) }),
	LATENT(PENDING_BS_SET, LONG,
	       { VALUE(guest_activity, ACTIVITY_HLT), CLEAR(guest_rflags, RFLAGS_IF) },
	       { SET(guest_rflags, RFLAGS_TF) }),
	LATENT(PENDING_BS_SET, LONG,
	       { VALUE(guest_activity, ACTIVITY_HLT), VALUE(guest_debugctl, DEBUGCTL_BTF) },
	       { SET(guest_rflags, RFLAGS_TF), VALUE(guest_debugctl, 0) }),
	LATENT(ACTIVITY_DPL, LONG, { VALUE(guest_activity, ACTIVITY_HLT) },
	       { VALUE(guest_cs_access, 0xa0fb), VALUE(guest_ss_access, 0xc0f3) }),
	LATENT(PDPTE, LONG, { VALUE(guest_pdpte0, ~0ull), CLEAR(entry_controls, ENTRY_LOAD_EFER) },
	       { CLEAR(entry_controls, ENTRY_IA32E), VALUE(guest_rip, 0) }),
};

START_TEST(latent)
{
	const struct latent_case *t = &latents[_i];

	base_make(&b, t->kind);
	change(t->before, 2);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), "OK");
	vmcs02_merge(&b.c, &b.l0);
	change(t->after, 2);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), name_of(t->expect));
}
END_TEST

START_TEST(every_check_has_a_case)
{
	for (int check = CHECK_OK; check < CHECK_COUNT; check++) {
		bool found = false;

		for (int i = 0; i < CASES; i++)
			found |= cases[i].expect == (enum vmx_check)check;
		ck_assert_msg(found, "no case for %s", vmx_checks[check].name);
	}
}
END_TEST

/* Each kind has the one architectural answer of its section. */
START_TEST(table_is_consistent)
{
	for (int check = 1; check < CHECK_COUNT; check++) {
		const struct vmx_check_row *r = &vmx_checks[check];
		bool entry = r->kind == KIND_CONTROLS || r->kind == KIND_HOST;

		ck_assert_int_eq(entry, r->vmfail != 0);
		ck_assert_int_eq(!strncmp(r->section, "27.2.1", 6), r->vmfail == 7);
		ck_assert_int_eq(!strncmp(r->section, "27.3", 4), r->vmfail == 0);
		ck_assert(r->text[0] && r->name[0]);
	}
	ck_assert_uint_eq(vmx_checks[CHECK_PDPTE].qualification, 2);
	ck_assert_uint_eq(vmx_checks[CHECK_BLOCKING_NMI_STI].qualification, 3);
	ck_assert_uint_eq(vmx_checks[CHECK_LINK_POINTER].qualification, 4);
}
END_TEST

/* A value likely to matter: few bits, or the old one with a bit turned. */
static uint64_t telling(uint64_t *seed, uint64_t old)
{
	uint64_t r = base_random(seed);

	switch (r % 5) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return base_random(seed);
	default:
		return old ^ 1ull << (r >> 8) % 64;
	}
}

/*
 * The dirty groups lose nothing: after any VMWRITEs on a VMCS12 that passed, the short check and the
 * full one agree.
 */
START_TEST(dirty_loses_nothing)
{
	uint64_t seed = 0x7e57 + (uint64_t)_i;

	for (int round = 0; round < 4000; round++) {
		enum vmx_check quick, full;
		struct vmcs12_cache all;

		base_merged(&b, (enum base_kind)(base_random(&seed) % BASE_COUNT));
		for (uint64_t n = base_random(&seed) % 3 + 1; n; n--) {
			int row = (int)(base_random(&seed) % VMCS_ROWS);

			if (!vmcs_row_read_only(row))
				vmcs12_write(&b.c, row, false, telling(&seed, b.c.v.cell[row]));
		}
		all = b.c;
		all.dirty = DIRTY_ALL;
		quick = vmcs12_check(&b.c, &b.l1, &b.in);
		full = vmcs12_check(&all, &b.l1, &b.in);
		ck_assert_str_eq(name_of(quick), name_of(full));
	}
}
END_TEST

/* Whatever the page holds, the checks end with an answer and the sanitizers stay silent. */
START_TEST(garbage)
{
	uint64_t seed = 0xbad + (uint64_t)_i;

	base_make(&b, BASE_LONG);
	for (int round = 0; round < 2000; round++) {
		for (int row = 0; row < VMCS_ROWS; row++)
			b.c.v.cell[row] = base_random(&seed);
		vmcs12_adopt(&b.c);
		ck_assert_int_lt(vmcs12_check(&b.c, &b.l1, &b.in), CHECK_COUNT);
		vmcs12_check_controls(&b.c, &b.l1, &b.in, DIRTY_ALL);
		vmcs12_check_host(&b.c, &b.l1, &b.in, DIRTY_ALL);
		vmcs12_check_guest(&b.c, &b.l1, &b.in, DIRTY_ALL);
		check_segments(&b.c.v, &b.l1);
	}
}
END_TEST

/* Stale cells are fetched before they are judged, and only then. */
START_TEST(needs_rare)
{
	base_merged(&b, BASE_LONG);
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	b.c.stale = DIRTY_RARE;
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	vmcs12_write(&b.c, VMCS_ROW_guest_rip, false, 0x1000);
	vmcs12_write(&b.c, VMCS_ROW_proc_controls, false,
		     b.c.v.proc_controls | PROC_INTERRUPT_WINDOW);
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	vmcs12_write(&b.c, VMCS_ROW_guest_rflags, false, b.c.v.guest_rflags | RFLAGS_VM);
	ck_assert(vmcs12_check_needs_rare(&b.c));
	b.c.stale = 0;
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	base_merged(&b, BASE_LONG);
	b.c.stale = DIRTY_RARE;
	vmcs12_write(&b.c, VMCS_ROW_guest_ss_access, false, 0xc0f3);
	ck_assert(vmcs12_check_needs_rare(&b.c));
	b.c.dirty = DIRTY_TABLES;
	ck_assert(vmcs12_check_needs_rare(&b.c));
}
END_TEST

/* What the checks ask for from L1's memory. */
START_TEST(wants)
{
	base_make(&b, BASE_SHADOW);
	ck_assert(vmcs12_wants_pdptes(&b.c.v));
	ck_assert(vmcs12_wants_vtpr(&b.c.v));
	ck_assert(!vmcs12_wants_link(&b.c.v));
	base_make(&b, BASE_PAE);
	ck_assert(!vmcs12_wants_pdptes(&b.c.v));
	b.c.v.vmcs_link_pointer = 0x1000;
	b.c.v.proc_controls &= ~(uint64_t)PROC_TPR_SHADOW;
	ck_assert(vmcs12_wants_link(&b.c.v));
	ck_assert(!vmcs12_wants_vtpr(&b.c.v));
}
END_TEST

TCase *check_cases(void)
{
	TCase *t = tcase_create("checks");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, base_passes, 0, BASE_COUNT);
	tcase_add_loop_test(t, case_full, 0, CASES);
	tcase_add_loop_test(t, case_dirty, 0, CASES);
	tcase_add_loop_test(t, latent, 0, (int)(sizeof(latents) / sizeof(latents[0])));
	tcase_add_test(t, every_check_has_a_case);
	tcase_add_test(t, table_is_consistent);
	tcase_add_loop_test(t, dirty_loses_nothing, 0, 4);
	tcase_add_loop_test(t, garbage, 0, 2);
	tcase_add_test(t, needs_rare);
	tcase_add_test(t, wants);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
/* SDM vol. 3, 27.2.2 to 27.2.4: checks on the host state. A failure is VMfailValid 8. */
#include "check_rules.h"

/* LMA and LME say together whether the host is a 64-bit one. */
static bool host_efer_mode_ok(uint64_t efer, bool host64)
{
	return (efer & (EFER_LMA | EFER_LME)) == (host64 ? EFER_LMA | EFER_LME : 0);
}

static enum vmx_check check_registers(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	bool host64 = v->exit_controls & EXIT_HOST_64;

	REQUIRE(fixed_bits_ok(v->host_cr0, l1->cr0_fixed0, l1->cr0_fixed1), HOST_CR0);
	REQUIRE(fixed_bits_ok(v->host_cr4, l1->cr4_fixed0, l1->cr4_fixed1), HOST_CR4);
	REQUIRE(implies(v->host_cr4 & CR4_CET, v->host_cr0 & CR0_WP), HOST_CR4_CET);
	REQUIRE(physical(v->host_cr3, l1), HOST_CR3);
	REQUIRE(canonical(v->host_sysenter_esp, l1), HOST_SYSENTER_ESP);
	REQUIRE(canonical(v->host_sysenter_eip, l1), HOST_SYSENTER_EIP);
	REQUIRE(implies(v->exit_controls & EXIT_LOAD_PAT, pat_ok(v->host_pat)), HOST_PAT);
	if (v->exit_controls & EXIT_LOAD_EFER) {
		REQUIRE(!(v->host_efer & ~l1->efer), HOST_EFER);
		REQUIRE(host_efer_mode_ok(v->host_efer, host64), HOST_EFER_LMA);
	}
	return CHECK_OK;
}

/* TI and RPL of all seven selectors at once. */
static bool host_selectors_ok(const struct vmcs12 *v)
{
	uint64_t all = v->host_es_selector | v->host_cs_selector | v->host_ss_selector |
		       v->host_ds_selector | v->host_fs_selector | v->host_gs_selector |
		       v->host_tr_selector;

	return !(all & 7);
}

static enum vmx_check check_host_segments(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	bool host64 = v->exit_controls & EXIT_HOST_64;

	REQUIRE(host_selectors_ok(v), HOST_SELECTOR);
	REQUIRE(v->host_cs_selector, HOST_CS);
	REQUIRE(v->host_tr_selector, HOST_TR);
	REQUIRE(host64 || v->host_ss_selector, HOST_SS);
	REQUIRE(canonical(v->host_fs_base, l1), HOST_FS_BASE);
	REQUIRE(canonical(v->host_gs_base, l1), HOST_GS_BASE);
	REQUIRE(canonical(v->host_gdtr_base, l1), HOST_GDTR);
	REQUIRE(canonical(v->host_idtr_base, l1), HOST_IDTR);
	REQUIRE(canonical(v->host_tr_base, l1), HOST_TR_BASE);
	return CHECK_OK;
}

/* 27.2.4, what follows from the size of the address space after the exit. */
static enum vmx_check check_size(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	if (v->exit_controls & EXIT_HOST_64) {
		REQUIRE(v->host_cr4 & CR4_PAE, HOST_64_PAE);
		REQUIRE(canonical(v->host_rip, l1), HOST_64_RIP);
		return CHECK_OK;
	}
	REQUIRE(!(v->host_cr4 & CR4_PCIDE), HOST_32_PCIDE);
	REQUIRE(!(v->host_rip >> 32), HOST_32_RIP);
	return CHECK_OK;
}

/* 27.2.4, what follows from the mode that L1 is in now; no dirty group tells when that changes. */
static enum vmx_check check_l1_mode(const struct vmcs12 *v, const struct vmx_check_input *in)
{
	bool host64 = v->exit_controls & EXIT_HOST_64;

	REQUIRE(in->l1_long_mode || (!host64 && !ia32e_guest(v)), HOST_NOT_LONG);
	REQUIRE(implies(in->l1_long_mode, host64), HOST_LONG);
	return CHECK_OK;
}

enum vmx_check vmcs12_check_host(const struct vmcs12_cache *c, const struct vmx_caps *l1,
				 const struct vmx_check_input *in, uint32_t dirty)
{
	const struct vmcs12 *v = &c->v;
	bool changed = dirty & (DIRTY_HOST | DIRTY_EXIT);

	if (changed) {
		REQUIRE_PART(check_registers(v, l1));
		REQUIRE_PART(check_host_segments(v, l1));
	}
	REQUIRE_PART(check_l1_mode(v, in));
	return changed ? check_size(v, l1) : CHECK_OK;
}

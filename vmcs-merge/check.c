// SPDX-License-Identifier: Apache-2.0
/* The table of checks, and the order of the three parts of VM entry. */
#include "check.h"
#include "check_rules.h"

/* VM-instruction error numbers (SDM 31.4) and entry-failure qualifications (27.8) of each kind. */
#define VMFAIL_CONTROLS        7
#define VMFAIL_HOST            8
#define VMFAIL_GUEST           0
#define VMFAIL_PDPTE           0
#define VMFAIL_NMI             0
#define VMFAIL_LINK            0
#define QUALIFICATION_CONTROLS 0
#define QUALIFICATION_HOST     0
#define QUALIFICATION_GUEST    0
#define QUALIFICATION_PDPTE    2
#define QUALIFICATION_NMI      3
#define QUALIFICATION_LINK     4

const struct vmx_check_row vmx_checks[CHECK_COUNT] = {
	[CHECK_OK] = {"OK", "", "", KIND_OK, 0, 0},
#define X(NAME, sort, where, what)                                                                 \
	[CHECK_##NAME] = {                                                                         \
		.name = #NAME,                                                                     \
		.section = where,                                                                  \
		.text = what,                                                                      \
		.kind = KIND_##sort,                                                               \
		.vmfail = VMFAIL_##sort,                                                           \
		.qualification = QUALIFICATION_##sort,                                             \
	},
#include "check.def"
#undef X
};

/*
 * What is looked at again when the mode differs from the one it was checked in: CR stands for CR3,
 * EFER and PAT too, CODE for all segments, since vmcs12_check_guest() takes them together.
 */
#define DIRTY_BY_MODE (DIRTY_CR | DIRTY_CODE | DIRTY_RIP | DIRTY_RFLAGS | DIRTY_DEBUG)

/*
 * The entry controls, and above them what else decides how segments, RIP and RFLAGS are judged.
 * Bits 31:24 of the entry controls are always 0 by their capability; garbage there fails earlier.
 */
uint32_t vmcs12_mode(const struct vmcs12 *v)
{
	uint64_t mode = (v->entry_controls & 0x00ffffff) | (v->guest_rflags & RFLAGS_VM) << 8 |
			(v->guest_cr0 & CR0_PE) << 26 | (v->guest_cr0 & CR0_PG) >> 4 | 1u << 28;

	return (uint32_t)mode | (uint32_t)unrestricted(v) << 24;
}

/* The groups that vmcs12_mode() looks at: while they are clean the mode is what it was. */
#define DIRTY_MODE (DIRTY_ENTRY | DIRTY_EXECUTION | DIRTY_RFLAGS | DIRTY_CR)

bool vmcs12_check_needs_rare(const struct vmcs12_cache *c)
{
	if (!c->stale || !(c->dirty & (c->stale | DIRTY_ACCESS | DIRTY_MODE)))
		return false;
	return (c->dirty & (c->stale | DIRTY_ACCESS)) || vmcs12_mode(&c->v) != c->mode;
}

enum vmx_check vmcs12_check(struct vmcs12_cache *c, const struct vmx_caps *l1,
			    const struct vmx_check_input *in)
{
	uint32_t mode = c->dirty & DIRTY_MODE ? vmcs12_mode(&c->v) : c->mode;

	/* Sticky until a merge, so that a failed entry does not hide that the mode changed. */
	if (mode != c->mode) {
		c->dirty |= DIRTY_BY_MODE;
		c->mode = mode;
	}
	REQUIRE_PART(vmcs12_check_controls(c, l1, in, c->dirty));
	REQUIRE_PART(vmcs12_check_host(c, l1, in, c->dirty));
	return vmcs12_check_guest(c, l1, in, c->dirty);
}

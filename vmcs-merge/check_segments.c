// SPDX-License-Identifier: Apache-2.0
/* SDM vol. 3, 27.3.1.2: checks on the guest's segment registers. */
#include "check_rules.h"

/* A segment register as the VMCS has it. */
struct segment {
	uint64_t selector, base, limit, access;
};

enum { ES, CS, SS, DS, FS, GS, LDTR, TR, SEGMENT_COUNT };

#define LOAD(v, name)                                                                              \
	{                                                                                          \
		(v)->guest_##name##_selector, (v)->guest_##name##_base, (v)->guest_##name##_limit, \
			(v)->guest_##name##_access                                                 \
	}

static inline bool usable(const struct segment *s)
{
	return !(s->access & SEGMENT_UNUSABLE);
}

static inline uint32_t type_of(const struct segment *s)
{
	return (uint32_t)s->access & SEGMENT_TYPE;
}

static inline uint32_t dpl_of(const struct segment *s)
{
	return (uint32_t)s->access >> SEGMENT_DPL_SHIFT & 3;
}

static inline uint32_t rpl_of(const struct segment *s)
{
	return (uint32_t)s->selector & 3;
}

/* The granularity bit is 0 if a low limit bit is 0, and 1 if a high one is 1. */
static bool granularity_ok(const struct segment *s)
{
	bool g = s->access & SEGMENT_G;

	return implies((s->limit & 0xfff) != 0xfff, !g) && implies(s->limit >> 20, g);
}

static enum vmx_check check_selectors(const struct vmcs12 *v, const struct segment *s)
{
	REQUIRE(!(s[TR].selector & 4), GUEST_TR_TI);
	REQUIRE(implies(usable(&s[LDTR]), !(s[LDTR].selector & 4)), GUEST_LDTR_TI);
	REQUIRE((v->guest_rflags & RFLAGS_VM) || unrestricted(v) ||
			rpl_of(&s[SS]) == rpl_of(&s[CS]),
		GUEST_SS_RPL);
	return CHECK_OK;
}

static bool low_base(const struct segment *s)
{
	return !usable(s) || !(s->base >> 32);
}

static enum vmx_check check_bases(const struct segment *s, const struct vmx_caps *l1)
{
	REQUIRE(canonical(s[TR].base, l1), GUEST_TR_BASE);
	REQUIRE(canonical(s[FS].base, l1) && canonical(s[GS].base, l1), GUEST_FS_GS_BASE);
	REQUIRE(implies(usable(&s[LDTR]), canonical(s[LDTR].base, l1)), GUEST_LDTR_BASE);
	REQUIRE(!(s[CS].base >> 32), GUEST_CS_BASE);
	REQUIRE(low_base(&s[SS]) && low_base(&s[DS]) && low_base(&s[ES]), GUEST_DATA_BASE);
	return CHECK_OK;
}

/* Virtual-8086 mode leaves no choice: ES, CS, SS, DS, FS and GS are what the mode makes them. */
static enum vmx_check check_v86(const struct segment *s, const struct vmx_caps *l1)
{
	for (int i = ES; i <= GS; i++)
		REQUIRE(s[i].base == s[i].selector << 4, GUEST_V86_BASE);
	REQUIRE_PART(check_bases(s, l1));
	for (int i = ES; i <= GS; i++)
		REQUIRE(s[i].limit == 0xffff, GUEST_V86_LIMIT);
	for (int i = ES; i <= GS; i++)
		REQUIRE(s[i].access == 0xf3, GUEST_V86_ACCESS);
	return CHECK_OK;
}

/* CS is accessed code; an unrestricted guest may also have what real mode has, type 3. */
static bool code_type_ok(uint32_t type, bool unrestricted_guest)
{
	return (type & (SEGMENT_CODE | SEGMENT_ACCESSED)) == (SEGMENT_CODE | SEGMENT_ACCESSED) ||
	       (unrestricted_guest && type == 3);
}

/* Accessed; and if it is code, readable. */
static bool data_type_ok(const struct segment *s)
{
	uint32_t type = type_of(s);

	return !usable(s) ||
	       ((type & SEGMENT_ACCESSED) && implies(type & SEGMENT_CODE, type & SEGMENT_WRITABLE));
}

static enum vmx_check check_types(const struct vmcs12 *v, const struct segment *s)
{
	uint32_t ss = type_of(&s[SS]);

	REQUIRE(code_type_ok(type_of(&s[CS]), unrestricted(v)), GUEST_CS_TYPE);
	REQUIRE(!usable(&s[SS]) || ss == 3 || ss == 7, GUEST_SS_TYPE);
	REQUIRE(data_type_ok(&s[DS]) && data_type_ok(&s[ES]) && data_type_ok(&s[FS]) &&
			data_type_ok(&s[GS]),
		GUEST_DATA_TYPE);
	return CHECK_OK;
}

/* Conforming code (13, 15) may be less privileged than its caller, other code is as SS says. */
static bool code_dpl_ok(const struct segment *cs, const struct segment *ss)
{
	switch (type_of(cs)) {
	case 3:
		return dpl_of(cs) == 0;
	case 9:
	case 11:
		return dpl_of(cs) == dpl_of(ss);
	default:
		return dpl_of(cs) <= dpl_of(ss);
	}
}

/* Data and non-conforming code (types 0 to 11): DPL at least RPL. */
static bool data_dpl_ok(const struct segment *s)
{
	return !usable(s) || type_of(s) > 11 || dpl_of(s) >= rpl_of(s);
}

static enum vmx_check check_dpls(const struct vmcs12 *v, const struct segment *s)
{
	bool real = type_of(&s[CS]) == 3 || !(v->guest_cr0 & CR0_PE);

	REQUIRE(code_dpl_ok(&s[CS], &s[SS]), GUEST_CS_DPL);
	REQUIRE(unrestricted(v) || dpl_of(&s[SS]) == rpl_of(&s[SS]), GUEST_SS_DPL);
	REQUIRE(implies(real, dpl_of(&s[SS]) == 0), GUEST_SS_DPL);
	REQUIRE(unrestricted(v) || (data_dpl_ok(&s[DS]) && data_dpl_ok(&s[ES]) &&
				    data_dpl_ok(&s[FS]) && data_dpl_ok(&s[GS])),
		GUEST_DATA_DPL);
	return CHECK_OK;
}

/* CS counts as usable whatever its bit 16 says. */
static bool counts(const struct segment *s, int i)
{
	return i == CS || usable(&s[i]);
}

static enum vmx_check check_access(const struct vmcs12 *v, const struct segment *s)
{
	bool both = (s[CS].access & SEGMENT_L) && (s[CS].access & SEGMENT_DB);

	REQUIRE_PART(check_types(v, s));
	for (int i = ES; i <= GS; i++)
		REQUIRE(implies(counts(s, i), s[i].access & SEGMENT_S), GUEST_SEGMENT_S);
	REQUIRE_PART(check_dpls(v, s));
	for (int i = ES; i <= GS; i++)
		REQUIRE(implies(counts(s, i), s[i].access & SEGMENT_P), GUEST_SEGMENT_P);
	for (int i = ES; i <= GS; i++)
		REQUIRE(implies(counts(s, i), !(s[i].access & SEGMENT_RESERVED)),
			GUEST_SEGMENT_RESERVED);
	REQUIRE(implies(ia32e_guest(v), !both), GUEST_CS_DB);
	for (int i = ES; i <= GS; i++)
		REQUIRE(implies(counts(s, i), granularity_ok(&s[i])), GUEST_SEGMENT_G);
	return CHECK_OK;
}

/* A system segment that is present and usable, without reserved bits. */
static bool system_access_ok(const struct segment *s)
{
	return (s->access & (SEGMENT_S | SEGMENT_P | SEGMENT_RESERVED | SEGMENT_UNUSABLE)) ==
	       SEGMENT_P;
}

static enum vmx_check check_system(const struct vmcs12 *v, const struct segment *s)
{
	uint32_t tr = type_of(&s[TR]);

	REQUIRE(tr == 11 || (tr == 3 && !ia32e_guest(v)), GUEST_TR_TYPE);
	REQUIRE(system_access_ok(&s[TR]), GUEST_TR_ACCESS);
	REQUIRE(granularity_ok(&s[TR]), GUEST_TR_G);
	if (!usable(&s[LDTR]))
		return CHECK_OK;
	REQUIRE(type_of(&s[LDTR]) == 2 && system_access_ok(&s[LDTR]), GUEST_LDTR_ACCESS);
	REQUIRE(granularity_ok(&s[LDTR]), GUEST_LDTR_G);
	return CHECK_OK;
}

enum vmx_check check_segments(const struct vmcs12 *v, const struct vmx_caps *l1)
{
	const struct segment s[SEGMENT_COUNT] = {
		LOAD(v, es), LOAD(v, cs), LOAD(v, ss),   LOAD(v, ds),
		LOAD(v, fs), LOAD(v, gs), LOAD(v, ldtr), LOAD(v, tr),
	};

	REQUIRE_PART(check_selectors(v, s));
	if (v->guest_rflags & RFLAGS_VM) {
		REQUIRE_PART(check_v86(s, l1));
	} else {
		REQUIRE_PART(check_bases(s, l1));
		REQUIRE_PART(check_access(v, s));
	}
	return check_system(v, s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the three check files share; not for users of the library. */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#include "check.h"
#include "vmx_bits.h"

/* Leaves the check function with this check's name unless the condition holds. */
#define REQUIRE(condition, NAME)                                                                   \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return CHECK_##NAME;                                                       \
	} while (0)

/* The same for a part: leaves with the part's first failing check. */
#define REQUIRE_PART(call)                                                                         \
	do {                                                                                       \
		enum vmx_check failed_ = (call);                                                   \
		if (failed_ != CHECK_OK)                                                           \
			return failed_;                                                            \
	} while (0)

static inline bool implies(bool premise, bool conclusion)
{
	return !premise || conclusion;
}

/* A control word against its capability: nothing that may not be 1, all that must be. */
static inline bool word_allowed(uint64_t word, uint64_t capability)
{
	uint32_t w = (uint32_t)word;

	return !(w & ~vmx_allowed1(capability)) && !(~w & vmx_allowed0(capability));
}

static inline bool fixed_bits_ok(uint64_t value, uint64_t fixed0, uint64_t fixed1)
{
	return !(value & ~fixed1) && !(~value & fixed0);
}

/* Within the processor's physical-address width. */
static inline bool physical(uint64_t address, const struct vmx_caps *caps)
{
	return address >> caps->maxphyaddr == 0;
}

static inline bool physical_page(uint64_t address, const struct vmx_caps *caps)
{
	return !(address & 0xfff) && physical(address, caps);
}

static inline bool canonical(uint64_t address, const struct vmx_caps *caps)
{
	uint32_t unused = 64 - caps->linear_bits;

	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

/*
 * Each byte of IA32_PAT is 0, 1, 4, 5, 6 or 7 (27.2.2): no bit above 2, and bit 1 only with bit 2.
 */
static inline bool pat_ok(uint64_t pat)
{
	uint64_t bit1 = pat & 0x0202020202020202ull;

	return !(pat & 0xf8f8f8f8f8f8f8f8ull) && !(bit1 << 1 & ~pat);
}

/* An MSR list counts only if it has entries: aligned, first and last byte addressable. */
static inline bool msr_list_ok(uint64_t address, uint64_t count, const struct vmx_caps *caps)
{
	if (!count)
		return true;
	return !(address & 15) && physical(address, caps) &&
	       physical(address + count * 16 - 1, caps);
}

static inline uint32_t event_type(uint64_t info)
{
	return ((uint32_t)info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;
}

/* An event is to be injected, and it is of this type. */
static inline bool injects(const struct vmcs12 *v, enum vmx_event_type type)
{
	return (v->entry_interruption_info & EVENT_VALID) &&
	       event_type(v->entry_interruption_info) == type;
}

static inline bool ia32e_guest(const struct vmcs12 *v)
{
	return v->entry_controls & ENTRY_IA32E;
}

static inline bool unrestricted(const struct vmcs12 *v)
{
	return vmcs12_proc2(v) & PROC2_UNRESTRICTED;
}

static inline bool pae_paging(const struct vmcs12 *v)
{
	return !ia32e_guest(v) && (v->guest_cr0 & CR0_PG) && (v->guest_cr4 & CR4_PAE);
}

/* Segments, 27.3.1.2; check_segments.c. */
enum vmx_check check_segments(const struct vmcs12 *v, const struct vmx_caps *l1);

#endif

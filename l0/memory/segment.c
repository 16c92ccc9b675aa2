// SPDX-License-Identifier: Apache-2.0
#include "memory/segment.h"

#include "hw/x86.h"
#include "vmcs12.h"
#include "vmcs_access.h"

static bool long_mode(void)
{
	return (vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_L) &&
	       (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);
}

/* A null selector loaded, or a type that does not allow it; real mode has no types. */
static bool type_allows(uint32_t rights, enum guest_access access)
{
	bool code = rights & SEGMENT_CODE, flag = rights & SEGMENT_WRITABLE;

	if (rights & SEGMENT_UNUSABLE)
		return false;
	if (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PE) || (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_VM))
		return true;
	return access == GUEST_WRITE ? !code && flag : !code || flag;
}

static bool segment_allows(unsigned segment, uint64_t offset, uint64_t size,
			   enum guest_access access)
{
	uint32_t rights = (uint32_t)vmcs_read(VMCS_GUEST_ES_ACCESS + 2 * segment);
	uint64_t limit = vmcs_read(VMCS_GUEST_ES_LIMIT + 2 * segment);

	if (!type_allows(rights, access))
		return false;
	if (!(rights & SEGMENT_CODE) && (rights & SEGMENT_EXPAND_DOWN))
		return offset > limit &&
		       offset + size - 1 <= (rights & SEGMENT_DB ? 0xffffffff : 0xffff);
	return offset + size - 1 <= limit;
}

static bool refused(unsigned segment, struct guest_answer *why)
{
	*why = (struct guest_answer){
		.verdict = GUEST_FAULT,
		.vector = segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP,
	};
	return false;
}

/* 64-bit mode: FS and GS alone have a base, and none a limit. */
static bool linear64(unsigned segment, uint64_t offset, uint64_t size, uint64_t *linear)
{
	*linear = offset;
	if (segment >= SEGMENT_FS)
		*linear += vmcs_read(VMCS_GUEST_ES_BASE + 2 * segment);
	return x86_canonical(*linear) && x86_canonical(*linear + size - 1);
}

bool guest_linear(unsigned segment, uint64_t offset, uint64_t size, enum guest_access access,
		  uint64_t *linear, struct guest_answer *why)
{
	if (long_mode())
		return linear64(segment, offset, size, linear) || refused(segment, why);
	*linear = (uint32_t)(offset + vmcs_read(VMCS_GUEST_ES_BASE + 2 * segment));
	return segment_allows(segment, offset, size, access) || refused(segment, why);
}

unsigned guest_code_within_limit(uint64_t rip, unsigned size)
{
	uint64_t limit;

	if (long_mode())
		return x86_canonical(rip) ? size : 0;
	limit = vmcs_read(VMCS_GUEST_CS_LIMIT);
	if (rip > limit)
		return 0;
	return limit - rip < size - 1 ? (unsigned)(limit - rip + 1) : size;
}

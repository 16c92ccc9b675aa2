// SPDX-License-Identifier: Apache-2.0
#include "handlers/mtrr.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"

#define MTRR_CAP         0x508ull /* 8 variable ranges, fixed ranges, write-combining */
#define MTRR_DEF_ALLOWED 0xcffull

static uint64_t *mtrr_fixed(struct vcpu *v, uint32_t msr)
{
	if (msr == MSR_MTRR_FIX_64K)
		return &v->mtrr_fixed[0];
	if (msr == MSR_MTRR_FIX_16K || msr == MSR_MTRR_FIX_16K + 1)
		return &v->mtrr_fixed[1 + msr - MSR_MTRR_FIX_16K];
	if (msr >= MSR_MTRR_FIX_4K && msr < MSR_MTRR_FIX_4K + 8)
		return &v->mtrr_fixed[3 + msr - MSR_MTRR_FIX_4K];
	return NULL;
}

bool mtrr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	const uint64_t *fixed = mtrr_fixed(v, msr);

	if (msr == MSR_MTRRCAP)
		*value = MTRR_CAP;
	else if (msr == MSR_MTRR_DEF_TYPE)
		*value = v->mtrr_def_type;
	else if (msr - MSR_MTRR_PHYS < MTRR_VARIABLE)
		*value = v->mtrr_phys[msr - MSR_MTRR_PHYS];
	else if (fixed)
		*value = *fixed;
	else
		return false;
	return true;
}

/* Memory types: 0, 1, 4, 5, 6 (SDM vol. 3, table 12-8). */
static bool types_ok(uint64_t types, unsigned count)
{
	for (; count; count--, types >>= 8)
		if ((types & 0xff) > 6 || (types & 0xfe) == 2)
			return false;
	return true;
}

static bool mtrr_allowed(const struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t beyond = ~((1ull << v->vm->features.maxphyaddr) - 1);

	if (msr == MSR_MTRR_DEF_TYPE)
		return !(value & ~MTRR_DEF_ALLOWED) && types_ok(value, 1);
	if (msr - MSR_MTRR_PHYS >= MTRR_VARIABLE)
		return types_ok(value, 8);
	if (msr & 1) /* a mask: bit 11 is valid */
		return !(value & (beyond | 0x7ff));
	return !(value & (beyond | 0xf00)) && types_ok(value, 1);
}

/* EPT01 maps RAM write-back whatever these say (as KVM does): they are kept for L1 to read. */
bool mtrr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t *fixed = mtrr_fixed(v, msr);

	if (!mtrr_allowed(v, msr, value))
		return false;
	if (msr == MSR_MTRR_DEF_TYPE)
		v->mtrr_def_type = value;
	else if (msr - MSR_MTRR_PHYS < MTRR_VARIABLE)
		v->mtrr_phys[msr - MSR_MTRR_PHYS] = value;
	else if (fixed)
		*fixed = value;
	else
		return false;
	return true;
}

void mtrr_init(struct vcpu *v)
{
	uint64_t width = (1ull << v->vm->features.maxphyaddr) - 1;

	v->mtrr_def_type = 0xc06;
	for (unsigned i = 0; i < sizeof(v->mtrr_fixed) / sizeof(v->mtrr_fixed[0]); i++)
		v->mtrr_fixed[i] = 0x0606060606060606ull;
	v->mtrr_phys[0] = RAM_HOLE_START;
	v->mtrr_phys[1] = (~(RAM_HOLE_END - RAM_HOLE_START - 1) & width) | 0x800;
}

// SPDX-License-Identifier: Apache-2.0
/* The MSR-load and MSR-store areas of VMCS12 (SDM 25.7.2, 25.8.2, 27.4, 28.4, 28.6). */
#include "handlers/msr.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"

/* IA32_VMX_MISC[27:25] = 0 recommends no more; beyond that the manual lets anything happen. */
#define LIST_MAX 512

struct msr_entry {
	uint32_t index, reserved;
	uint64_t value;
};

/* MSRs that no list may name (SDM 27.4, 28.4). */
static bool never_listed(uint32_t msr)
{
	return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST;
}

/* Those that a list may store and none may load: fields of the VMCS load the bases (SDM 27.4). */
static bool never_loaded(uint32_t msr)
{
	return msr == MSR_FS_BASE || msr == MSR_GS_BASE || msr == MSR_BIOS_SIGN ||
	       never_listed(msr);
}

/* Entry @i of a list in L1's memory; NULL where there is none. L1 may race: copied before use. */
static struct msr_entry *entry_at(const struct vcpu *v, uint64_t list, uint32_t i)
{
	return ram_ptr(&v->vm->ram, list + (uint64_t)i * sizeof(struct msr_entry),
		       sizeof(struct msr_entry));
}

uint32_t nested_load_msrs(struct vcpu *v, uint64_t list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const volatile struct msr_entry *p = i < LIST_MAX ? entry_at(v, list, i) : NULL;
		uint32_t index = p ? p->index : 0;

		if (!p || p->reserved || never_loaded(index) || !msr_write(v, index, p->value))
			return i + 1;
	}
	return 0;
}

uint32_t nested_store_msrs(struct vcpu *v, uint64_t list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		volatile struct msr_entry *p = i < LIST_MAX ? entry_at(v, list, i) : NULL;
		uint32_t index = p ? p->index : 0;
		uint64_t value;

		if (!p || p->reserved || never_listed(index) || !msr_read(v, index, &value))
			return i + 1;
		p->value = value;
	}
	return 0;
}

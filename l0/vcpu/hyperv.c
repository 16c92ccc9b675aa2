// SPDX-License-Identifier: Apache-2.0
#include "vcpu/hyperv.h"
#include "vcpu/vcpu.h"
#include "lib/string.h"
#include "vcpu/vm.h"

#define BIT(n) (1u << (n))

/* The leaves' numbers are 40000000H and these (TLFS, "Feature and interface discovery"). */
enum hyperv_leaf {
	LEAF_VENDOR = 0,
	LEAF_INTERFACE = 1,
	LEAF_PRIVILEGES = 3,
	LEAF_RECOMMENDATIONS = 4,
	LEAF_LIMITS = 5,
	LEAF_NESTED = 10,
};

#define INTERFACE_HV1                 0x31237648 /* "Hv#1" */
#define PRIVILEGE_HYPERCALL_MSRS      BIT(5)     /* guest OS identity and hypercall page */
#define PRIVILEGE_VP_INDEX            BIT(6)
#define PRIVILEGE_TSC_INVARIANT       BIT(15) /* without it Linux calls the TSC unstable */
#define RECOMMEND_NO_AUTO_EOI         BIT(9)
#define RECOMMEND_ENLIGHTENED_VMCS    BIT(14)
#define NESTED_ENLIGHTENED_VMCS_V1    0x101u /* highest and lowest version */
#define NESTED_ENLIGHTENED_MSR_BITMAP BIT(19)

enum hyperv_msr {
	HV_GUEST_OS_ID = 0x40000000,
	HV_HYPERCALL = 0x40000001,
	HV_VP_INDEX = 0x40000002,
	HV_VP_ASSIST_PAGE = 0x40000073,
	HV_TSC_INVARIANT = 0x40000118,
};

#define PAGE_ENABLE  1ull /* in the registers that name a page */
#define PAGE_ADDRESS (~0xfffull)

void hyperv_cpuid(struct cpuid leaves[HYPERV_CPUID_LEAVES], unsigned vcpus)
{
	leaves[LEAF_VENDOR].eax = 0x40000000 + HYPERV_CPUID_LEAVES - 1;
	memcpy(&leaves[LEAF_VENDOR].ebx, "Microsoft Hv", 12);
	leaves[LEAF_INTERFACE].eax = INTERFACE_HV1;
	leaves[LEAF_PRIVILEGES].eax =
		PRIVILEGE_HYPERCALL_MSRS | PRIVILEGE_VP_INDEX | PRIVILEGE_TSC_INVARIANT;
	leaves[LEAF_RECOMMENDATIONS].eax = RECOMMEND_NO_AUTO_EOI | RECOMMEND_ENLIGHTENED_VMCS;
	leaves[LEAF_RECOMMENDATIONS].ebx = ~0u; /* never tell us of a long spin */
	leaves[LEAF_LIMITS].eax = leaves[LEAF_LIMITS].ebx = vcpus;
	leaves[LEAF_NESTED].eax = NESTED_ENLIGHTENED_VMCS_V1 | NESTED_ENLIGHTENED_MSR_BITMAP;
}

/* A page that a register names: in L1's RAM, or NULL. */
static void *page_of(const struct vcpu *v, uint64_t value)
{
	return ram_ptr(&v->vm->ram, value & PAGE_ADDRESS, 4096);
}

/* The page gets L0's code: a guest calls it, and does not know how a hypercall is made. */
static bool write_hypercall(struct vcpu *v, uint64_t value)
{
	static const uint8_t code[] = {0x0f, 0x01, 0xc1, 0xc3}; /* VMCALL; RET */
	void *page = page_of(v, value);

	/* Without an identity there is no hypercall page (TLFS 3.13). */
	if (!v->hyperv.guest_os_id)
		value &= ~PAGE_ENABLE;
	if (value & PAGE_ENABLE) {
		if (!page)
			return false;
		memcpy(page, code, sizeof(code));
	}
	v->hyperv.hypercall = value;
	return true;
}

static bool write_vp_assist(struct vcpu *v, uint64_t value)
{
	void *page = page_of(v, value);

	if ((value & PAGE_ENABLE) && !page)
		return false;
	v->hyperv.vp_assist = value;
	v->hyperv.assist = value & PAGE_ENABLE ? page : NULL;
	return true;
}

bool hyperv_msr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	const struct hyperv *hv = &v->hyperv;

	if (!hv->offered)
		return false;
	switch ((enum hyperv_msr)msr) {
	case HV_GUEST_OS_ID:
		*value = hv->guest_os_id;
		return true;
	case HV_HYPERCALL:
		*value = hv->hypercall;
		return true;
	case HV_VP_INDEX:
		*value = v->id;
		return true;
	case HV_VP_ASSIST_PAGE:
		*value = hv->vp_assist;
		return true;
	case HV_TSC_INVARIANT:
		*value = hv->tsc_invariant;
		return true;
	}
	return false;
}

bool hyperv_msr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
	if (!v->hyperv.offered)
		return false;
	switch ((enum hyperv_msr)msr) {
	case HV_GUEST_OS_ID:
		v->hyperv.guest_os_id = value;
		return value || write_hypercall(v, v->hyperv.hypercall & ~PAGE_ENABLE);
	case HV_HYPERCALL:
		return write_hypercall(v, value);
	case HV_VP_ASSIST_PAGE:
		return write_vp_assist(v, value);
	case HV_TSC_INVARIANT: /* CPUID tells an invariant TSC whatever this says */
		v->hyperv.tsc_invariant = value & 1;
		return !(value & ~1ull);
	case HV_VP_INDEX:
		break;
	}
	return false;
}

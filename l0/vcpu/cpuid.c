// SPDX-License-Identifier: Apache-2.0
#include "vcpu/cpuid.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define BIT(n) (1u << (n))

#define LINEAR_BITS 48u /* of a canonical address; what features.c has for VMX's checks */

#define LEAF1_ECX_VMX        BIT(5)
#define LEAF1_ECX_PCID       BIT(17)
#define LEAF1_ECX_X2APIC     BIT(21)
#define LEAF1_ECX_DEADLINE   BIT(24)
#define LEAF1_ECX_XSAVE      BIT(26)
#define LEAF1_ECX_OSXSAVE    BIT(27)
#define LEAF1_ECX_HYPERVISOR BIT(31)
#define LEAF1_EDX_APIC       BIT(9)
#define LEAF7_EBX_INVPCID    BIT(10)
#define LEAF7_EDX_SPEC_CTRL  (BIT(26) | BIT(27) | BIT(31))
#define LEAFD1_EAX_XSAVES    BIT(3)
#define XSAVE_LEGACY_BYTES   576u
#define EXT1_EDX_RDTSCP      BIT(27)
#define EXT7_EDX_INVARIANT   BIT(8)

/* XCR0: x87, SSE, AVX. L0 owns none of this state, so what is listed here needs no saving. */
#define XCR0_ALLOWED 0x7ull

/*
 * The positive list: bits of the processor's answer that reach L1, one row per leaf. What is not
 * here reads 0; what L0 decides by itself is set below.
 */
static const struct rule {
	uint32_t leaf, subleaf, eax, ebx, ecx, edx;
} rules[] = {
	{0x0, 0, 0, ~0u, ~0u, ~0u},
	/* SSE3 PCLMUL VMX SSSE3 FMA CX16 PCID SSE4 x2APIC MOVBE POPCNT deadline AES XSAVE AVX F16C
	 * RDRAND; FPU to SSE2 and self-snoop without PSN, DS, ACPI, HTT, TM, PBE */
	{0x1, 0, ~0u, 0xffff, 0x77fa3223, 0x0f8bfbff},
	{0x2, 0, ~0u, ~0u, ~0u, ~0u},
	{0x4, 0, 0x3ff, ~0u, ~0u, ~0u},
	{0x4, 1, 0x3ff, ~0u, ~0u, ~0u},
	{0x4, 2, 0x3ff, ~0u, ~0u, ~0u},
	{0x4, 3, 0x3ff, ~0u, ~0u, ~0u},
	{0x6, 0, BIT(2), 0, 0, 0}, /* the APIC timer never stops */
	/* FSGSBASE BMI1 AVX2 SMEP BMI2 ERMS INVPCID RDSEED ADX SMAP CLFLUSHOPT CLWB SHA; UMIP
	 * RDPID; FSRM MD_CLEAR SPEC_CTRL STIBP SSBD */
	{0x7, 0, 0, 0x219c07a9, BIT(2) | BIT(22), 0x8c000410},
	{0xd, 0, XCR0_ALLOWED, ~0u, ~0u, 0},
	{0xd, 1, 0xf, ~0u, 0, 0},
	{0xd, 2, ~0u, ~0u, ~0u, ~0u},
	{0x80000001, 0, ~0u, 0, BIT(0) | BIT(5) | BIT(8), 0x2c100800},
	{0x80000002, 0, ~0u, ~0u, ~0u, ~0u},
	{0x80000003, 0, ~0u, ~0u, ~0u, ~0u},
	{0x80000004, 0, ~0u, ~0u, ~0u, ~0u},
	{0x80000006, 0, ~0u, ~0u, ~0u, ~0u},
	{0x80000008, 0, 0xffff, 0, 0, 0},
};

static void add_subleaf(struct cpuid_table *t, uint32_t leaf, uint32_t subleaf, struct cpuid value)
{
	if (t->subs == CPUID_SUBLEAVES)
		return;
	t->sub[t->subs].leaf = leaf;
	t->sub[t->subs].subleaf = subleaf;
	t->sub[t->subs++].value = value;
	t->dynamic |= BIT(leaf);
}

static void apply_rules(struct cpuid_table *t)
{
	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];
		struct cpuid c = cpuid(r->leaf, r->subleaf);

		c.eax &= r->eax;
		c.ebx &= r->ebx;
		c.ecx &= r->ecx;
		c.edx &= r->edx;
		if (r->leaf == 4 || r->leaf == 7 || r->leaf == 0xd)
			add_subleaf(t, r->leaf, r->subleaf, c);
		else if (r->leaf < CPUID_BASIC)
			t->basic[r->leaf] = c;
		else
			t->extended[r->leaf & 0xff] = c;
	}
}

static const struct cpuid *find_subleaf(const struct cpuid_table *t, uint32_t leaf,
					uint32_t subleaf)
{
	for (unsigned i = 0; i < t->subs; i++)
		if (t->sub[i].leaf == leaf && t->sub[i].subleaf == subleaf)
			return &t->sub[i].value;
	return NULL;
}

/* ECX of leaf DH: room for all that XCR0 may turn on, which is less than the processor has. */
static void set_xsave_size(struct cpuid_table *t)
{
	struct cpuid *all = (struct cpuid *)(uintptr_t)find_subleaf(t, 0xd, 0);
	const struct cpuid *avx = find_subleaf(t, 0xd, 2);

	all->ecx = all->eax & BIT(2) ? avx->ebx + avx->eax : XSAVE_LEGACY_BYTES;
}

/* What depends on features of VMX itself, or on a knob. */
static void apply_features(struct vm *vm)
{
	struct cpuid_table *t = &vm->cpuid;
	/* The table is ours to write here; everybody else only looks things up. */
	struct cpuid *leaf7 = (struct cpuid *)(uintptr_t)find_subleaf(t, 7, 0);
	struct cpuid *xsave1 = (struct cpuid *)(uintptr_t)find_subleaf(t, 0xd, 1);

	t->basic[1].ecx |= LEAF1_ECX_HYPERVISOR;
	if (knob_is(vm->knobs.vmx, "off"))
		t->basic[1].ecx &= ~LEAF1_ECX_VMX;
	if (knob_is(vm->knobs.apic, "xapic"))
		t->basic[1].ecx &= ~LEAF1_ECX_X2APIC;
	else
		t->basic[1].ecx |=
			LEAF1_ECX_X2APIC; /* the platform makes it, whatever the processor has */
	t->basic[1].ecx |= LEAF1_ECX_DEADLINE;
	/* Shadow tables are of one address space: no PCID. */
	if (knob_is(vm->knobs.mmu, "shadow-on-shadow")) {
		t->basic[1].ecx &= ~LEAF1_ECX_PCID;
		leaf7->ebx &= ~LEAF7_EBX_INVPCID;
	}
	if (!vm->features.invpcid)
		leaf7->ebx &= ~LEAF7_EBX_INVPCID;
	if (!vm->features.xsaves)
		xsave1->eax &= ~LEAFD1_EAX_XSAVES;
	if (!vm->features.rdtscp) {
		t->extended[1].edx &= ~EXT1_EDX_RDTSCP;
		leaf7->ecx &= ~BIT(22); /* RDPID hangs on the same control */
	}
	/* CR4.LA57 is not offered, so addresses have no more bits than without it. */
	t->extended[8].eax = (t->extended[8].eax & 0xff) | LINEAR_BITS << 8;
	if (!vm->features.spec_ctrl) /* the other bits of the same MSR */
		leaf7->edx &= ~LEAF7_EDX_SPEC_CTRL;
	set_xsave_size(t);
	t->extended[7].edx = EXT7_EDX_INVARIANT;
}

void cpuid_init(struct vm *vm)
{
	struct cpuid_table *t = &vm->cpuid;
	uint32_t tsc_khz = (uint32_t)vm->knobs.tsc_khz;

	apply_rules(t);
	apply_features(vm);
	t->dynamic |= BIT(1);
	t->basic[0].eax = CPUID_BASIC - 1;
	t->basic[1].ebx = (t->basic[1].ebx & 0xff00) | vm->vcpus << 16;
	add_subleaf(t, 0xb, 0, (struct cpuid){0, 1, 0x100, 0});
	add_subleaf(t, 0xb, 1, (struct cpuid){3, vm->vcpus, 0x201, 0});
	t->basic[0x15] = (struct cpuid){1, CRYSTAL_RATIO, tsc_khz * (1000u / CRYSTAL_RATIO), 0};
	t->basic[0x16] = (struct cpuid){tsc_khz / 1000, tsc_khz / 1000, 100, 0};
	t->extended[0].eax = 0x80000000 + CPUID_EXTENDED - 1;
	/*
	 * Linux turns x2APIC on without interrupt remapping only when it recognises the hypervisor,
	 * and KVM's signature, with no feature bit set, gives it that and nothing else.
	 */
	if (knob_is(vm->knobs.vmcs, "evmcs")) {
		hyperv_cpuid(t->hypervisor, vm->vcpus);
	} else if (knob_is(vm->knobs.apic, "x2apic") && knob_is(vm->knobs.viommu, "off")) {
		t->hypervisor[0].eax = 0x40000001;
		memcpy(&t->hypervisor[0].ebx, "KVMKVMKVM\0\0", 12);
	}
}

static void with_subleaf(const struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid *out)
{
	const struct cpuid *c = find_subleaf(&v->vm->cpuid, leaf, subleaf);

	*out = c ? *c : (struct cpuid){0, 0, 0, 0};
	if (leaf == 0xb) {
		out->ecx |= c ? 0 : subleaf & 0xff;
		out->edx = v->id;
	}
	/* EBX: size of the area for the features that are on; XCR0 and XSS are the guest's own. */
	if (leaf == 0xd && subleaf < 2)
		out->ebx = cpuid(0xd, subleaf).ebx;
}

/* The leaves that are not 0 to CPUID_BASIC - 1. */
static const struct cpuid *high_leaf(const struct cpuid_table *t, uint32_t leaf)
{
	static const struct cpuid nothing;

	if (leaf - 0x80000000 < CPUID_EXTENDED)
		return &t->extended[leaf - 0x80000000];
	if (leaf - 0x40000000 < HYPERV_CPUID_LEAVES)
		return &t->hypervisor[leaf - 0x40000000];
	if (leaf >= 0x40000000 && leaf < 0x40000100)
		return &nothing;
	return &t->basic[CPUID_BASIC -
			 1]; /* beyond the last: the highest basic one, as Intel's do */
}

const struct cpuid *cpuid_guest(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
				struct cpuid *scratch)
{
	const struct cpuid_table *t = &v->vm->cpuid;

	if (leaf >= CPUID_BASIC)
		return high_leaf(t, leaf);
	if (!(t->dynamic >> leaf & 1))
		return &t->basic[leaf];
	if (leaf != 1) {
		with_subleaf(v, leaf, subleaf, scratch);
		return scratch;
	}
	*scratch = t->basic[1];
	scratch->ebx |= v->id << 24;
	scratch->ecx &= ~LEAF1_ECX_OSXSAVE;
	if (vmcs_read(VMCS_GUEST_CR4) & CR4_OSXSAVE)
		scratch->ecx |= LEAF1_ECX_OSXSAVE;
	/* A local APIC that is switched off is gone (SDM vol. 3, 11.4.3). */
	if (!(v->lapic.base & LAPIC_BASE_ENABLE))
		scratch->edx &= ~LEAF1_EDX_APIC;
	return scratch;
}

uint64_t cpuid_xcr0_allowed(const struct vm *vm)
{
	const struct cpuid *c = find_subleaf(&vm->cpuid, 0xd, 0);

	return c ? c->eax : 0;
}

uint64_t cpuid_cr4_allowed(const struct vm *vm)
{
	/* One row per CR4 bit that hangs on a CPUID bit; the first eleven every such processor has.
	 */
	const struct cpuid *leaf1 = &vm->cpuid.basic[1];
	const struct cpuid *leaf7 = find_subleaf(&vm->cpuid, 7, 0);
	const struct {
		bool has;
		unsigned bit;
	} bits[] = {
		{leaf7->ecx & BIT(2), 11},          {leaf1->ecx & LEAF1_ECX_VMX, 13},
		{leaf7->ebx & BIT(0), 16},          {leaf1->ecx & LEAF1_ECX_PCID, 17},
		{leaf1->ecx & LEAF1_ECX_XSAVE, 18}, {leaf7->ebx & BIT(7), 20},
		{leaf7->ebx & BIT(20), 21},
	};
	uint64_t allowed = 0x7ff;

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i].has)
			allowed |= 1ull << bits[i].bit;
	return allowed;
}

// SPDX-License-Identifier: Apache-2.0
#include "handlers/msr_bitmap.h"
#include "lib/asm.h"
#include "hw/host.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "vcpu/vm.h"

#define HIGH_MSRS 0xc0000000u

/* The bitmap page (SDM 25.6.9): four KiB in four parts. */
#define BITMAP_WRITE_BYTES 2048
#define BITMAP_HIGH_BYTES  1024
#define BITMAP_MSRS        (BITMAP_HIGH_BYTES * 8)

/*
 * Registers that L0 never uses: they stay L1's (or L2's) in the processor, and neither reads nor
 * writes exit. The first few are also in the VMCS guest state.
 */
static const uint32_t pass_through[] = {
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_PAT,
	MSR_EFER,        MSR_STAR,         MSR_LSTAR,        MSR_CSTAR,
	MSR_FMASK,       MSR_FS_BASE,      MSR_GS_BASE,      MSR_KERNEL_GS_BASE,
};

bool msr_optional(const struct vcpu *v, uint32_t msr)
{
	const struct features *f = &v->vm->features;

	return (msr == MSR_TSC_AUX && f->rdtscp) || (msr == MSR_SPEC_CTRL && f->spec_ctrl);
}

/* The same, where the processor has them. */
static const uint32_t optional[] = {MSR_TSC_AUX, MSR_SPEC_CTRL};

/*
 * Registers whose reads alone pass: the processor holds the value of the level that runs, be it by
 * the TSC offset or by the load of the debug controls at each entry. Writes are checked.
 */
static const uint32_t read_through[] = {MSR_TSC, MSR_DEBUGCTL};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static unsigned bitmap_bit(uint32_t msr)
{
	return msr >= HIGH_MSRS ? BITMAP_HIGH_BYTES * 8 + (msr - HIGH_MSRS) : msr;
}

bool msr_bitmap_l1_wants(const struct vcpu *v, uint32_t msr, bool write)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	uint32_t number = msr >= HIGH_MSRS ? msr - HIGH_MSRS : msr;
	uint64_t part = write ? BITMAP_WRITE_BYTES : 0;
	const volatile uint8_t *byte;

	if (!(v12->proc_controls & PROC_MSR_BITMAPS) || number >= BITMAP_MSRS)
		return true;
	byte = ram_ptr(&v->vm->ram, v12->msr_bitmap + part + bitmap_bit(msr) / 8, 1);
	return !byte || (*byte >> msr % 8 & 1);
}

static void clear_bit(uint8_t *bitmap, unsigned bit)
{
	bitmap[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

static void set_bit(uint8_t *bitmap, unsigned bit)
{
	bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void pass(uint8_t *bitmap, uint32_t msr)
{
	clear_bit(bitmap, bitmap_bit(msr));
	clear_bit(bitmap + BITMAP_WRITE_BYTES, bitmap_bit(msr));
}

void msr_bitmap_init(const struct vcpu *v, uint8_t *bitmap)
{
	uint64_t ignored;

	memset(bitmap, 0xff, 4096);
	for (unsigned i = 0; i < COUNT(pass_through); i++)
		pass(bitmap, pass_through[i]);
	for (unsigned i = 0; i < COUNT(optional); i++)
		if (msr_optional(v, optional[i]))
			pass(bitmap, optional[i]);
	/* Without EPT the processor's EFER is not the guest's. */
	if (v->paging.on) {
		set_bit(bitmap, bitmap_bit(MSR_EFER));
		set_bit(bitmap + BITMAP_WRITE_BYTES, bitmap_bit(MSR_EFER));
	}
	/* A register that this processor (an emulator, say) lacks keeps its answer by L0. */
	for (unsigned i = 0; i < COUNT(read_through); i++)
		if (rdmsr_safe(read_through[i], &ignored))
			clear_bit(bitmap, bitmap_bit(read_through[i]));
}

/* Both halves of one 64-bit word, that is the reads and the writes of 64 MSRs. */
static inline void merge_word(uint64_t *bitmap02, const uint64_t *bitmap01,
			      const uint64_t *bitmap12, unsigned msr_bit)
{
	unsigned r = msr_bit / 64, w = r + BITMAP_WRITE_BYTES / 8;

	bitmap02[r] = bitmap01[r] | bitmap12[r];
	bitmap02[w] = bitmap01[w] | bitmap12[w];
}

/* Of an L1 without a bitmap: nothing passes. */
static const uint64_t nothing[512] = {[0 ... 511] = ~0ull};

void msr_bitmap_merge(const struct vcpu *v, uint64_t *bitmap02, const uint64_t *bitmap12)
{
	const uint64_t *bitmap01 = (const void *)(uintptr_t)v->msr_bitmap01;

	if (!bitmap12)
		bitmap12 = nothing;
	merge_word(bitmap02, bitmap01, bitmap12, MSR_TSC);
	merge_word(bitmap02, bitmap01, bitmap12, MSR_SPEC_CTRL);
	merge_word(bitmap02, bitmap01, bitmap12, BITMAP_HIGH_BYTES * 8 + 0x80);
	merge_word(bitmap02, bitmap01, bitmap12, BITMAP_HIGH_BYTES * 8 + 0x100);
}

/* Registers of the x2APIC in the four words of their MSRs: their numbers within the first. */
#define X2APIC_WORD  (MSR_X2APIC_FIRST / 64)
#define X2APIC_WORDS 4
#define X2APIC_TPR   (1ull << 0x08)
#define X2APIC_EOI   (1ull << 0x0b)
#define X2APIC_SELF  (1ull << 0x3f)

void msr_bitmap_x2apic(struct x2apic_passes *passes, uint32_t proc2)
{
	uint64_t all = proc2 & PROC2_APIC_REGISTERS ? ~0ull : 0;
	uint64_t ends = proc2 & PROC2_INTERRUPT_DELIVERY ? X2APIC_EOI | X2APIC_SELF : 0;

	*passes = (struct x2apic_passes){0};
	if (proc2 & PROC2_X2APIC)
		*passes = (struct x2apic_passes){all | X2APIC_TPR, all, X2APIC_TPR | ends};
}

void msr_bitmap_merge_x2apic(uint64_t *bitmap02, const uint64_t *bitmap12,
			     const struct x2apic_passes *passes)
{
	uint64_t *reads = bitmap02 + X2APIC_WORD, *writes = reads + BITMAP_WRITE_BYTES / 8;

	if (!bitmap12)
		bitmap12 = nothing;
	bitmap12 += X2APIC_WORD;
	reads[0] = ~passes->reads | bitmap12[0];
	for (unsigned n = 1; n < X2APIC_WORDS; n++)
		reads[n] = ~passes->other_reads | bitmap12[n];
	*writes = ~passes->writes | bitmap12[BITMAP_WRITE_BYTES / 8];
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction each: ports, MSRs, control and debug registers. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include "guest.h"

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_VME     BIT(0)
#define CR4_TSD     BIT(2)
#define CR4_DE      BIT(3)
#define CR4_PSE     BIT(4)
#define CR4_PAE     BIT(5)
#define CR4_PGE     BIT(7)
#define CR4_VMXE    BIT(13)
#define CR4_SMXE    BIT(14)
#define CR4_PCIDE   BIT(17)
#define CR4_OSXSAVE BIT(18)

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

#define RFLAGS_ONE BIT(1)
#define RFLAGS_CF  BIT(0)
#define RFLAGS_ZF  BIT(6)
#define RFLAGS_TF  BIT(8)
#define RFLAGS_IF  BIT(9)
#define RFLAGS_RF  BIT(16)
#define RFLAGS_VM  BIT(17)

enum msr {
	MSR_TSC = 0x10,
	MSR_APIC_BASE = 0x1b,
	MSR_FEATURE_CONTROL = 0x3a,
	MSR_BIOS_SIGN = 0x8b,
	MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP = 0x175,
	MSR_SYSENTER_EIP = 0x176,
	MSR_DEBUGCTL = 0x1d9,
	MSR_PAT = 0x277,
	MSR_VMX_BASIC = 0x480,
	MSR_VMX_PIN = 0x481,
	MSR_VMX_PROC = 0x482,
	MSR_VMX_EXIT = 0x483,
	MSR_VMX_ENTRY = 0x484,
	MSR_VMX_MISC = 0x485,
	MSR_VMX_CR0_FIXED0 = 0x486,
	MSR_VMX_CR0_FIXED1 = 0x487,
	MSR_VMX_CR4_FIXED0 = 0x488,
	MSR_VMX_CR4_FIXED1 = 0x489,
	MSR_VMX_VMCS_ENUM = 0x48a,
	MSR_VMX_PROC2 = 0x48b,
	MSR_VMX_EPT_VPID = 0x48c,
	MSR_VMX_TRUE_PIN = 0x48d,
	MSR_VMX_VMFUNC = 0x491,
	MSR_TSC_DEADLINE = 0x6e0,
	MSR_X2APIC = 0x800,
	MSR_EFER = 0xc0000080,
	MSR_STAR = 0xc0000081,
	MSR_LSTAR = 0xc0000082,
	MSR_FS_BASE = 0xc0000100,
	MSR_GS_BASE = 0xc0000101,
	MSR_KERNEL_GS_BASE = 0xc0000102,
	MSR_TSC_AUX = 0xc0000103,
};

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return ((uint64_t)hi << 32) | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return ((uint64_t)hi << 32) | lo;
}

static inline void outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outw(uint16_t port, uint16_t v)
{
	asm volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t v)
{
	asm volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

#define CONTROL_REGISTER(name)                                                                     \
	static inline uint64_t read_##name(void)                                                   \
	{                                                                                          \
		uint64_t v;                                                                        \
		asm volatile("mov %%" #name ", %0" : "=r"(v)::"memory");                           \
		return v;                                                                          \
	}                                                                                          \
	static inline void write_##name(uint64_t v)                                                \
	{                                                                                          \
		asm volatile("mov %0, %%" #name ::"r"(v) : "memory");                              \
	}

CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(cr8)
CONTROL_REGISTER(dr0)
CONTROL_REGISTER(dr6)
CONTROL_REGISTER(dr7)

static inline void sti(void)
{
	asm volatile("sti\n\tnop" ::: "memory");
}

static inline void cli(void)
{
	asm volatile("cli" ::: "memory");
}

static inline void invlpg(uint64_t address)
{
	asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#endif

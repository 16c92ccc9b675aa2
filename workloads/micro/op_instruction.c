// SPDX-License-Identifier: Apache-2.0
// Instructions that a hypervisor answers: VMCALL, MSR and CR accesses.
#include "cpu.h"
#include "idt.h"
#include "operations.h"
#include "percpu.h"

#define VMCALL_LENGTH    3
#define HYPERCALL_NOBODY 0x54535fffu // no hypervisor's number: answered by an error code

static void vmcall(void)
{
	uint64_t answer = HYPERCALL_NOBODY;

	asm volatile("vmcall"
		     : "+a"(answer)
		     : "b"(0ull), "c"(0ull), "d"(0ull), "S"(0ull)
		     : "memory");
}

// On a bare machine VMCALL is #UD.
const char *prepare_vmcall(void)
{
	idt_tolerate(VECTOR_UD, VMCALL_LENGTH);
	vmcall();
	return idt_raised() ? "no hypervisor answers VMCALL here" : NULL;
}

bool op_vmcall(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	vmcall();
	*ticks = rdtsc() - start;
	return true;
}

/*
 * IA32_APIC_BASE exists on every processor with a local APIC, no hypervisor passes it through
 * (it decides where the APIC page is), and writing back the value read changes nothing.
 */
static PER_CPU uint64_t apic_base; // one CPU's says that it is the first

const char *prepare_msr(void)
{
	if (!(cpuid(1, 0).edx & CPUID_1_EDX_APIC))
		return "no local APIC";
	apic_base = rdmsr(MSR_APIC_BASE);
	return NULL;
}

bool op_rdmsr(uint64_t *ticks)
{
	uint64_t start = rdtsc(), value = rdmsr(MSR_APIC_BASE);

	*ticks = rdtsc() - start;
	return value == apic_base;
}

bool op_wrmsr(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	wrmsr(MSR_APIC_BASE, apic_base);
	*ticks = rdtsc() - start;
	return true;
}

/*
 * CR0.NE: VMX operation wants it at 1 (SDM vol. 3, 24.8), so every hypervisor keeps it and exits
 * when a guest would change it; it says how x87 errors are told, which nothing here makes.
 */
#define CR0_NE (1ull << 5)

bool op_cr_access(uint64_t *ticks)
{
	uint64_t wanted = read_cr0() ^ CR0_NE, start = rdtsc();

	write_cr0(wanted);
	*ticks = rdtsc() - start;
	return read_cr0() == wanted;
}

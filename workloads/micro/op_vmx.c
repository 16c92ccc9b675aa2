// SPDX-License-Identifier: Apache-2.0
// What a guest hypervisor does to its VMCS. A VMCS is made current and never entered; the machine
// stays in VMX operation, which disturbs no operation of the table.
#include "cpu.h"
#include "operations.h"
#include "percpu.h"

#define CPUID_1_ECX_VMX      (1u << 5)
#define MSR_FEATURE_CONTROL  0x3a
#define FEATURE_CONTROL_LOCK 1u
#define FEATURE_CONTROL_VMX  4u
#define MSR_VMX_BASIC        0x480
#define CR0_NE               (1ull << 5)
#define CR4_VMXE             (1ull << 13)
#define VMCS_GUEST_RIP       0x681eull // every hypervisor reads and writes it at every exit
#define SOME_RIP             0x1234000ull
#define PAGE                 4096

static PER_CPU _Alignas(PAGE) uint32_t vmxon_region[PAGE / 4], vmcs_region[PAGE / 4];

static bool vmx_enabled(void)
{
	uint64_t control = rdmsr(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_CONTROL_LOCK)) {
		control |= FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX;
		wrmsr(MSR_FEATURE_CONTROL, control);
	}
	return control & FEATURE_CONTROL_VMX;
}

static void write_field(uint64_t field, uint64_t value)
{
	asm volatile("vmwrite %1, %0" : : "r"(field), "r"(value) : "cc", "memory");
}

static uint64_t read_field(uint64_t field)
{
	uint64_t value;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc", "memory");
	return value;
}

static void load_vmcs(void)
{
	uint64_t vmxon = physical(vmxon_region), vmcs = physical(vmcs_region);
	uint32_t revision = (uint32_t)rdmsr(MSR_VMX_BASIC) & 0x7fffffff;

	vmxon_region[0] = vmcs_region[0] = revision;
	write_cr0(read_cr0() | CR0_NE);
	write_cr4(read_cr4() | CR4_VMXE);
	asm volatile("vmxon %0; vmclear %1; vmptrld %1" : : "m"(vmxon), "m"(vmcs) : "cc", "memory");
}

const char *prepare_vmx(void)
{
	static PER_CPU bool loaded;

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_VMX))
		return "no VMX here";
	if (!vmx_enabled())
		return "IA32_FEATURE_CONTROL forbids VMX";
	if (!loaded)
		load_vmcs();
	loaded = true;
	write_field(VMCS_GUEST_RIP, SOME_RIP);
	return NULL;
}

bool op_vmread(uint64_t *ticks)
{
	uint64_t start = rdtsc(), value = read_field(VMCS_GUEST_RIP);

	*ticks = rdtsc() - start;
	return value == SOME_RIP;
}

bool op_vmwrite(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	write_field(VMCS_GUEST_RIP, SOME_RIP);
	*ticks = rdtsc() - start;
	return true;
}

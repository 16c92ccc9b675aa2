// SPDX-License-Identifier: Apache-2.0
// Capabilities, VMX on and off, and field access.
#include "vmx.h"

uint64_t vmxon_region;

const struct field_row field_rows[] = {
#define ALWAYS                        WORD_ALWAYS, 0
#define PIN(n)                        WORD_PIN, n
#define PROC(n)                       WORD_PROC, n
#define PROC2(n)                      WORD_PROC2, n
#define EXIT(n)                       WORD_EXIT, n
#define ENTRY(n)                      WORD_ENTRY, n
#define CR3_TARGETS(n)                WORD_CR3_TARGETS, n
#define FIELD(name, encoding, exists) {#name, encoding, exists},
#include "fields.def"
#undef FIELD
};
const unsigned int field_count = ARRAY_SIZE(field_rows);

uint32_t vm_status(bool cf, bool zf)
{
	uint64_t number = 0;

	if (cf)
		return VM_FAIL_INVALID;
	if (!zf)
		return VM_SUCCEED;
	asm volatile("vmread %1, %0" : "=r"(number) : "r"((uint64_t)INSTRUCTION_ERROR) : "cc");
	return VM_FAIL_VALID | (uint32_t)number;
}

uint64_t vmread(enum field field)
{
	uint64_t value = 0;
	uint32_t status = vmread_status(field, &value);

	if (status)
		print("NOTE vmread of 0x%x: status 0x%x\n", (uint32_t)field, status);
	check_eq("vmread status", VM_SUCCEED, status);
	return value;
}

void vmwrite(enum field field, uint64_t value)
{
	uint32_t status = vmwrite_status(field, value);

	if (status)
		print("NOTE vmwrite of 0x%x: status 0x%x\n", (uint32_t)field, status);
	check_eq("vmwrite status", VM_SUCCEED, status);
}

/* SDM vol. 3, A.3 to A.5: the true registers count where IA32_VMX_BASIC bit 55 says so. */
struct allowed control_allowed(enum control_word word)
{
	static const uint32_t plain[] = {
		0, MSR_VMX_PIN, MSR_VMX_PROC, MSR_VMX_PROC2, MSR_VMX_EXIT, MSR_VMX_ENTRY};
	static const uint32_t true_ones[] = {0, 0x48d, 0x48e, MSR_VMX_PROC2, 0x48f, 0x490};
	bool has_true = rdmsr(MSR_VMX_BASIC) & BIT(55);
	uint64_t v;

	if (word == WORD_PROC2 && !(rdmsr(MSR_VMX_PROC) & BIT(63)))
		return (struct allowed){0, 0};
	v = rdmsr(has_true ? true_ones[word] : plain[word]);
	return (struct allowed){(uint32_t)v, (uint32_t)(v >> 32)};
}

bool field_exists(const struct field_row *row)
{
	if (row->word == WORD_ALWAYS)
		return true;
	if (row->word == WORD_CR3_TARGETS)
		return ((rdmsr(MSR_VMX_MISC) >> 16) & 0x1ff) >= row->bit;
	return control_allowed(row->word).may & (1U << row->bit);
}

bool vmx_available(void)
{
	uint64_t control;

	if (!(cpuid(1, 0).ecx & BIT(5)))
		return false;
	/* Firmware that left the lock open leaves the choice to us: lock with VMX outside SMX. */
	control = rdmsr(MSR_FEATURE_CONTROL);
	if (!(control & 1))
		wrmsr(MSR_FEATURE_CONTROL, control | 5);
	return (rdmsr(MSR_FEATURE_CONTROL) & 5) == 5;
}

uint32_t vmcs_revision(void)
{
	return (uint32_t)rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
}

uint64_t vmcs_alloc(void)
{
	uint32_t *page = page_alloc();

	page[0] = vmcs_revision();
	return address_of(page);
}

uint32_t vmx_enter_root(uint64_t region)
{
	vmx_available();
	write_cr0((read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)) & rdmsr(MSR_VMX_CR0_FIXED1));
	write_cr4((read_cr4() | rdmsr(MSR_VMX_CR4_FIXED0)) & rdmsr(MSR_VMX_CR4_FIXED1));
	return vmxon(region);
}

bool vmx_begin(void)
{
	static uint32_t region[1024] __attribute__((aligned(4096)));
	static bool on;

	if (on)
		return true;
	if (!vmx_available()) {
		skip("no VMX");
		return false;
	}
	region[0] = vmcs_revision();
	vmxon_region = address_of(region);
	check_eq("vmxon", VM_SUCCEED, vmx_enter_root(vmxon_region));
	on = true;
	return true;
}

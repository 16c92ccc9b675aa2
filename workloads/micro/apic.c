// SPDX-License-Identifier: Apache-2.0
#include "apic.h"

#include "cpu.h"
#include "idt.h"

#define APIC_PAGE     0xfee00000ull
#define PORT_PIC1_IMR 0x21
#define PORT_PIC2_IMR 0xa1

static bool present, x2apic;

bool apic_present(void)
{
	return present;
}

bool apic_is_x2apic(void)
{
	return x2apic;
}

uint32_t apic_read(uint32_t reg)
{
	if (x2apic)
		return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
	return *(volatile uint32_t *)(APIC_PAGE + reg);
}

void apic_write(uint32_t reg, uint32_t value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + reg / 16, value);
	else
		*(volatile uint32_t *)(APIC_PAGE + reg) = value;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_self_ipi(uint8_t vector)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + APIC_SELF_IPI / 16, vector);
	else
		apic_write(APIC_ICR, ICR_SELF | vector);
}

void apic_send(uint32_t to, uint32_t command)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (uint64_t)to << 32 | command);
		return;
	}
	apic_write(APIC_ICR_HIGH, to << 24);
	apic_write(APIC_ICR, command);
}

// A spurious interrupt takes no EOI (SDM vol. 3, "Spurious Interrupt").
__attribute__((interrupt)) static void spurious(struct interrupt_frame *frame)
{
	(void)frame;
}

void apic_enable(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	// From off to x2APIC there is no direct way (SDM vol. 3, "x2APIC State Transitions").
	if (!(base & APIC_BASE_ENABLE))
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	apic_write(APIC_SPURIOUS, APIC_SOFT_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

bool apic_init(void)
{
	struct cpuid features = cpuid(1, 0);

	outb(PORT_PIC1_IMR, 0xff);
	outb(PORT_PIC2_IMR, 0xff);
	if (!(features.edx & CPUID_1_EDX_APIC) || !(features.edx & CPUID_1_EDX_MSR))
		return false;
	x2apic = features.ecx & CPUID_1_ECX_X2APIC;
	idt_set(VECTOR_SPURIOUS, (const void *)spurious);
	apic_enable();
	present = true;
	return true;
}

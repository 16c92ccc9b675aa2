// SPDX-License-Identifier: Apache-2.0
// Local APIC access. SDM vol. 3, 11 (registers) and 11.12 (x2APIC).
#include "apic.h"
#include "processor.h"

#define APIC_WINDOW 0xfee00000ULL

static bool x2apic(void)
{
	return rdmsr(MSR_APIC_BASE) & APIC_BASE_X2;
}

static volatile uint32_t *apic_word(enum apic_register reg)
{
	return (volatile uint32_t *)(uintptr_t)(APIC_WINDOW + reg);
}

uint32_t apic_read(enum apic_register reg)
{
	if (x2apic())
		return (uint32_t)rdmsr(MSR_X2APIC + (uint32_t)reg / 16);
	return *apic_word(reg);
}

void apic_write(enum apic_register reg, uint32_t value)
{
	if (x2apic())
		wrmsr(MSR_X2APIC + (uint32_t)reg / 16, value);
	else
		*apic_word(reg) = value;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_enable(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ON);
	apic_write(APIC_SVR, 0x100 | APIC_SPURIOUS);
	apic_write(APIC_TPR, 0);
}

bool apic_enable_x2(void)
{
	if (!(cpuid(1, 0).ecx & BIT(21)))
		return false;
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ON | APIC_BASE_X2);
	apic_enable();
	return true;
}

void apic_self_ipi(uint32_t vector)
{
	apic_write(APIC_ICR, APIC_SELF | vector);
}

/* The self shorthand may not carry an NMI (SDM table 11-3), so it goes to the own identifier. */
void apic_self_nmi(void)
{
	uint32_t id = apic_read(APIC_ID);

	if (x2apic()) {
		wrmsr(MSR_X2APIC + APIC_ICR / 16, ((uint64_t)id << 32) | APIC_NMI_BIT);
		return;
	}
	apic_write(APIC_ICR_HIGH, id);
	apic_write(APIC_ICR, APIC_NMI_BIT);
}

bool apic_bit(enum apic_register first, uint32_t vector)
{
	uint32_t word = apic_read((enum apic_register)((uint32_t)first + vector / 32 * 16));

	return (word >> (vector % 32)) & 1;
}

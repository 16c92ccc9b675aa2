// SPDX-License-Identifier: Apache-2.0
// Device accesses, by port and by memory.
#include "cpu.h"
#include "operations.h"

#define PORT_PIC1_IMR  0x21 // with an irqchip in KVM, its kernel part answers
#define IOAPIC_SELECT  ((volatile uint32_t *)0xfec00000ull)
#define IOAPIC_WINDOW  ((volatile uint32_t *)0xfec00010ull)
#define IOAPIC_VERSION 1
#define NOBODY_THERE   0xffffffffu

const char *prepare_in_user(void)
{
	return NULL;
}

bool op_in_kernel(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	inb(PORT_PIC1_IMR);
	*ticks = rdtsc() - start;
	return true;
}

const char *prepare_mmio(void)
{
	*IOAPIC_SELECT = IOAPIC_VERSION;
	return *IOAPIC_WINDOW == NOBODY_THERE ? "no IOAPIC" : NULL;
}

bool op_mmio(uint64_t *ticks)
{
	uint64_t start = rdtsc();
	uint32_t version = *IOAPIC_WINDOW;

	*ticks = rdtsc() - start;
	return version != NOBODY_THERE;
}

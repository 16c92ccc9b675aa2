// SPDX-License-Identifier: Apache-2.0
/* The physical interrupt controllers, as far as L0 needs them: the console's line and nothing else.
 */
#include "lib/asm.h"
#include "hw/host.h"
#include "lib/io.h"
#include "lib/console.h"
#include "platform/lapic.h"

#define PIC1     0x20
#define PIC2     0xa0
#define PIC_EOI  0x20
#define PIC_ICW1 0x11 /* edge, cascade, ICW4 follows */
#define PIC_ICW4 0x01 /* 8086 mode */

#define APIC_TPR   0x80
#define APIC_EOI   0xb0
#define APIC_SVR   0xf0
#define APIC_TIMER 0x320
#define APIC_LINT0 0x350
#define APIC_LINT1 0x360
#define LVT_MASKED 0x10000u
#define LVT_EXTINT 0x700u
#define LVT_NMI    0x400u

static void apic_write(unsigned reg, uint32_t value)
{
	volatile uint32_t *page = (void *)(uintptr_t)LAPIC_DEFAULT_BASE;

	if (rdmsr(MSR_APIC_BASE) & LAPIC_BASE_X2APIC)
		wrmsr(MSR_X2APIC_FIRST + (reg >> 4), value);
	else
		page[reg / 4] = value;
}

static void init_pic(uint16_t base, uint8_t vector, uint8_t cascade, uint8_t mask)
{
	outb(base, PIC_ICW1);
	outb(base + 1, vector);
	outb(base + 1, cascade);
	outb(base + 1, PIC_ICW4);
	outb(base + 1, mask);
}

void irq_init(void)
{
	init_pic(PIC1, IRQ_VECTOR_BASE, 1u << 2, (uint8_t) ~(1u << CONSOLE_IRQ));
	init_pic(PIC2, IRQ_VECTOR_BASE + 8, 2, 0xff);
	apic_write(APIC_SVR, 0x1ff);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_TIMER, LVT_MASKED);
	apic_write(APIC_LINT0, LVT_EXTINT);
	apic_write(APIC_LINT1, LVT_NMI);
}

void irq_eoi(unsigned vector)
{
	/* 8259 vectors need no EOI to the local APIC; a spurious one needs none at all. */
	if (vector >= IRQ_VECTOR_BASE + 8 && vector < IRQ_VECTOR_BASE + 16)
		outb(PIC2, PIC_EOI);
	if (vector >= IRQ_VECTOR_BASE && vector < IRQ_VECTOR_BASE + 16)
		outb(PIC1, PIC_EOI);
}

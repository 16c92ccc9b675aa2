// SPDX-License-Identifier: Apache-2.0
#include "hw/apic.h"
#include "hw/x86.h"
#include "lib/asm.h"
#include "lib/console.h"
#include "lib/io.h"
#include "lib/sealed.h"
#include "platform/lapic.h"

#define PIC1     0x20
#define PIC2     0xa0
#define PIC_EOI  0x20
#define PIC_IRR  0x0a /* what the next IN reads */
#define PIC_ISR  0x0b
#define PIC_ICW1 0x11 /* edge, cascade, ICW4 follows */
#define PIC_ICW4 0x01 /* 8086 mode */

#define APIC_ID       0x20
#define APIC_TPR      0x80
#define APIC_PPR      0xa0
#define APIC_EOI      0xb0
#define APIC_SVR      0xf0
#define APIC_ISR      0x100
#define APIC_IRR      0x200
#define APIC_ICR      0x300
#define APIC_ICR_HIGH 0x310
#define APIC_TIMER    0x320
#define APIC_LINT0    0x350
#define APIC_LINT1    0x360
#define LVT_MASKED    0x10000u
#define LVT_EXTINT    0x700u
#define LVT_NMI       0x400u

#define SVR_ENABLE 0x100u

#define ICR_INIT    0x500u
#define ICR_STARTUP 0x600u
#define ICR_PENDING 0x1000u /* xAPIC alone */
#define ICR_ASSERT  0x4000u

/* All processors are in x2APIC mode, or none is. */
SEALED static bool x2apic;

static volatile uint32_t *xapic_register(unsigned reg)
{
	return (volatile uint32_t *)(uintptr_t)(LAPIC_DEFAULT_BASE + reg);
}

static void apic_write(unsigned reg, uint32_t value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC_FIRST + (reg >> 4), value);
	else
		*xapic_register(reg) = value;
}

static void send(uint32_t id, uint32_t low)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC_FIRST + (APIC_ICR >> 4), (uint64_t)id << 32 | low);
		return;
	}
	while (*xapic_register(APIC_ICR) & ICR_PENDING)
		__asm__ volatile("pause");
	*xapic_register(APIC_ICR_HIGH) = id << 24;
	*xapic_register(APIC_ICR) = low;
}

void apic_ring(uint32_t id, uint32_t word)
{
	/* What the ring is for is written before it: WRMSR to the ICR orders nothing (11.12.3). */
	__asm__ volatile("mfence; lfence" : : : "memory");
	send(id, word);
}

void apic_send(uint32_t id, uint8_t vector)
{
	apic_ring(id, ICR_ASSERT | vector);
}

void apic_send_init(uint32_t id)
{
	send(id, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(uint32_t id, uint8_t page)
{
	send(id, ICR_STARTUP | ICR_ASSERT | page);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

static void read_words(unsigned reg, uint32_t word[8])
{
	for (unsigned n = 0; n < 8; n++)
		word[n] = (uint32_t)rdmsr(MSR_X2APIC_FIRST + (reg >> 4) + n);
}

void apic_read_service(uint32_t word[8])
{
	read_words(APIC_ISR, word);
}

void apic_read_requests(uint32_t word[8])
{
	read_words(APIC_IRR, word);
}

uint32_t apic_request_word(unsigned n)
{
	return (uint32_t)rdmsr(MSR_X2APIC_FIRST + (APIC_IRR >> 4) + n);
}

void apic_set_priority(uint8_t tpr)
{
	apic_write(APIC_TPR, tpr);
}

uint8_t apic_priority(void)
{
	return (uint8_t)rdmsr(MSR_X2APIC_FIRST + (APIC_PPR >> 4));
}

uint32_t apic_id(void)
{
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC_FIRST + (APIC_ID >> 4))
		      : *xapic_register(APIC_ID) >> 24;
}

uint32_t apic_destination(uint32_t id)
{
	return x2apic ? id : id << 8;
}

void apic_init(bool boot_processor)
{
	if (boot_processor)
		x2apic = cpuid(1, 0).ecx & (1u << 21);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | LAPIC_BASE_ENABLE | LAPIC_BASE_X2APIC);
	apic_write(APIC_SVR, SVR_ENABLE | APIC_SPURIOUS_VECTOR);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_TIMER, LVT_MASKED);
	apic_write(APIC_LINT0, boot_processor ? LVT_EXTINT : LVT_MASKED);
	apic_write(APIC_LINT1, LVT_NMI);
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
	console[0].vector = (uint8_t)(IRQ_VECTOR_BASE + console[0].irq);
	init_pic(PIC1, IRQ_VECTOR_BASE, 1u << 2, (uint8_t) ~(1u << console[0].irq));
	init_pic(PIC2, IRQ_VECTOR_BASE + 8, 2, 0xff);
}

bool irq_requested(void)
{
	outb(PIC1, PIC_IRR);
	return inb(PIC1) & ~inb(PIC1 + 1);
}

int irq_in_service(void)
{
	uint32_t lines;

	outb(PIC1, PIC_ISR);
	lines = inb(PIC1);
	return lines ? IRQ_VECTOR_BASE + __builtin_ctz(lines) : -1;
}

void irq_eoi(unsigned vector)
{
	/* 8259 vectors need no EOI to the local APIC; a spurious one needs none at all. */
	if (vector >= IRQ_VECTOR_BASE + IRQS)
		apic_eoi();
	if (vector >= IRQ_VECTOR_BASE + 8 && vector < IRQ_VECTOR_BASE + IRQS)
		outb(PIC2, PIC_EOI);
	if (vector >= IRQ_VECTOR_BASE && vector < IRQ_VECTOR_BASE + IRQS)
		outb(PIC1, PIC_EOI);
}

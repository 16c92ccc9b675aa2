// SPDX-License-Identifier: Apache-2.0
#include "idt.h"

#include "cpu.h"
#include "machine.h"

#define GATE_INTERRUPT 0x8e00u // present, ring 0, interrupt gate
#define CODE64         0x08u
#define NO_VECTOR      -1

// SDM vol. 3, "64-Bit Mode IDT".
struct gate {
	uint16_t offset_low, selector, attributes, offset_middle;
	uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "gate");

static struct gate idt[256] __attribute__((aligned(16)));
static int tolerated = NO_VECTOR;
static uint8_t tolerated_length;

void idt_tolerate(uint8_t vector, uint8_t length)
{
	tolerated_length = length;
	*(volatile int *)&tolerated = vector;
}

bool idt_raised(void)
{
	bool raised = *(volatile int *)&tolerated == NO_VECTOR;

	tolerated = NO_VECTOR;
	return raised;
}

void idt_fault(uint8_t vector, uint64_t code, struct interrupt_frame *frame)
{
	if (vector != tolerated)
		die_of_exception(vector, code, frame->rip);
	frame->rip += tolerated_length;
	tolerated = NO_VECTOR;
}

// The exceptions, those with an error code apart (SDM vol. 3, "Exceptions and Interrupts").
#define WITHOUT_CODE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(9) X(16) X(18) X(19) X(20)
#define WITH_CODE(X)    X(8) X(10) X(11) X(12) X(13) X(14) X(17) X(21)

#define DEFINE_PLAIN(v)                                                                            \
	__attribute__((interrupt)) static void exception_##v(struct interrupt_frame *frame)        \
	{                                                                                          \
		idt_fault(v, 0, frame);                                                            \
	}
#define DEFINE_CODED(v)                                                                            \
	__attribute__((interrupt)) static void exception_##v(struct interrupt_frame *frame,        \
							     uint64_t code)                        \
	{                                                                                          \
		idt_fault(v, code, frame);                                                         \
	}
WITHOUT_CODE(DEFINE_PLAIN)
WITH_CODE(DEFINE_CODED)

void idt_set(uint8_t vector, const void *handler)
{
	uint64_t address = (uint64_t)handler;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)address,
		.selector = CODE64,
		.attributes = GATE_INTERRUPT,
		.offset_middle = (uint16_t)(address >> 16),
		.offset_high = (uint32_t)(address >> 32),
	};
}

void idt_load(void)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

	asm volatile("lidt %0" : : "m"(pointer));
}

void idt_init(void)
{
#define INSTALL(v) idt_set(v, (const void *)exception_##v);
	WITHOUT_CODE(INSTALL)
	WITH_CODE(INSTALL)
	idt_load();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts and exceptions. Handlers are C functions with GCC's `interrupt` attribute. */
#ifndef MICRO_IDT_H
#define MICRO_IDT_H

#include <stdbool.h>
#include <stdint.h>

#define VECTOR_UD       6
#define VECTOR_GP       13
#define VECTOR_PF       14
#define VECTOR_TIMER    0x40
#define VECTOR_IPI      0x41
#define VECTOR_WAKE     0x42 /* a CPU that waits for work */
#define VECTOR_PAIR     0x43 /* from one CPU to another, measured */
#define VECTOR_FUNCTION 0x44 /* a device's */
#define VECTOR_LEAN     0x45
#define VECTOR_SPURIOUS 0xff

/* What the processor pushes (SDM vol. 3, "64-Bit Mode Stack Frame"). */
struct interrupt_frame {
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Loads the IDT; every exception is fatal until it has a handler of its own. */
void idt_init(void);
/* The same table on a CPU that was started later. */
void idt_load(void);
void idt_set(uint8_t vector, const void *handler);

/*
 * From now on the exception skips the instruction (of `length` bytes) that raised it, once.
 * idt_raised() says whether it did, and ends the tolerance.
 */
void idt_tolerate(uint8_t vector, uint8_t length);
bool idt_raised(void);

/* An exception: skipped when tolerated, else reported, and the end of the program. */
void idt_fault(uint8_t vector, uint64_t code, struct interrupt_frame *frame);

#endif

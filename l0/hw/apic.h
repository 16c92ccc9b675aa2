/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical interrupt controllers. The 8259s: vectors from IRQ_VECTOR_BASE, all masked but the
 * first console's; LINT0 of the boot processor in virtual-wire mode. The second console's is the
 * neighbour's alone, by the I/O APIC (ioapic.h). The local APICs: rings between CPUs,
 * and their start. L0 never sets IF: an interrupt shows itself as an exit, or at the next entry.
 */
#ifndef HW_APIC_H
#define HW_APIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Above those that a guest gives its devices, from the lower end on: what is L0's own is never a
 * guest's by itself (vcpu/direct.h).
 */
#define IRQ_VECTOR_BASE      0xe0
#define IRQS                 16
#define APIC_KICK_VECTOR     0xf0
#define APIC_POSTED_VECTOR   0xf1 /* a posted-interrupt notification; an exit where it is not one */
#define APIC_NESTED_VECTOR   0xf2 /* the same, for an L2 */
#define APIC_CONSOLE_VECTOR  0xf3 /* of the I/O APIC */
#define APIC_SPURIOUS_VECTOR 0xff /* never in service */

/* The 8259s, once. */
void irq_init(void);
void irq_eoi(unsigned vector);

/* By the boot processor: does a line of the first console's wait to be delivered to it? */
bool irq_requested(void);
/* Has it been delivered, and not been ended: its vector; -1: no. */
int irq_in_service(void);

/* This CPU's local APIC: x2APIC mode where it has one. LINT0 is for the boot processor alone. */
void apic_init(bool boot_processor);
uint32_t apic_id(void);
void apic_eoi(void);

/* A CPU as posted-interrupt descriptors name it. */
uint32_t apic_destination(uint32_t id);

/*
 * What is in service and requested in this CPU's, whose priority it sets: for a guest that has it
 * to itself. x2APIC mode alone.
 */
void apic_read_service(uint32_t word[8]);
void apic_read_requests(uint32_t word[8]);
uint32_t apic_request_word(unsigned n); /* of the 8 */
void apic_set_priority(uint8_t tpr);
uint8_t apic_priority(void); /* that of what is in service, or the task's */

/* What rings a CPU: a word for apic_ring(). */
#define APIC_RING_VECTOR (1u << 14 | APIC_KICK_VECTOR)
#define APIC_RING_NMI    (1u << 14 | 4u << 8)
void apic_ring(uint32_t id, uint32_t word);

/* IPIs to one CPU (SDM vol. 3, 11.6): a vector; INIT; start-up at page @page of low memory. */
void apic_send(uint32_t id, uint8_t vector);
void apic_send_init(uint32_t id);
void apic_send_startup(uint32_t id, uint8_t page);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* An L2 whose local APIC is the processor's: SDM vol. 3, "APIC Virtualization and Virtual
 * Interrupts". */
#ifndef APICV_H
#define APICV_H

#include "apic.h"
#include "vmx.h"

enum {
	PIN_POSTED = 1 << 7,
	PROC2_APIC_ACCESSES = 1 << 0,
	PROC2_X2APIC = 1 << 4,
	PROC2_APIC_REGISTERS = 1 << 8,
	PROC2_DELIVERY = 1 << 9,
	X_APIC_ACCESS = 44,
	X_EOI = 45,
	X_APIC_WRITE = 56,
};

#define NOTIFICATION 0x67

/* The posted-interrupt descriptor. */
struct posting {
	volatile uint32_t pir[8];
	volatile uint32_t control, destination;
	uint32_t reserved[6];
};
#define POSTING_ON 1U

/* Of the VMCS that apicv_begin() has made. */
extern volatile uint32_t *apic_page; /* registers by offset / 4 */
extern struct posting *posting;

/*
 * An L2 at `code` with interrupts on, nothing pending, interrupts delivered by the processor, and
 * its local APIC's registers by MSRs (PROC2_X2APIC) or in memory (PROC2_APIC_ACCESSES). Skips the
 * test and returns false without them.
 */
bool apicv_begin(uint32_t mode, void (*code)(void));
/* The same, with posted interrupts. */
bool apicv_begin_posted(void (*code)(void));
/* Has this processor all that posted interrupts need? */
bool apicv_posts(void);
/* The controls and pages for the current VMCS. */
bool apicv_use(uint32_t mode);
bool apicv_use_posting(void);
/*
 * Runs an L2 at `guest`, with posted interrupts, on the second processor, and calls `post` while it
 * does; L2 has the address of its events in RDI.
 */
void apicv_beside(void (*guest)(void), void (*post)(void));
/* Makes `vector` pending in the page, and says so. */
void apicv_request(uint32_t vector);
/* Sets the vector in the descriptor and ON, as a sender does before it notifies. */
void posting_set(uint32_t vector);
bool apicv_bit(enum apic_register first, uint32_t vector);

#endif

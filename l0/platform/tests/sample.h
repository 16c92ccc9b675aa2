/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_SAMPLE_H
#define PLATFORM_TESTS_SAMPLE_H

#include "platform/pci.h"

/*
 * A function with a little of everything, for the tests of the bus; also an example of how one is
 * made. It counts down, raises its pin or sends a message, and copies by DMA.
 */
#define SAMPLE_SLOT(n) ((uint16_t)((n) << 3))

/* BAR 0, 32 bits: registers, and the MSI-X table; the others answer with who they are. */
#define SAMPLE_SCRATCH 0x00
#define SAMPLE_PIN     0x04 /* the level of its pin */
#define SAMPLE_MESSAGE 0x08 /* the vector to send */
#define SAMPLE_TIMER   0x0c /* ticks until it runs */
#define SAMPLE_ADDRESS 0x10 /* of what DMA reads */
#define SAMPLE_COPY    0x14 /* how much of it is copied behind it; reads whether that went well */
#define SAMPLE_REGS    0x18
#define SAMPLE_TABLE   0x800
#define SAMPLE_PENDING 0xc00
#define SAMPLE_SIZE    0x1000u
/* BAR 1, ports; BARs 2 and 4, 64 bits, the second prefetchable. */
#define SAMPLE_IO_SIZE     0x20u
#define SAMPLE_WIDE_SIZE   0x10000u
#define SAMPLE_MEMORY_SIZE 0x100000u

#define SAMPLE_VECTORS 5
#define SAMPLE_DEVICE  0x5a5a

struct sample {
	struct pci_function f; /* first: callbacks hand it back */
	uint32_t reg[SAMPLE_REGS / 4];
	struct pci_access last; /* the last access to a BAR */
	uint64_t written;
	unsigned accesses, runs, resets, config_writes;
	uint64_t ran; /* when */
};

extern const struct pci_ops sample_ops;

/* Before it is on a bus. */
void sample_describe(struct sample *s, uint16_t id);

/* On the bus of the running test's machine, at its slot. */
void sample_add(struct sample *s, struct platform *p, uint16_t id);

/* What a BAR answers where it has no registers: which one it is, and where. */
uint64_t sample_identity(const struct pci_function *f, unsigned bar, uint32_t offset);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_HOST_H
#define PLATFORM_HOST_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the platform asks of its surroundings: L0's core provides these, and so does the unit test.
 * None of them may call back into the platform, whose lock may be held; any CPU may call any.
 */
struct lapic_message;
struct platform;

enum stop_why {
	STOP_POWEROFF,
	STOP_REBOOT,
	STOP_DEBUG_EXIT,
	/* Never from the platform: the core's own reasons, here so that there is one list. */
	STOP_TRIPLE_FAULT,
	STOP_UNSUPPORTED,
	STOP_ERROR,
	STOP_HALTED,
};

/* The guest ended its machine; `status` is the value written to the debug-exit port, else 0. */
void platform_stop(struct platform *p, enum stop_why why, uint32_t status);

/* An access to `gpa`, where no device is; nothing was read or written. */
void platform_nobody(struct platform *p, uint64_t gpa);

/* One byte for the console (from the guest's COM1). */
void platform_console_put(struct platform *p, uint8_t c);

/* One byte for the data channel (from the guest's port E9H). */
void platform_channel_put(struct platform *p, uint8_t c);

/*
 * The caller's own vCPU has something to do before its guest goes on: interrupt, ExtINT, NMI, INIT
 * or start-up IPI.
 */
void platform_attend(struct platform *p, unsigned vcpu);

/*
 * `vcpu`, be it the caller's or another's, must look into its inbox by lapic_drain(): whatever its
 * CPU does, guest, halt, or wait for a start-up IPI, it ends it for that. There is one kick from
 * each drain to the next, so none may be lost; for another CPU it is an NMI or a vector of L0's.
 */
void platform_kick(struct platform *p, unsigned vcpu);

/*
 * With `posted`: hands an edge-triggered vector to the processor that runs `vcpu`, which delivers
 * it without the vCPU's leaving its guest. False, where that is the caller's own or there is
 * another reason: nothing was done, and the inbox is the way.
 */
bool platform_post(struct platform *p, unsigned vcpu, uint8_t vector);

/*
 * Around everything that a function does with memory and messages: while it is inside, no
 * invalidation of the IOMMU's is told to be complete. Nothing else is waited for inside.
 */
void platform_bus_enter(struct platform *p);
void platform_bus_leave(struct platform *p);

/*
 * From now on @page, a page of RAM that a function and the guest share, lies at @gpa and nowhere
 * else, so that accesses to it are no exits; at PCI_BAR_OFF, or where it cannot be, it lies
 * nowhere, and accesses are exits as those to any BAR.
 */
void platform_place_page(struct platform *p, void *page, uint64_t gpa);

/*
 * Inside: memory at bus address @address for the DMA of function @source (its requester
 * identifier): a host pointer, and in *size how much of what was asked for lies behind it in one
 * piece, good until platform_bus_leave(). NULL: it may not reach that; the IOMMU, where there is
 * one, has recorded why.
 */
void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write);

/*
 * Inside: another number than 0, and another one than before whenever a pointer that platform_dma()
 * has given may no longer be what it would give: who keeps one compares, inside, before each use.
 */
uint64_t platform_dma_epoch(struct platform *p);

/*
 * Inside: what function @source asks for by writing @data to @address: by the IOMMU's table where
 * the guest has turned that on, else as msi_decode() has it. False: nothing; if it was blocked, the
 * IOMMU has recorded why.
 */
bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m);

#endif

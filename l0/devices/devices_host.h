/* SPDX-License-Identifier: Apache-2.0 */
/* What the devices ask of their surroundings: L0's core provides it, and so does the unit test. */
#ifndef DEVICES_DEVICES_HOST_H
#define DEVICES_DEVICES_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct pci_function;
struct virtio_console;

/* One byte that the guest has written to @console, whose function's lock is held. */
void devices_console_put(struct virtio_console *console, uint8_t c);

/* ---- for a function of the fabric, on its CPU ---- */

/* The machine's clock when a function of its last sent an interrupt on to a vCPU. */
uint64_t devices_sent(const struct pci_function *f);

/* ---- for a device that measures the IOMMU it is behind, in its callbacks ---- */

/* Its machine's clock at this moment. */
uint64_t devices_now(const struct pci_function *f);

/*
 * After pci_dma_epoch() in the same callback: what a read at bus address @address leads to by what
 * the guest's own tables say now, be its IOMMU told of it or not. NULL: nowhere. Nothing is
 * recorded.
 */
const void *devices_mapped(struct pci_function *f, uint64_t address);

/*
 * Is @host, which a DMA at bus address @address got, RAM of its machine? No other can be got: if
 * it is, the machine is stopped with a line that says so.
 */
bool devices_own(struct pci_function *f, uint64_t address, const void *host);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_TESTS_DRIVER_H
#define DEVICES_TESTS_DRIVER_H

#include "host.h"

#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_pci.h"

/*
 * A driver, written from the specification alone: it knows its device by configuration space and
 * BAR. Its data lie in memory that is never given back.
 */
#define RING_MAX  256
#define TABLE_MAX 20 /* descriptors of an indirect table */

struct ring {
	unsigned queue;
	uint16_t size;
	uint64_t descriptors, driver, device; /* bus addresses */
	uint64_t notify;                      /* offset in the BAR */
	uint16_t added, told, seen;
	uint16_t free[RING_MAX], free_count;
	uint64_t table[RING_MAX]; /* indirect ones, by head */
	unsigned kicks;
};

struct driver {
	struct pci_function *function;
	uint64_t features;
	uint32_t common, isr, config, notify, stride; /* places in the BAR */
	bool indirect;                                /* chains go through a table */
	struct ring ring[VIRTIO_QUEUES_MAX];
};

struct piece {
	uint64_t address;
	uint32_t size;
};

/* The capabilities; memory and bus mastering on, MSI-X with message n for vector n if asked for. */
void driver_find(struct driver *d, struct pci_function *f, bool msix);

/* From reset to FEATURES_OK with what is offered of @want. False: the device did not agree. */
bool driver_negotiate(struct driver *d, uint64_t want);

/* Ring of @size chains at new memory, vector queue + 1. */
void driver_ring(struct driver *d, unsigned queue, uint16_t size);
void driver_ok(struct driver *d);

/* All of it, with all rings of @size. */
void driver_start(struct driver *d, struct pci_function *f, uint64_t want, uint16_t size);

uint8_t driver_status(struct driver *d);
uint32_t common_in(struct driver *d, unsigned offset, unsigned size);
void common_out(struct driver *d, unsigned offset, unsigned size, uint32_t value);

/* @size bytes of memory that nothing else uses, at a multiple of @align. */
uint64_t memory(uint32_t size, uint32_t align);
void memory_again(void);

/* A chain of @out pieces to be read and @in pieces to be written; its head. Not told yet. */
uint16_t ring_add(struct driver *d, unsigned queue, const struct piece *pieces, unsigned out,
		  unsigned in);

/* Makes what was added available, and kicks if the device wants it: true if it did. */
bool ring_tell(struct driver *d, unsigned queue);

/* The next used chain. False: there is none. */
bool ring_used(struct driver *d, unsigned queue, uint16_t *head, uint32_t *bytes);

/* At which used index the next interrupt is wanted, with EVENT_IDX. */
void ring_event(struct driver *d, unsigned queue, uint16_t event);

/* Somebody polls the device, or nobody does: virtio_polled() as under its lock. */
void driver_polled(struct virtio_pci *v, bool polled);

#endif

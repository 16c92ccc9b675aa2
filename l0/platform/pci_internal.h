/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PCI_INTERNAL_H
#define PLATFORM_PCI_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/pci.h"
#include "platform/pci_port.h"

/* What the files of the bus share; a function's lock is held but where it says otherwise. */

/* For `vcpu`: the caller is none. */
#define PCI_NO_VCPU PLATFORM_VCPUS_MAX

#define PCI_PAGE_SHIFT 12

/* An access on its way: to memory or to ports. */
struct pci_cycle {
	uint64_t address;
	uint64_t value; /* written, or to be read */
	uint64_t now;
	unsigned vcpu;
	uint8_t size;
	bool write;
	bool io;
};

static inline uint64_t pci_ones(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
}

/* Takes the function's lock; the clock as the function may see it. */
uint64_t pci_enter(struct pci_function *f, uint64_t now);

/* Gives it, and carries out what its device left behind; the platform's lock is not held. */
void pci_leave(struct pci_function *f, unsigned vcpu);

/* Before its first DMA or message of a callback: platform_bus_enter(), until pci_leave(). */
void pci_go_inside(struct pci_function *f);

/* The function with this requester identifier, or NULL: none, or absent. No lock. */
struct pci_function *pci_find(const struct pci *pci, uint32_t id);

/*
 * Does a port hand on configuration of @id, DMA and messages of those behind it, and accesses to a
 * BAR that lies at @base? Of a BAR it is all or nothing. No lock.
 */
bool pci_port_reaches(const struct pci_port *port, uint32_t id);
bool pci_port_masters(const struct pci_port *port);
bool pci_port_passes(const struct pci_port *port, const struct pci_bar *bar, uint64_t base);

/* One dword of its space, or bytes of it. */
void pci_config_write(struct pci_function *f, unsigned reg, unsigned size, uint32_t value);

/* An access to ECAM. No lock. */
void pci_ecam(struct platform *p, struct pci_cycle *c);

/* Is it in D0, and may it master the bus? */
bool pci_powered(const struct pci_function *f);
bool pci_masters(const struct pci_function *f);

/* Where its BARs answer, after its command register, one of them or its power state changed. */
void pci_decode(struct pci_function *f);

/* The addresses that firmware gives. False: a window is full. */
bool pci_assign(struct pci_function *f);

/* What its space shows of a BAR at @reg, and which bits can be written. */
void pci_describe_bar(struct pci_function *f, unsigned reg, enum pci_bar_kind kind, uint32_t size);

/* Its PCI Express capability: what it is, and what its device can do besides; the offset. */
unsigned pci_describe_express(struct pci_function *f, uint32_t kind, uint32_t device);

/* @size bytes of a window for a BAR of @f, who knows its platform; 0: it is full. */
uint32_t pci_take_window(struct pci_function *f, enum pci_bar_kind kind, uint32_t size);

/* What a memory BAR's registers at @reg say. */
uint64_t pci_bar_register(const struct pci_function *f, unsigned reg, enum pci_bar_kind kind);

/* As at power-on, but for what firmware had written. */
void pci_reset(struct pci_function *f);

/*
 * For virtual functions, by the physical one, whose lock ranks before theirs and who is not inside:
 * a BAR that lies in its space (@base PCI_BAR_OFF: nowhere), and who is there. One that goes is
 * reset.
 */
void pci_place_bar(struct pci_function *vf, unsigned number, uint64_t base);
void pci_set_absent(struct pci_function *vf, bool absent);

/* Is the dword of its SR-IOV capability? Then after a write to it, which was @old. */
bool pci_iov_holds(const struct pci_function *f, unsigned word);
void pci_iov_written(struct pci_function *f, unsigned word, uint32_t old);

/* Its virtual functions as its registers and its power state have them. */
void pci_iov_update(struct pci_function *f);
bool pci_iov_assign(struct pci_function *f);

/* Sends what is pending and no longer masked. */
void pci_message_flush(struct pci_function *f);
void pci_message_reset(struct pci_function *f);

/* An access to the MSI-X table or the pending bits: false if it is to neither. */
bool pci_msix_access(struct pci_function *f, const struct pci_access *a, struct pci_cycle *c);

/* After a write to a dword with power state or function-level reset, which was @old. */
void pci_power_written(struct pci_function *f, uint32_t old);
void pci_express_written(struct pci_function *f);

#endif

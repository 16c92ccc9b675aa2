/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root port: a bridge from bus 0 to a bus of its own, at the other end of a link that is up but
 * for resets. It is registered before what is behind it.
 */
#ifndef PLATFORM_PCI_PORT_H
#define PLATFORM_PCI_PORT_H

#include "platform/pci.h"

/* Of memory, that L0 gives to those behind as firmware does: a multiple of 1 MiB. */
#define PCI_PORT_ROOM 0x01000000u

/* Addresses that it hands on; none, if base is above last. */
struct pci_window {
	uint64_t base, last;
};

#define PCI_PORT_WINDOWS 2 /* memory, and prefetchable memory */

/* All zero but for what pci_port_register() sets. Owned by its device. */
struct pci_port {
	struct pci_function function; /* first: callbacks hand it back */
	uint32_t next_memory, last_memory;
	bool down; /* the link, or the bus is held in reset */

	/* What those behind ask for without its lock: atomic words, by pci_port.c. */
	uint32_t link;
	struct pci_window window[PCI_PORT_WINDOWS];
};

/*
 * Puts a root port on bus 0, at power-on: the bus behind it is number @bus, and its window for
 * memory is open. False as pci_register().
 */
bool pci_port_register(struct platform *p, struct pci_port *port, uint16_t id, uint8_t bus);

/*
 * As pci_register(), behind @port: f->id is device and function there, of which the device is 0
 * unless the guest turns ARI forwarding on. It becomes an endpoint with a link, and its BARs of
 * ports answer nowhere.
 */
bool pci_register_behind(struct pci_port *port, struct pci_function *f);

#endif

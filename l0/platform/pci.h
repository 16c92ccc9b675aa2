/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PCI_H
#define PLATFORM_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_FUNCTIONS_MAX 16
#define PCI_CONFIG_WORDS  64

/* Window for 32-bit BARs; the DSDT names the same. */
#define PCI_WINDOW_BASE 0xc0000000u
#define PCI_WINDOW_END  0xfebfffffu

/*
 * One function on bus 0: what a read returns, and which bits a write may change. A device whose
 * registers do more gives `written`, called after the change with the first byte and the size,
 * while the platform's lock is held: no function of platform.h but platform_msi() may be called
 * there.
 */
struct pci_function {
	uint8_t devfn;
	uint32_t config[PCI_CONFIG_WORDS];
	uint32_t writable[PCI_CONFIG_WORDS];
	void (*written)(struct pci_function *f, unsigned reg, unsigned size);
};

/* Configuration mechanism #1. Functions are owned by their devices and must outlive this. */
struct pci {
	uint32_t address;
	unsigned count;
	struct pci_function *function[PCI_FUNCTIONS_MAX];
	struct pci_function host_bridge;
};

void pci_init(struct pci *pci);

/* False if the table is full or the place is taken. */
bool pci_register(struct pci *pci, struct pci_function *f);

#endif

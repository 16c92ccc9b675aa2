/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_PCI_BEHIND_H
#define PLATFORM_TESTS_PCI_BEHIND_H

#include "pci_access.h"
#include "platform/pci_port.h"

/* A root port with two functions behind it, of which the second needs ARI, and one on bus 0. */
#define PORT   SAMPLE_SLOT(1)
#define BESIDE SAMPLE_SLOT(3)
#define BUS    1
#define DEEP   0x100u /* a register of BAR 0 that answers with who it is */

/* All that a test of it has; it belongs to the test's machine. */
struct behind {
	struct pci_port port;
	struct sample beside, device[2];
};

static inline void behind_start(struct behind *b)
{
	machine_start(2, false);
	machine_xapic(0);
	ensure(pci_port_register(&m.p, &b->port, PORT, BUS));
	sample_add(&b->beside, &m.p, BESIDE);
	for (unsigned n = 0; n < 2; n++) {
		sample_describe(&b->device[n], SAMPLE_SLOT(n));
		ensure(pci_register_behind(&b->port, &b->device[n].f));
	}
}

static inline unsigned on_bus(unsigned bus, unsigned n)
{
	return bus << 8 | SAMPLE_SLOT(n);
}

static inline bool answers(const struct sample *s, unsigned bar, uint64_t base)
{
	return mmio_in(base + DEEP, 4) == (uint32_t)sample_identity(&s->f, bar, DEEP);
}

#endif

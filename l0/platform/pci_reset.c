// SPDX-License-Identifier: Apache-2.0
/* Power states and resets of one function. */
#include "lib/string.h"
#include "platform/clock.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"

#define D3HOT 3u

static uint32_t *power_control(struct pci_function *f)
{
	return &f->config[(f->power + PCI_POWER_CONTROL) / 4];
}

bool pci_powered(const struct pci_function *f)
{
	return !f->power || !(f->config[(f->power + PCI_POWER_CONTROL) / 4] & PCI_POWER_STATE);
}

bool pci_masters(const struct pci_function *f)
{
	return (f->config[PCI_REG_COMMAND / 4] & PCI_COMMAND_MASTER) && pci_powered(f) &&
	       !f->absent && (!f->port || pci_port_masters(f->port));
}

/* The guest itself restores what firmware had written. */
void pci_reset(struct pci_function *f)
{
	memcpy(f->config, f->initial, sizeof(f->config));
	f->intx = false;
	pci_set_due(f, CLOCK_NEVER);
	pci_message_reset(f);
	pci_decode(f);
	pci_iov_update(f);
	if (f->ops->reset)
		f->ops->reset(f);
}

/* PCI power management 1.2, 5.4.1: a write of a state that does not exist changes nothing. */
void pci_power_written(struct pci_function *f, uint32_t old)
{
	uint32_t *control = power_control(f), state = *control & PCI_POWER_STATE;

	if (state != 0 && state != D3HOT)
		*control = (*control & ~PCI_POWER_STATE) | (old & PCI_POWER_STATE);
	else if (!state && (old & PCI_POWER_STATE) && !(*control & PCI_POWER_NO_SOFT))
		pci_reset(f);
	else
		pci_decode(f);
	pci_iov_update(f);
}

void pci_express_written(struct pci_function *f)
{
	if (f->config[(f->express + PCI_EXPRESS_CONTROL) / 4] & PCI_EXPRESS_FLR)
		pci_reset(f);
}

// SPDX-License-Identifier: Apache-2.0
#include "platform/pci.h"

#include "lib/string.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/ports.h"

/* PCI local bus specification, "Configuration Space Access Mechanism #1". */
#define ADDRESS_PORT   0xcf8
#define DATA_PORT      0xcfc
#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_MASK   0x80fffffcu

#define HOST_BRIDGE_ID    0x12378086u /* Intel 82441FX: every guest knows it */
#define HOST_BRIDGE_CLASS 0x06000002u
#define SUBSYSTEM_REG     (0x2c / 4)
#define SUBSYSTEM_ID      0x11001af4u

#define RESET_FULL 0x06 /* the reset bit while the processor-reset bit is set */

void pci_init(struct pci *pci)
{
	struct pci_function *bridge = &pci->host_bridge;

	memset(pci, 0, sizeof(*pci));
	bridge->config[0] = HOST_BRIDGE_ID;
	bridge->config[2] = HOST_BRIDGE_CLASS;
	bridge->config[SUBSYSTEM_REG] = SUBSYSTEM_ID;
	bridge->config[1] = 0x0006; /* decodes memory, masters the bus: fixed */
	pci_register(pci, bridge);
}

/* The function that configuration address `address` names, or none. */
static struct pci_function *find(const struct pci *pci, uint32_t address)
{
	if (!(address & ADDRESS_ENABLE) || (address >> 16 & 0xff) != 0)
		return NULL;
	for (unsigned i = 0; i < pci->count; i++)
		if (pci->function[i]->devfn == (address >> 8 & 0xff))
			return pci->function[i];
	return NULL;
}

bool pci_register(struct pci *pci, struct pci_function *f)
{
	if (pci->count == PCI_FUNCTIONS_MAX || find(pci, ADDRESS_ENABLE | (uint32_t)f->devfn << 8))
		return false;
	pci->function[pci->count++] = f;
	return true;
}

static uint32_t data_read(struct pci *pci, unsigned offset)
{
	const struct pci_function *f = find(pci, pci->address);

	if (!f)
		return 0xffffffff;
	return f->config[(pci->address & 0xfc) / 4] >> 8 * offset;
}

static void data_write(struct pci *pci, unsigned offset, unsigned size, uint32_t value)
{
	struct pci_function *f = find(pci, pci->address);
	unsigned reg = pci->address & 0xfc;
	uint32_t mask;

	if (!f)
		return;
	mask = (uint32_t)((1ull << 8 * size) - 1) << 8 * offset & f->writable[reg / 4];
	f->config[reg / 4] = (f->config[reg / 4] & ~mask) | (value << 8 * offset & mask);
	if (f->written)
		f->written(f, reg + offset, size);
}

/* CF9H lies inside the address register: only a byte access reaches it. */
static void reset_write(struct platform *p, uint8_t value)
{
	p->reset_control = value & 0x0a;
	if ((value & RESET_FULL) == RESET_FULL || (value & 0x04))
		platform_stop(p, STOP_REBOOT, 0);
}

uint32_t pci_config_port_read(struct platform *p, const struct port_access *a)
{
	if (a->port >= DATA_PORT)
		return data_read(&p->pci, a->port - DATA_PORT);
	if (a->port == ADDRESS_PORT && a->size == 4)
		return p->pci.address;
	return a->port == RESET_PORT && a->size == 1 ? p->reset_control : 0xffffffff;
}

void pci_config_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	if (a->port >= DATA_PORT)
		data_write(&p->pci, a->port - DATA_PORT, a->size, value);
	else if (a->port == ADDRESS_PORT && a->size == 4)
		p->pci.address = value & ADDRESS_MASK;
	else if (a->port == RESET_PORT && a->size == 1)
		reset_write(p, (uint8_t)value);
}

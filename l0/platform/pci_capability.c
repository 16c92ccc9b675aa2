// SPDX-License-Identifier: Apache-2.0
/* What a function is before it is on the bus: its header and its capabilities. */
#include "lib/string.h"
#include "platform/clock.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"

#define COMMAND_WRITABLE                                                                           \
	(PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_OFF)

#define POWER_VERSION 3u /* PCI power management 1.2 */

#define MSI_CONTROL  0x0180u /* 64 bits of address, masking, one vector */
#define MSI_WRITABLE 0x0071u /* on, and a number of vectors that stays without effect */

#define EXPRESS_ENDPOINT 0x0092u /* version 2, integrated into the root complex */
#define DEVICE_FLR       (1u << 28)
#define DEVICE_ROLES     (1u << 15) /* role-based error reporting */
#define CONTROL_INITIAL  0x2810u    /* relaxed ordering, no snoop, reads of 512 bytes */
#define CONTROL_WRITABLE 0x78ffu
#define STATUS_ERRORS    0x000fu

/* Requests and completions between functions are sent up; a port sees to all. */
#define ACS_ENDPOINT 0x000cu
#define ACS_PORT     0x001fu

void pci_function_init(struct pci_function *f, uint16_t id, const struct pci_identity *identity,
		       const struct pci_ops *ops)
{
	static const struct pci_ops none;

	memset(f, 0, sizeof(*f));
	f->id = id;
	f->ops = ops ? ops : &none;
	f->due = f->wake = f->told = CLOCK_NEVER;
	f->next_capability = PCI_CONFIG_START;
	f->next_extended = PCI_CONFIG_LEGACY;
	for (unsigned i = 0; i < PCI_BARS; i++)
		f->bar[i].base = PCI_BAR_OFF;
	f->config[0] = (uint32_t)identity->device << 16 | identity->vendor;
	f->config[PCI_REG_REVISION / 4] = identity->class_code << 8 | identity->revision;
	f->config[PCI_REG_SUBSYSTEM / 4] =
		(uint32_t)identity->subdevice << 16 | identity->subvendor;
	pci_set(f, PCI_REG_PIN, 1, identity->pin);
	pci_set_writable(f, PCI_REG_COMMAND, 2, COMMAND_WRITABLE);
	f->cleared[PCI_REG_COMMAND / 4] = PCI_STATUS_ERRORS << 16;
	pci_set_writable(f, PCI_REG_CACHE, 1, 0xff);
	pci_set_writable(f, PCI_REG_LINE, 1, 0xff);
}

void pci_describe_bar(struct pci_function *f, unsigned reg, enum pci_bar_kind kind, uint32_t size)
{
	static const uint32_t type[] = {
		[PCI_BAR_IO] = PCI_BAR_TYPE_IO,
		[PCI_BAR_64] = PCI_BAR_TYPE_64,
		[PCI_BAR_64_PREFETCHABLE] = PCI_BAR_TYPE_64 | PCI_BAR_TYPE_PREFETCHABLE,
	};

	pci_set(f, reg, 4, type[kind]);
	pci_set_writable(f, reg, 4, ~(size - 1));
	if (kind == PCI_BAR_64 || kind == PCI_BAR_64_PREFETCHABLE)
		pci_set_writable(f, reg + 4, 4, 0xffffffff);
}

void pci_add_bar(struct pci_function *f, unsigned number, enum pci_bar_kind kind, uint32_t size)
{
	f->bar[number].kind = kind;
	f->bar[number].size = size;
	pci_describe_bar(f, PCI_REG_BAR + 4 * number, kind, size);
	f->writable[PCI_REG_COMMAND / 4] |=
		kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
}

unsigned pci_add_capability(struct pci_function *f, uint8_t id, unsigned size)
{
	unsigned at = f->next_capability;

	pci_set(f, f->last_capability ? f->last_capability + 1u : PCI_REG_CAPABILITY, 1, at);
	f->config[PCI_REG_COMMAND / 4] |= PCI_STATUS_CAPABILITIES << 16;
	pci_set(f, at, 1, id);
	f->last_capability = (uint8_t)at;
	f->next_capability = (uint8_t)(at + ((size + 3) & ~3u));
	return at;
}

unsigned pci_add_extended(struct pci_function *f, uint16_t id, uint8_t version, unsigned size)
{
	unsigned at = f->next_extended;

	if (f->last_extended)
		f->config[f->last_extended / 4] |= at << 20;
	f->config[at / 4] = id | (uint32_t)version << 16;
	f->last_extended = (uint16_t)at;
	f->next_extended = (uint16_t)(at + ((size + 3) & ~3u));
	return at;
}

void pci_add_power(struct pci_function *f)
{
	f->power = (uint8_t)pci_add_capability(f, PCI_ID_POWER, 8);
	pci_set(f, f->power + 2u, 2, POWER_VERSION);
	pci_set(f, f->power + PCI_POWER_CONTROL, 2, PCI_POWER_NO_SOFT);
	pci_set_writable(f, f->power + PCI_POWER_CONTROL, 2, PCI_POWER_STATE);
}

void pci_add_msi(struct pci_function *f)
{
	f->msi = (uint8_t)pci_add_capability(f, PCI_ID_MSI, PCI_MSI_PENDING + 4);
	pci_set(f, f->msi + 2u, 2, MSI_CONTROL);
	pci_set_writable(f, f->msi + 2u, 2, MSI_WRITABLE);
	pci_set_writable(f, f->msi + PCI_MSI_ADDRESS, 4, 0xfffffffc);
	pci_set_writable(f, f->msi + PCI_MSI_ADDRESS + 4u, 4, 0xffffffff);
	pci_set_writable(f, f->msi + PCI_MSI_DATA, 2, 0xffff);
	pci_set_writable(f, f->msi + PCI_MSI_MASK, 4, 1);
}

void pci_add_msix(struct pci_function *f, unsigned bar, unsigned vectors, uint32_t table,
		  uint32_t pending_table)
{
	struct pci_msix *m = &f->msix;

	m->capability = (uint8_t)pci_add_capability(f, PCI_ID_MSIX, 12);
	m->bar = (uint8_t)bar;
	m->vectors = (uint16_t)vectors;
	m->table = table;
	m->pending_table = pending_table;
	pci_set(f, m->capability + 2u, 2, vectors - 1);
	pci_set_writable(f, m->capability + 2u, 2, (PCI_MSIX_ON | PCI_MSIX_MASK) >> 16);
	pci_set(f, m->capability + 4u, 4, table | bar);
	pci_set(f, m->capability + 8u, 4, pending_table | bar);
	pci_message_reset(f);
}

/* PCI Express base specification, 7.5.3. */
unsigned pci_describe_express(struct pci_function *f, uint32_t kind, uint32_t device)
{
	unsigned at = pci_add_capability(f, PCI_ID_EXPRESS, 0x3c);
	uint32_t reset = device & DEVICE_FLR ? PCI_EXPRESS_FLR : 0;

	f->express = (uint8_t)at;
	pci_set(f, at + 2, 2, kind);
	pci_set(f, at + PCI_EXPRESS_DEVICE, 4, device | DEVICE_ROLES);
	pci_set(f, at + PCI_EXPRESS_CONTROL, 2, CONTROL_INITIAL);
	pci_set_writable(f, at + PCI_EXPRESS_CONTROL, 2, CONTROL_WRITABLE | reset);
	f->cleared[(at + PCI_EXPRESS_CONTROL) / 4] |= STATUS_ERRORS << 16;
	return at;
}

/* On bus 0 it has no link, and none of its registers. */
void pci_add_express(struct pci_function *f)
{
	pci_describe_express(f, EXPRESS_ENDPOINT, DEVICE_FLR);
}

/* 7.7.8. Each is there to be turned on. */
void pci_add_acs(struct pci_function *f)
{
	bool port = pci_get(f, PCI_REG_HEADER, 1) & PCI_HEADER_BRIDGE;
	uint32_t what = port ? ACS_PORT : ACS_ENDPOINT;
	unsigned at = pci_add_extended(f, PCI_ID_ACS, 1, 8);

	pci_set(f, at + 4, 4, what);
	pci_set_writable(f, at + 6, 2, what);
}

/* 7.8.7: no function behind it by number, no groups. */
void pci_add_ari(struct pci_function *f)
{
	pci_add_extended(f, PCI_ID_ARI, 1, 8);
}

void pci_add_serial(struct pci_function *f, uint64_t serial)
{
	unsigned at = pci_add_extended(f, PCI_ID_SERIAL, 1, 12);

	pci_set(f, at + 4, 4, (uint32_t)serial);
	pci_set(f, at + 8, 4, (uint32_t)(serial >> 32));
}

void pci_share_page(struct pci_function *f, unsigned bar, uint32_t offset, void *page)
{
	f->page = (struct pci_page){page, offset, (uint8_t)bar};
}

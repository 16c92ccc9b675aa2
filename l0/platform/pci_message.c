// SPDX-License-Identifier: Apache-2.0
/* MSI and MSI-X: PCI 3.0, 6.8. */
#include "lib/string.h"
#include "platform/msi.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"

_Static_assert(sizeof(struct pci_message) == 16, "an entry of the table as the guest sees it");

static bool msi_on(const struct pci_function *f)
{
	return f->msi && (f->config[f->msi / 4] & PCI_MSI_ON);
}

static bool msix_on(const struct pci_function *f)
{
	return f->msix.capability && (f->config[f->msix.capability / 4] & PCI_MSIX_ON);
}

bool pci_message_mode(const struct pci_function *f)
{
	return msi_on(f) || msix_on(f);
}

/* A message is a write to memory: only who masters the bus makes one. */
static void send(struct pci_function *f, uint64_t address, uint32_t data)
{
	if (!pci_masters(f))
		return;
	pci_go_inside(f);
	platform_message(f->platform, pci_requester(f), address, data);
}

static bool msix_masked(const struct pci_function *f, unsigned vector)
{
	return (f->config[f->msix.capability / 4] & PCI_MSIX_MASK) ||
	       (f->msix.message[vector].control & PCI_MSIX_MASKED);
}

static void msix_send(struct pci_function *f, unsigned vector)
{
	const struct pci_message *m = &f->msix.message[vector];

	if (msix_masked(f, vector)) {
		f->msix.pending |= 1u << vector;
		return;
	}
	f->msix.pending &= ~(1u << vector);
	send(f, m->address, m->data);
}

static void msi_send(struct pci_function *f)
{
	uint32_t *pending = &f->config[(f->msi + PCI_MSI_PENDING) / 4];
	uint64_t address = f->config[f->msi / 4 + 1] | (uint64_t)f->config[f->msi / 4 + 2] << 32;

	*pending = f->config[(f->msi + PCI_MSI_MASK) / 4] & 1;
	if (!*pending)
		send(f, address, f->config[(f->msi + PCI_MSI_DATA) / 4]);
}

void pci_message(struct pci_function *f, unsigned vector)
{
	if (msix_on(f) && vector < f->msix.vectors)
		msix_send(f, vector);
	else if (!msix_on(f) && msi_on(f))
		msi_send(f);
}

void pci_message_flush(struct pci_function *f)
{
	if (msix_on(f))
		for (uint32_t rest = f->msix.pending; rest; rest &= rest - 1)
			msix_send(f, (unsigned)__builtin_ctz(rest));
	else if (msi_on(f) && f->config[(f->msi + PCI_MSI_PENDING) / 4])
		msi_send(f);
}

void pci_message_reset(struct pci_function *f)
{
	f->msix.pending = 0;
	for (unsigned i = 0; i < PCI_VECTORS_MAX; i++)
		f->msix.message[i] = (struct pci_message){.control = PCI_MSIX_MASKED};
}

/* Bytes of the table; an access may touch two entries. */
static void table_access(struct pci_function *f, uint32_t offset, struct pci_cycle *c)
{
	struct pci_msix *m = &f->msix;
	uint32_t rest = m->vectors * 16u - offset, size = c->size < rest ? c->size : rest;
	uint8_t *at = (uint8_t *)m->message + offset;

	if (!c->write) {
		c->value = 0;
		memcpy(&c->value, at, size);
		return;
	}
	memcpy(at, &c->value, size);
	for (uint32_t i = offset / 16; i <= (offset + size - 1) / 16; i++) {
		m->message[i].address &= ~3ull;
		m->message[i].control &= PCI_MSIX_MASKED;
	}
	pci_message_flush(f);
}

bool pci_msix_access(struct pci_function *f, const struct pci_access *a, struct pci_cycle *c)
{
	const struct pci_msix *m = &f->msix;

	if (!m->capability || a->bar != m->bar)
		return false;
	if (a->offset - m->table < m->vectors * 16u) {
		table_access(f, a->offset - m->table, c);
		return true;
	}
	if (a->offset - m->pending_table >= 8)
		return false;
	if (!c->write)
		c->value = (uint64_t)m->pending >> 8 * (a->offset - m->pending_table) &
			   pci_ones(c->size);
	return true;
}

// SPDX-License-Identifier: Apache-2.0
/* Base addresses: where firmware puts them, and where they answer by what the guest has written. */
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"

#define PORTS       0x10000u
#define IO_BITS     0x3u /* of a BAR that are no address */
#define MEMORY_BITS 0xfu

static bool wide(const struct pci_bar *bar)
{
	return bar->kind == PCI_BAR_64 || bar->kind == PCI_BAR_64_PREFETCHABLE;
}

/* As the function's registers have it now. */
static uint64_t decoded(const struct pci_function *f, unsigned n)
{
	const struct pci_bar *bar = &f->bar[n];
	uint32_t command = f->config[PCI_REG_COMMAND / 4];
	uint32_t low = f->config[PCI_REG_BAR / 4 + n];

	if (bar->kind == PCI_BAR_NONE || !pci_powered(f))
		return PCI_BAR_OFF;
	if (bar->kind == PCI_BAR_IO)
		return (command & PCI_COMMAND_IO) && low < PORTS ? low & ~IO_BITS : PCI_BAR_OFF;
	if (!(command & PCI_COMMAND_MEMORY))
		return PCI_BAR_OFF;
	low &= ~MEMORY_BITS;
	return wide(bar) ? (uint64_t)f->config[PCI_REG_BAR / 4 + n + 1] << 32 | low : low;
}

/* Who looks for a BAR reads the generation first, so what it remembers is never newer than that. */
static void forget(struct platform *p)
{
	__atomic_fetch_add(&p->pci.generation, 1, __ATOMIC_RELEASE);
}

static void move(struct platform *p, struct pci_bar *bar, uint64_t base)
{
	if (bar->base == base)
		return;
	__atomic_store_n(&bar->base, base, __ATOMIC_RELAXED);
	forget(p);
}

void pci_decode(struct pci_function *f)
{
	for (unsigned n = 0; n < PCI_BARS; n++)
		if (!f->bar[n].placed)
			move(f->platform, &f->bar[n], decoded(f, n));
}

void pci_place_bar(struct pci_function *f, unsigned number, enum pci_bar_kind kind, uint32_t size,
		   uint64_t base)
{
	struct pci_bar *bar = &f->bar[number];

	lock_take(&f->lock);
	bar->placed = true;
	bar->kind = kind;
	bar->size = size;
	move(f->platform, bar, base);
	lock_give(&f->lock);
}

void pci_set_absent(struct pci_function *f, bool absent)
{
	pci_enter(f, 0);
	__atomic_store_n(&f->absent, absent, __ATOMIC_RELAXED);
	forget(f->platform);
	pci_leave(f, PCI_NO_VCPU);
}

/* The next of @size bytes, at a multiple of that, in a window; 0: none. */
static uint32_t take(uint32_t *next, uint32_t size, uint32_t end)
{
	uint64_t at = ((uint64_t)*next + size - 1) & ~((uint64_t)size - 1);

	if (at + size - 1 > end)
		return 0;
	*next = (uint32_t)(at + size);
	return (uint32_t)at;
}

/* Functions do not share pages. */
static uint32_t take_for(struct pci *pci, const struct pci_bar *bar)
{
	uint32_t size = bar->size, page = 1u << PCI_PAGE_SHIFT;

	if (bar->kind == PCI_BAR_IO)
		return take(&pci->next_io, size, PCI_IO_END);
	return take(&pci->next_memory, size < page ? page : size, PCI_WINDOW_END);
}

bool pci_assign(struct pci *pci, struct pci_function *f)
{
	for (unsigned n = 0; n < PCI_BARS; n++) {
		uint32_t at;

		if (f->bar[n].kind == PCI_BAR_NONE || f->bar[n].placed)
			continue;
		at = take_for(pci, &f->bar[n]);
		if (!at)
			return false;
		f->config[PCI_REG_BAR / 4 + n] |= at;
		f->config[PCI_REG_COMMAND / 4] |=
			f->bar[n].kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	}
	return true;
}

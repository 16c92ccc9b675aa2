// SPDX-License-Identifier: Apache-2.0
/* Base addresses: where firmware puts them, and where they answer by what the guest has written. */
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

#define PORTS       0x10000u
#define IO_BITS     0x3u /* of a BAR that are no address */
#define MEMORY_BITS 0xfu

uint64_t pci_bar_register(const struct pci_function *f, unsigned reg, enum pci_bar_kind kind)
{
	bool wide = kind == PCI_BAR_64 || kind == PCI_BAR_64_PREFETCHABLE;
	uint64_t high = wide ? f->config[reg / 4 + 1] : 0;

	return high << 32 | (f->config[reg / 4] & ~MEMORY_BITS);
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
	return pci_bar_register(f, PCI_REG_BAR + 4 * n, bar->kind);
}

/* Beyond the window there are others that answer without being asked here. */
static void place_page(struct pci_function *f, uint64_t base)
{
	uint64_t gpa = base + f->page.offset;
	bool there = base >= PCI_WINDOW_BASE && base <= PCI_WINDOW_END && gpa <= PCI_WINDOW_END;

	platform_place_page(f->platform, f->page.bytes, there ? gpa : PCI_BAR_OFF);
}

/* Who looks for a BAR reads the generation first, so what it remembers is never newer than that. */
static void forget(struct platform *p)
{
	__atomic_fetch_add(&p->pci.generation, 1, __ATOMIC_RELEASE);
}

static void move(struct pci_function *f, unsigned n, uint64_t base)
{
	struct pci_bar *bar = &f->bar[n];

	if (bar->base == base)
		return;
	__atomic_store_n(&bar->base, base, __ATOMIC_RELAXED);
	forget(f->platform);
	if (f->page.bytes && f->page.bar == n)
		place_page(f, base);
}

void pci_decode(struct pci_function *f)
{
	for (unsigned n = 0; n < PCI_BARS; n++)
		if (!f->bar[n].placed)
			move(f, n, decoded(f, n));
}

void pci_place_bar(struct pci_function *vf, unsigned number, uint64_t base)
{
	lock_take(&vf->lock);
	move(vf, number, base);
	lock_give(&vf->lock);
}

void pci_set_absent(struct pci_function *vf, bool absent)
{
	pci_enter(vf, 0);
	if (absent && !vf->absent)
		pci_reset(vf);
	__atomic_store_n(&vf->absent, absent, __ATOMIC_RELAXED);
	forget(vf->platform);
	pci_leave(vf, PCI_NO_VCPU);
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
uint32_t pci_take_window(struct pci *pci, enum pci_bar_kind kind, uint32_t size)
{
	uint32_t page = 1u << PCI_PAGE_SHIFT;

	if (kind == PCI_BAR_IO)
		return take(&pci->next_io, size, PCI_IO_END);
	return take(&pci->next_memory, size < page ? page : size, PCI_WINDOW_END);
}

bool pci_assign(struct pci *pci, struct pci_function *f)
{
	for (unsigned n = 0; n < PCI_BARS; n++) {
		uint32_t at;

		if (f->bar[n].kind == PCI_BAR_NONE || f->bar[n].placed)
			continue;
		at = pci_take_window(pci, f->bar[n].kind, f->bar[n].size);
		if (!at)
			return false;
		f->config[PCI_REG_BAR / 4 + n] |= at;
		f->config[PCI_REG_COMMAND / 4] |=
			f->bar[n].kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	}
	return true;
}

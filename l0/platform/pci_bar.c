// SPDX-License-Identifier: Apache-2.0
/*
 * BARs: where they answer, and who answers an access. Of several that hold an address the lowest
 * function's lowest answers alone; RAM, LAPIC, I/O APIC, ECAM and the fixed ports win against all.
 */
#include <stddef.h>

#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

#define PAGE_SHIFT  12
#define PORTS       0x10000u
#define IO_BITS     0x3u /* of a BAR that are no address */
#define MEMORY_BITS 0xfu

struct hit {
	struct pci_function *f;
	unsigned function, bar;
};

static uint64_t bar_base(const struct pci_bar *bar)
{
	return __atomic_load_n(&bar->base, __ATOMIC_RELAXED);
}

static bool holds(const struct pci_bar *bar, uint64_t address, unsigned size)
{
	uint64_t base = bar_base(bar), offset = address - base;

	return base != PCI_BAR_OFF && offset < bar->size && size <= bar->size - offset;
}

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
static void move(struct pci_function *f, unsigned n, uint64_t base)
{
	struct pci_bar *bar = &f->bar[n];

	if (bar->base == base)
		return;
	__atomic_store_n(&bar->base, base, __ATOMIC_RELAXED);
	__atomic_fetch_add(&f->platform->pci.generation, 1, __ATOMIC_RELEASE);
	if (f->page.bytes && f->page.bar == n)
		place_page(f, base);
}

void pci_decode(struct pci_function *f)
{
	for (unsigned n = 0; n < PCI_BARS; n++)
		if (!f->bar[n].placed)
			move(f, n, decoded(f, n));
}

void pci_place_bar(struct pci_function *vf, unsigned number, const struct pci_bar *bar,
		   uint64_t base)
{
	lock_take(&vf->lock);
	vf->bar[number].placed = true;
	vf->bar[number].kind = bar->kind;
	vf->bar[number].size = bar->size;
	move(vf, number, base);
	lock_give(&vf->lock);
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
	uint32_t page = 1u << PAGE_SHIFT;

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

static bool touches(const struct pci_bar *bar, uint64_t page)
{
	uint64_t base = bar_base(bar);

	return base != PCI_BAR_OFF && base >> PAGE_SHIFT <= page &&
	       (base + bar->size - 1) >> PAGE_SHIFT >= page;
}

/*
 * The first that holds the byte at @address. *alone: none before it has a part of that page, so
 * that whatever it holds of the page is its own.
 */
static bool search(const struct pci *pci, uint64_t address, bool io, struct hit *hit, bool *alone)
{
	*alone = true;
	for (unsigned i = 0; i < pci->count; i++) {
		struct pci_function *f = pci->function[i];

		if (__atomic_load_n(&f->absent, __ATOMIC_RELAXED))
			continue;
		for (unsigned n = 0; n < PCI_BARS; n++) {
			const struct pci_bar *bar = &f->bar[n];

			if ((bar->kind == PCI_BAR_IO) != io)
				continue;
			if (holds(bar, address, 1)) {
				*hit = (struct hit){f, i, n};
				return true;
			}
			*alone &= !touches(bar, address >> PAGE_SHIFT);
		}
	}
	return false;
}

/* The same for memory, by what the vCPU remembers of the page. */
static bool find(struct pci *pci, const struct pci_cycle *c, struct hit *hit)
{
	uint64_t page = c->address >> PAGE_SHIFT;
	struct pci_memo *memo = &pci->memo[c->vcpu][page % PCI_MEMO];
	uint32_t generation = __atomic_load_n(&pci->generation, __ATOMIC_ACQUIRE);
	bool alone;

	if (memo->generation == generation && memo->page == page) {
		*hit = (struct hit){pci->function[memo->function], memo->function, memo->bar};
		if (holds(&hit->f->bar[hit->bar], c->address, 1))
			return true;
	}
	if (!search(pci, c->address, false, hit, &alone))
		return false;
	if (alone)
		*memo = (struct pci_memo){page, generation, (uint8_t)hit->function,
					  (uint8_t)hit->bar};
	return true;
}

/* A page of RAM that is not mapped there, or that an instruction of L0's emulation reaches. */
static bool page_access(struct pci_function *f, const struct pci_access *a, struct pci_cycle *c)
{
	uint32_t at = a->offset - f->page.offset, rest = (1u << PAGE_SHIFT) - at;

	if (!f->page.bytes || a->bar != f->page.bar || at >> PAGE_SHIFT)
		return false;
	if (!c->write)
		c->value = 0;
	if (c->write)
		memcpy(f->page.bytes + at, &c->value, c->size < rest ? c->size : rest);
	else
		memcpy(&c->value, f->page.bytes + at, c->size < rest ? c->size : rest);
	return true;
}

static void device(struct pci_function *f, const struct pci_access *a, struct pci_cycle *c)
{
	if (page_access(f, a, c) || pci_msix_access(f, a, c))
		return;
	if (c->write && f->ops->write)
		f->ops->write(f, a, c->value & pci_ones(c->size));
	else if (!c->write && f->ops->read)
		c->value = f->ops->read(f, a) & pci_ones(c->size);
}

/* It may have moved before the lock was taken: then nobody answers. */
static void access(const struct hit *hit, struct pci_cycle *c)
{
	struct pci_function *f = hit->f;
	const struct pci_bar *bar = &f->bar[hit->bar];
	struct pci_access a = {.bar = hit->bar, .size = c->size};

	a.now = pci_enter(f, c->now);
	if (holds(bar, c->address, c->size)) {
		a.offset = (uint32_t)(c->address - bar->base);
		device(f, &a, c);
	}
	pci_leave(f, c->vcpu);
}

static bool cycle(struct platform *p, struct pci_cycle *c);

/* Each byte to whom it belongs. */
static bool split(struct platform *p, struct pci_cycle *c)
{
	uint64_t value = 0;
	bool there = false;

	for (unsigned i = 0; i < c->size; i++) {
		struct pci_cycle byte = *c;

		byte.address += i;
		byte.size = 1;
		byte.value = c->write ? c->value >> 8 * i : pci_ones(1);
		there |= cycle(p, &byte);
		value |= (byte.value & 0xff) << 8 * i;
	}
	c->value = value;
	return there;
}

static bool cycle(struct platform *p, struct pci_cycle *c)
{
	struct hit hit;

	if (c->address - PCI_ECAM_BASE < PCI_ECAM_SIZE)
		pci_ecam(p, c);
	else if (!find(&p->pci, c, &hit))
		return c->size > 1 && split(p, c);
	else if (!holds(&hit.f->bar[hit.bar], c->address, c->size) && c->size > 1)
		return split(p, c);
	else
		access(&hit, c);
	return true;
}

bool pci_mmio_read(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size, uint64_t *value,
		   uint64_t now)
{
	struct pci_cycle c = {gpa, pci_ones(size), now, vcpu, (uint8_t)size, false, false};
	bool there = cycle(p, &c);

	*value = c.value;
	return there;
}

bool pci_mmio_write(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size, uint64_t value,
		    uint64_t now)
{
	struct pci_cycle c = {gpa, value, now, vcpu, (uint8_t)size, true, false};

	return cycle(p, &c);
}

static bool port_cycle(struct platform *p, struct pci_cycle *c)
{
	struct hit hit;
	bool alone;

	if (!search(&p->pci, c->address, true, &hit, &alone))
		return false;
	access(&hit, c);
	return true;
}

bool pci_port_holds(struct platform *p, uint16_t port, unsigned size)
{
	struct hit hit;
	bool alone;

	return search(&p->pci, port, true, &hit, &alone) && holds(&hit.f->bar[hit.bar], port, size);
}

bool pci_port_read(struct platform *p, unsigned vcpu, uint16_t port, unsigned size, uint32_t *value,
		   uint64_t now)
{
	struct pci_cycle c = {port, pci_ones(size), now, vcpu, (uint8_t)size, false, true};
	bool there = port_cycle(p, &c);

	*value = (uint32_t)c.value;
	return there;
}

bool pci_port_write(struct platform *p, unsigned vcpu, uint16_t port, unsigned size, uint32_t value,
		    uint64_t now)
{
	struct pci_cycle c = {port, value, now, vcpu, (uint8_t)size, true, true};

	return port_cycle(p, &c);
}

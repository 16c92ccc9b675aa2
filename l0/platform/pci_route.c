// SPDX-License-Identifier: Apache-2.0
/*
 * Who answers an access to memory or to a port. Of several BARs that hold an address the lowest
 * function's lowest answers alone; RAM, LAPIC, I/O APIC, ECAM and the fixed ports win against all.
 */
#include <stddef.h>

#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/platform.h"

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

static bool touches(const struct pci_bar *bar, uint64_t page)
{
	uint64_t base = bar_base(bar);

	return base != PCI_BAR_OFF && base >> PCI_PAGE_SHIFT <= page &&
	       (base + bar->size - 1) >> PCI_PAGE_SHIFT >= page;
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
			*alone &= !touches(bar, address >> PCI_PAGE_SHIFT);
		}
	}
	return false;
}

static struct pci_memo *memo_of(struct pci *pci, const struct pci_cycle *c)
{
	return &pci->memo[c->vcpu][(c->address >> PCI_PAGE_SHIFT) % PCI_MEMO];
}

/* By what the vCPU remembers of the page, if the BAR holds all of the access. */
static bool recall(struct pci *pci, const struct pci_cycle *c, struct hit *hit)
{
	const struct pci_memo *memo = memo_of(pci, c);

	if (memo->page != c->address >> PCI_PAGE_SHIFT ||
	    memo->generation != __atomic_load_n(&pci->generation, __ATOMIC_ACQUIRE))
		return false;
	*hit = (struct hit){pci->function[memo->function], memo->function, memo->bar};
	return holds(&hit->f->bar[hit->bar], c->address, c->size);
}

/* The same for memory, to be remembered. */
static bool find(struct pci *pci, const struct pci_cycle *c, struct hit *hit)
{
	uint32_t generation = __atomic_load_n(&pci->generation, __ATOMIC_ACQUIRE);
	bool alone;

	if (!search(pci, c->address, false, hit, &alone))
		return false;
	if (alone)
		*memo_of(pci, c) = (struct pci_memo){c->address >> PCI_PAGE_SHIFT, generation,
						     (uint8_t)hit->function, (uint8_t)hit->bar};
	return true;
}

/* A page of RAM that is not mapped there, or that an instruction of L0's emulation reaches. */
static bool page_access(struct pci_function *f, const struct pci_access *a, struct pci_cycle *c)
{
	uint32_t at = a->offset - f->page.offset, rest = (1u << PCI_PAGE_SHIFT) - at;

	if (!f->page.bytes || a->bar != f->page.bar || at >> PCI_PAGE_SHIFT)
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

/* It may have moved or gone before the lock was taken: then nobody answers. */
static void access(const struct hit *hit, struct pci_cycle *c)
{
	struct pci_function *f = hit->f;
	const struct pci_bar *bar = &f->bar[hit->bar];
	struct pci_access a = {.bar = hit->bar, .size = c->size};

	a.now = pci_enter(f, c->now);
	if (!f->absent && holds(bar, c->address, c->size)) {
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

	/* No page of ECAM is remembered. */
	if (recall(&p->pci, c, &hit))
		access(&hit, c);
	else if (c->address - PCI_ECAM_BASE < PCI_ECAM_SIZE)
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

// SPDX-License-Identifier: Apache-2.0
/*
 * Root ports: PCI-to-PCI bridge architecture 1.2, chapter 3; PCI Express base specification 4.0,
 * 7.5.1.3 and 7.5.3.
 *
 *     configuration ─▶ bus = secondary, link up, device 0 or ARI ─┐
 *     memory ────────▶ inside a window, while it decodes ─────────┼─▶ function behind
 *     DMA, messages ◀─ while it masters the bus ──────────────────┘
 *
 * What it lets through is kept in atomic words, which those behind look at. After a change each of
 * them is locked once and decoded anew: who had looked before is done by then. Its lock ranks
 * before theirs, and it is never inside the bus, for it sends no messages.
 */
#include "platform/pci_port.h"

#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"

/* pci_port.link: the two bus numbers, and what gets through. */
#define LINK_SECONDARY(link)   ((link)&0xff)
#define LINK_SUBORDINATE(link) ((link) >> 8 & 0xff)
#define LINK_PASSES            (1u << 16) /* anything at all */
#define LINK_MASTERS           (1u << 17)
#define LINK_ARI               (1u << 18)

#define WINDOW_BITS    0xfff0u /* of a base and a limit, from bit 20 on */
#define WINDOW_UNIT    0xfffffu
#define WINDOW_WIDE    0x1u /* 64 bits */
#define WINDOW_CLOSED  0x0000fff0u
#define BRIDGE_CONTROL 0x0047u /* parity, SERR, ISA, reset of the bus */

#define EXPRESS_PORT     0x0142u /* version 2, root port with a slot */
#define EXPRESS_ENDPOINT 0x0002u
#define LINK_CAPABILITY  0x11u       /* 2.5 GT/s, one lane */
#define LINK_REPORTS     0x01100000u /* whether it is active; port number 1 */
#define LINK_CONTROL     0x00cbu
#define SLOT_PRESENT     0x0040u /* something is in it */
#define SLOT_FIRST       (1u << 19)
#define ROOT_CONTROL     0x000fu

#define VENDOR 0x8086
#define DEVICE 0x3420 /* of Intel's 5520 I/O hub, which all guests know */

static const struct pci_identity identity = {
	.vendor = VENDOR,
	.device = DEVICE,
	.class_code = 0x060400,
	.revision = 2,
};

/* ---- what those behind ask ---- */

static uint32_t link_of(const struct pci_port *port)
{
	return __atomic_load_n(&port->link, __ATOMIC_RELAXED);
}

uint16_t pci_requester(const struct pci_function *f)
{
	uint32_t bus = f->port ? LINK_SECONDARY(link_of(f->port)) : 0;

	return (uint16_t)(bus << 8 | f->id);
}

/* Bus 0 is never behind a bridge, however it is programmed. */
bool pci_port_reaches(const struct pci_port *port, uint32_t id)
{
	uint32_t link = link_of(port), bus = id >> 8;

	return (link & LINK_PASSES) && bus && bus == LINK_SECONDARY(link) &&
	       bus <= LINK_SUBORDINATE(link) && (!(id & 0xf8) || (link & LINK_ARI));
}

bool pci_port_masters(const struct pci_port *port)
{
	return link_of(port) & LINK_MASTERS;
}

bool pci_port_passes(const struct pci_port *port, const struct pci_bar *bar, uint64_t base)
{
	for (unsigned i = 0; i < PCI_PORT_WINDOWS && bar->kind != PCI_BAR_IO; i++) {
		const struct pci_window *w = &port->window[i];
		uint64_t first = __atomic_load_n(&w->base, __ATOMIC_RELAXED);
		uint64_t last = __atomic_load_n(&w->last, __ATOMIC_RELAXED);

		if (base >= first && base <= last && bar->size - 1 <= last - base)
			return true;
	}
	return false;
}

/* ---- its registers ---- */

static uint32_t in_express(const struct pci_function *f, unsigned reg)
{
	return pci_get(f, f->express + reg, 2);
}

static bool is_down(const struct pci_function *f)
{
	return (pci_get(f, PCI_REG_BRIDGE, 2) & PCI_BRIDGE_RESET) ||
	       (in_express(f, PCI_EXPRESS_LINK_CONTROL) & PCI_LINK_DISABLED);
}

static uint32_t link_word(const struct pci_port *port)
{
	const struct pci_function *f = &port->function;
	uint32_t word = pci_get(f, PCI_REG_BUSES + 1, 2);

	if (port->down || !pci_powered(f))
		return word;
	word |= LINK_PASSES;
	word |= pci_masters(f) ? LINK_MASTERS : 0;
	word |= in_express(f, PCI_EXPRESS_CONTROL_2) & PCI_EXPRESS_ARI ? LINK_ARI : 0;
	return word;
}

/* The one whose base and limit are at @reg, with their upper halves at @high and behind it. */
static struct pci_window window_at(const struct pci_function *f, unsigned reg, unsigned high)
{
	uint64_t base = pci_get(f, reg, 2) & WINDOW_BITS;
	uint64_t last = pci_get(f, reg + 2, 2) & WINDOW_BITS;

	base = base << 16 | (high ? (uint64_t)pci_get(f, high, 4) << 32 : 0);
	last = last << 16 | (high ? (uint64_t)pci_get(f, high + 4, 4) << 32 : 0);
	return (struct pci_window){base, last | WINDOW_UNIT};
}

static bool set_window(struct pci_port *port, unsigned number, struct pci_window new)
{
	const struct pci_function *f = &port->function;
	struct pci_window *w = &port->window[number];
	bool open = (port->link & LINK_PASSES) && (f->config[1] & PCI_COMMAND_MEMORY);

	if (!open || new.base > new.last)
		new = (struct pci_window){1, 0};
	if (new.base == w->base &&new.last == w->last)
		return false;
	__atomic_store_n(&w->base, new.base, __ATOMIC_RELAXED);
	__atomic_store_n(&w->last, new.last, __ATOMIC_RELAXED);
	return true;
}

/* From its registers to what it lets through. False: nothing is different. */
static bool update(struct pci_port *port)
{
	struct pci_function *f = &port->function;
	uint32_t link = link_word(port);
	bool changed = link != port->link;

	__atomic_store_n(&port->link, link, __ATOMIC_RELAXED);
	changed |= set_window(port, 0, window_at(f, PCI_REG_WINDOW, 0));
	changed |= set_window(port, 1, window_at(f, PCI_REG_PREFETCHABLE, PCI_REG_HIGH_BASE));
	return changed;
}

/* A virtual function goes with its physical one, in whose space its memory is. */
static void follow(struct pci_function *f, bool reset)
{
	pci_enter(f, 0);
	if (reset && !f->absent)
		pci_reset(f);
	pci_decode(f);
	pci_iov_update(f);
	pci_leave(f, PCI_NO_VCPU);
}

/* 6.6.1: a reset of the bus, or a link that is turned off, resets all that is behind. */
static void written(struct pci_function *f, unsigned reg, unsigned size)
{
	struct pci_port *port = (struct pci_port *)f;
	const struct pci *pci = &f->platform->pci;
	bool reset = !port->down && is_down(f);

	(void)reg;
	(void)size;
	port->down = is_down(f);
	pci_set(f, f->express + PCI_EXPRESS_LINK_STATUS, 2,
		LINK_CAPABILITY | (port->down ? 0 : PCI_LINK_ACTIVE));
	if (!update(port) && !reset)
		return;
	for (unsigned i = 0; i < pci->count; i++)
		if (pci->function[i]->port == port)
			follow(pci->function[i], reset);
}

static const struct pci_ops ops = {.config_written = written};

/* ---- as it is made ---- */

static void add_header(struct pci_function *f)
{
	pci_set(f, PCI_REG_HEADER, 1, PCI_HEADER_BRIDGE);
	f->writable[PCI_REG_COMMAND / 4] |= PCI_COMMAND_MEMORY;
	pci_set_writable(f, PCI_REG_BUSES, 3, 0xffffff);
	f->cleared[PCI_REG_IO_WINDOW / 4] = PCI_STATUS_ERRORS << 16;
	pci_set_writable(f, PCI_REG_WINDOW, 4, WINDOW_BITS << 16 | WINDOW_BITS);
	pci_set(f, PCI_REG_PREFETCHABLE, 4, WINDOW_WIDE << 16 | WINDOW_WIDE);
	pci_set_writable(f, PCI_REG_PREFETCHABLE, 4, WINDOW_BITS << 16 | WINDOW_BITS);
	pci_set_writable(f, PCI_REG_HIGH_BASE, 4, 0xffffffff);
	pci_set_writable(f, PCI_REG_HIGH_BASE + 4, 4, 0xffffffff);
	pci_set_writable(f, PCI_REG_BRIDGE, 2, BRIDGE_CONTROL);
}

static void add_express(struct pci_function *f)
{
	unsigned at = pci_describe_express(f, EXPRESS_PORT, 0);

	pci_set(f, at + PCI_EXPRESS_LINK, 4, LINK_CAPABILITY | LINK_REPORTS);
	pci_set(f, at + PCI_EXPRESS_LINK_STATUS, 2, LINK_CAPABILITY | PCI_LINK_ACTIVE);
	pci_set_writable(f, at + PCI_EXPRESS_LINK_CONTROL, 2, LINK_CONTROL | PCI_LINK_DISABLED);
	pci_set(f, at + PCI_EXPRESS_SLOT, 4, SLOT_FIRST);
	pci_set(f, at + PCI_EXPRESS_SLOT_STATUS, 2, SLOT_PRESENT);
	pci_set_writable(f, at + PCI_EXPRESS_ROOT_CONTROL, 2, ROOT_CONTROL);
	pci_set(f, at + PCI_EXPRESS_DEVICE_2, 4, PCI_EXPRESS_ARI);
	pci_set_writable(f, at + PCI_EXPRESS_CONTROL_2, 2, PCI_EXPRESS_ARI);
}

/* As firmware leaves it. Prefetchable BARs may lie in the other window, so theirs is closed. */
static bool open_port(struct pci_port *port, uint8_t bus)
{
	struct pci_function *f = &port->function;
	uint32_t at = pci_take_window(f, PCI_BAR_32, PCI_PORT_ROOM);

	if (!at)
		return false;
	port->next_memory = at;
	port->last_memory = at + PCI_PORT_ROOM - 1;
	pci_set(f, PCI_REG_BUSES, 4, (uint32_t)bus << 8 | (uint32_t)bus << 16);
	pci_set(f, PCI_REG_WINDOW, 4, (port->last_memory & 0xfff00000) | at >> 16);
	pci_set(f, PCI_REG_PREFETCHABLE, 2, WINDOW_CLOSED | WINDOW_WIDE);
	f->config[PCI_REG_COMMAND / 4] |= PCI_COMMAND_MEMORY;
	return true;
}

bool pci_port_register(struct platform *p, struct pci_port *port, uint16_t id, uint8_t bus)
{
	struct pci_function *f = &port->function;

	memset(port, 0, sizeof(*port));
	pci_function_init(f, id, &identity, &ops);
	add_header(f);
	pci_add_power(f);
	pci_add_msi(f);
	add_express(f);
	pci_add_acs(f);
	if (!pci_register(p, f) || !open_port(port, bus))
		return false;
	update(port);
	return true;
}

/* A virtual function's link is its physical one's to control. */
static void add_link(struct pci_function *f)
{
	unsigned at = f->express;

	pci_set(f, at + 2, 2, EXPRESS_ENDPOINT);
	pci_set(f, at + PCI_EXPRESS_LINK, 4, LINK_CAPABILITY);
	if (f->absent)
		return;
	pci_set(f, at + PCI_EXPRESS_LINK_STATUS, 2, LINK_CAPABILITY);
	pci_set_writable(f, at + PCI_EXPRESS_LINK_CONTROL, 2, LINK_CONTROL);
}

bool pci_register_behind(struct pci_port *port, struct pci_function *f)
{
	f->port = port;
	if (f->express)
		add_link(f);
	return pci_register(port->function.platform, f);
}

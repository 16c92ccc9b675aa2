// SPDX-License-Identifier: Apache-2.0
/*
 * The bus: who is on it, and what a device leaves behind.
 *
 *     p->lock   pci.address, pci.due, pci.line        never held while a function is called
 *     f->lock   everything in the function            callbacks run under it
 *
 * A CPU may take p->lock with an f->lock held, never the other way. An access finds its function
 * without a lock: the table does not change while the guest runs, and where a BAR answers is an
 * atomic word that is looked at once more under the function's lock. The handlers of ports give
 * p->lock back for the time of the call (ports.c); mechanism #1 has latched its address by then.
 *
 * A device changes its pin and its deadline in its own structure alone. Whoever gives the lock
 * compares both with what the platform was told, and if they differ has it all added up anew from
 * every function's words, under p->lock ("settle"): two CPUs that do so one after the other, in
 * whatever order, end with the last words. A deadline that has only come closer is told by itself
 * ("hasten"): one that is too early is looked at in vain, and then settled.
 *
 * The IOAPIC's messages go through the bus under p->lock, so who is inside the bus never waits for
 * p->lock, be it that of another machine: pci_wake(), which a device calls while it sends a frame,
 * takes no lock.
 */
#include "platform/pci.h"

#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/platform_internal.h"

#define HOST_BRIDGE_COMMAND (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER) /* fixed */

/* Intel 82441FX: every guest knows it. */
static const struct pci_identity host_bridge = {
	.vendor = 0x8086,
	.device = 0x1237,
	.subvendor = 0x1af4,
	.subdevice = 0x1100,
	.class_code = 0x060000,
	.revision = 2,
};

void pci_init(struct platform *p)
{
	struct pci *pci = &p->pci;
	struct pci_function *bridge = &pci->host_bridge;

	memset(pci, 0, sizeof(*pci));
	pci->due = pci->wake = CLOCK_NEVER;
	pci->generation = 1;
	pci->next_memory = PCI_WINDOW_BASE;
	pci->next_io = PCI_IO_BASE;
	pci_function_init(bridge, 0, &host_bridge, NULL);
	memset(bridge->writable, 0, sizeof(bridge->writable));
	pci_set(bridge, PCI_REG_COMMAND, 2, HOST_BRIDGE_COMMAND);
	pci_register(p, bridge);
}

static bool answers_to(const struct pci_function *f, uint32_t id)
{
	return f->port ? f->id == (id & 0xff) && pci_port_reaches(f->port, id) : f->id == id;
}

struct pci_function *pci_find(const struct pci *pci, uint32_t id)
{
	for (unsigned i = 0; i < pci->count; i++)
		if (answers_to(pci->function[i], id))
			return __atomic_load_n(&pci->function[i]->absent, __ATOMIC_RELAXED)
				       ? NULL
				       : pci->function[i];
	return NULL;
}

static bool taken(const struct pci *pci, uint16_t id)
{
	for (unsigned i = 0; i < pci->count; i++)
		if (pci_requester(pci->function[i]) == id)
			return true;
	return false;
}

/* Function 0 of a slot says whether there are others. */
static void mark_slot(const struct pci *pci, const struct pci_function *f)
{
	struct pci_function *first = pci_find(pci, pci_requester(f) & ~7u);
	bool several = false;

	for (unsigned i = 0; i < pci->count; i++)
		several |= pci->function[i] != first && !pci->function[i]->absent &&
			   pci->function[i]->port == f->port &&
			   (pci->function[i]->id & ~7u) == (f->id & ~7u);
	if (!first || !several)
		return;
	first->config[PCI_REG_HEADER / 4] |= PCI_HEADER_MULTI << 16;
	first->initial[PCI_REG_HEADER / 4] |= PCI_HEADER_MULTI << 16;
}

/* The DSDT's _PRT: pin A of slots 1 to 15, by turns. A port hands it on as its own. */
static uint8_t gsi_of(const struct pci_function *f)
{
	const struct pci_function *slots = f->port ? &f->port->function : f;
	unsigned slot = slots->id >> 3;

	if (pci_get(f, PCI_REG_PIN, 1) != 1 || slot < 1 || slot > PCI_LAST_SLOT)
		return 0;
	return (uint8_t)(PCI_GSI + (slot - 1) % PCI_LINES);
}

bool pci_register(struct platform *p, struct pci_function *f)
{
	struct pci *pci = &p->pci;
	unsigned at = pci->count;

	f->platform = p;
	if (at == PCI_FUNCTIONS_MAX || f->id > 0xff || taken(pci, pci_requester(f)))
		return false;
	memcpy(f->initial, f->config, sizeof(f->initial));
	if (!pci_assign(f) || !pci_iov_assign(f))
		return false;
	f->gsi = gsi_of(f);
	pci_set(f, PCI_REG_LINE, 1, f->gsi);
	for (; at > 0 && pci_requester(pci->function[at - 1]) > pci_requester(f); at--)
		pci->function[at] = pci->function[at - 1];
	pci->function[at] = f;
	pci->count++;
	mark_slot(pci, f);
	pci_enter(f, p->now);
	pci_decode(f);
	pci_leave(f, PCI_NO_VCPU);
	return true;
}

static uint64_t function_due(const struct pci_function *f)
{
	uint64_t due = __atomic_load_n(&f->due, __ATOMIC_RELAXED);
	uint64_t wake = __atomic_load_n(&f->wake, __ATOMIC_RELAXED);

	return wake < due ? wake : due;
}

/* What is polled is nothing to the owner of the deadlines. */
static uint64_t owners_due(const struct pci_function *f)
{
	return f->polled ? CLOCK_NEVER : function_due(f);
}

/* A level-triggered line that several share is the OR of their pins. */
static void settle_line(struct platform *p, unsigned line)
{
	struct pci *pci = &p->pci;
	bool level = false;

	for (unsigned i = 0; i < pci->count; i++)
		level |= pci->function[i]->gsi == PCI_GSI + line &&
			 __atomic_load_n(&pci->function[i]->pin, __ATOMIC_RELAXED);
	if (level == pci->line[line])
		return;
	pci->line[line] = level;
	irq_line(p, PCI_GSI + line, level);
}

/* @pins: one of them has changed. */
static void settle(struct platform *p, unsigned vcpu, bool pins)
{
	uint64_t due = CLOCK_NEVER;

	lock_take(&p->lock);
	for (unsigned line = 0; pins && line < PCI_LINES; line++)
		settle_line(p, line);
	/* Whoever wakes writes the function's word first: those that this takes are read below. */
	__atomic_exchange_n(&p->pci.wake, CLOCK_NEVER, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < p->pci.count; i++)
		if (owners_due(p->pci.function[i]) < due)
			due = owners_due(p->pci.function[i]);
	p->pci.due = due;
	platform_deadline(p);
	platform_leave(p, vcpu);
}

static void hasten(struct platform *p, unsigned vcpu, uint64_t due)
{
	lock_take(&p->lock);
	if (due < p->pci.due) {
		p->pci.due = due;
		platform_deadline(p);
	}
	platform_leave(p, vcpu);
}

uint64_t pci_enter(struct pci_function *f, uint64_t now)
{
	lock_take(&f->lock);
	if (now > f->now)
		f->now = now;
	return f->now;
}

/* What reaches the line: not while messages are used, nor against the command register. */
static bool pin_level(const struct pci_function *f)
{
	return f->intx && !f->absent && !(f->config[1] & PCI_COMMAND_INTX_OFF) &&
	       !pci_message_mode(f) && pci_powered(f);
}

/* It stays on the bus until its callback returns: what it has been told of memory holds so long. */
void pci_go_inside(struct pci_function *f)
{
	if (f->inside)
		return;
	f->inside = true;
	platform_bus_enter(f->platform);
}

static void go_outside(struct pci_function *f)
{
	if (!f->inside)
		return;
	f->inside = false;
	platform_bus_leave(f->platform);
}

/* Gives the lock. True: the pin has changed. */
static bool give(struct pci_function *f)
{
	bool pin = pin_level(f), changed = pin != f->pin;

	__atomic_store_n(&f->pin, pin, __ATOMIC_RELAXED);
	f->told = f->due;
	go_outside(f);
	lock_give(&f->lock);
	return changed;
}

void pci_leave(struct pci_function *f, unsigned vcpu)
{
	uint64_t due = f->due, told = f->told;
	bool pin = give(f);

	if (__builtin_expect(pin || (due > told && !f->polled), false))
		settle(f->platform, vcpu, pin);
	else if (due < told && !f->polled)
		hasten(f->platform, vcpu, due);
}

void pci_intx(struct pci_function *f, bool level)
{
	f->intx = level;
	f->config[1] &= ~(PCI_STATUS_INTX << 16);
	f->config[1] |= level ? PCI_STATUS_INTX << 16 : 0;
}

void pci_set_due(struct pci_function *f, uint64_t due)
{
	__atomic_store_n(&f->due, due, __ATOMIC_RELAXED);
}

void pci_wake(struct pci_function *f, uint64_t when)
{
	/* If it was as close, who came first tells of it; one that is polled is looked at anyway.
	 */
	if (platform_sooner(&f->wake, when) && !f->polled)
		platform_wake(f->platform, when);
}

void pci_work(struct pci_function *f, void (*work)(struct pci_function *f, uint64_t now),
	      uint64_t now)
{
	work(f, pci_enter(f, now));
	pci_leave(f, PCI_NO_VCPU);
}

static void run(struct pci_function *f, uint64_t now)
{
	if (__atomic_load_n(&f->wake, __ATOMIC_RELAXED) <= now)
		__atomic_exchange_n(&f->wake, CLOCK_NEVER, __ATOMIC_ACQ_REL);
	if (f->due <= now)
		pci_set_due(f, CLOCK_NEVER);
	if (f->ops->run)
		f->ops->run(f, now);
}

/* However often a device asks to be run, the guest gets on. True: its pin has changed. */
static bool run_one(struct pci_function *f, uint64_t now)
{
	uint64_t soonest = now + f->platform->config.tsc_khz / 1000 + 1;

	run(f, pci_enter(f, now));
	if (f->due < soonest)
		pci_set_due(f, soonest);
	return give(f);
}

static bool has_work(const struct pci_function *f, uint64_t now)
{
	return function_due(f) <= now || (f->ops->rung && f->ops->rung(f));
}

bool pci_poll(struct pci_function *f, uint64_t now)
{
	if (!has_work(f, now))
		return false;
	pci_work(f, run, now);
	return true;
}

static bool run_due(struct pci *pci, uint64_t now)
{
	bool pins = false;

	for (unsigned i = 0; i < pci->count; i++)
		if (owners_due(pci->function[i]) <= now)
			pins |= run_one(pci->function[i], now);
	return pins;
}

/* One wakes another, as the wire does a card that a frame has come for: it too is due now. */
void pci_run(struct platform *p, uint64_t now)
{
	bool pins = run_due(&p->pci, now);

	if (__atomic_load_n(&p->pci.wake, __ATOMIC_RELAXED) <= now)
		pins |= run_due(&p->pci, now);
	settle(p, PLATFORM_OWNER, pins);
}

// SPDX-License-Identifier: Apache-2.0
/* Configuration space, and the two ways to it. */
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/ports.h"

/* PCI local bus specification, "Configuration Space Access Mechanism #1". */
#define ADDRESS_PORT   0xcf8
#define DATA_PORT      0xcfc
#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_MASK   0x80fffffcu

#define RESET_FULL 0x06 /* the reset bit while the processor-reset bit is set */

/* Bytes [reg, reg + size) within their dword. */
static uint32_t lanes(unsigned reg, unsigned size)
{
	return (uint32_t)pci_ones(size) << reg % 4 * 8;
}

uint32_t pci_get(const struct pci_function *f, unsigned reg, unsigned size)
{
	return (f->config[reg / 4] & lanes(reg, size)) >> reg % 4 * 8;
}

static void put(uint32_t *words, unsigned reg, unsigned size, uint32_t value)
{
	uint32_t mask = lanes(reg, size);

	words[reg / 4] = (words[reg / 4] & ~mask) | (value << reg % 4 * 8 & mask);
}

void pci_set(struct pci_function *f, unsigned reg, unsigned size, uint32_t value)
{
	put(f->config, reg, size, value);
}

void pci_set_writable(struct pci_function *f, unsigned reg, unsigned size, uint32_t mask)
{
	put(f->writable, reg, size, mask);
}

/* What a write to the dword with @reg, which was @old, does at once. */
static void act(struct pci_function *f, unsigned reg, uint32_t old)
{
	unsigned word = reg & ~3u;

	if (word == PCI_REG_COMMAND || (word >= PCI_REG_BAR && word < PCI_REG_BARS_END))
		pci_decode(f);
	else if (f->power && word == f->power + PCI_POWER_CONTROL)
		pci_power_written(f, old);
	else if (f->express && word == f->express + PCI_EXPRESS_CONTROL)
		pci_express_written(f);
	else if (pci_iov_holds(f, word))
		pci_iov_written(f, word, old);
	else
		pci_message_flush(f);
}

void pci_config_write(struct pci_function *f, unsigned reg, unsigned size, uint32_t value)
{
	uint32_t *word = &f->config[reg / 4], old = *word;
	uint32_t mask = lanes(reg, size), written = value << reg % 4 * 8 & mask;
	uint32_t writable = f->writable[reg / 4] & mask;

	*word = (old & ~writable) | (written & writable);
	*word &= ~(written & f->cleared[reg / 4]);
	act(f, reg, old);
	if (f->ops->config_written)
		f->ops->config_written(f, reg, size);
}

/* Bytes of one dword of the space of @id. */
static uint32_t dword(struct platform *p, uint32_t id, unsigned reg, const struct pci_cycle *c)
{
	struct pci_function *f = pci_find(&p->pci, id);
	uint32_t value = 0;

	if (!f)
		return (uint32_t)pci_ones(c->size);
	pci_enter(f, c->now);
	if (c->write)
		pci_config_write(f, reg, c->size, (uint32_t)c->value);
	else
		value = pci_get(f, reg, c->size);
	pci_leave(f, c->vcpu);
	return value;
}

void pci_ecam(struct platform *p, struct pci_cycle *c)
{
	uint64_t read = 0;

	for (unsigned at = 0, size; at < c->size; at += size) {
		uint64_t offset = c->address + at - PCI_ECAM_BASE;
		struct pci_cycle part = *c;

		size = 4 - offset % 4 < c->size - at ? 4 - (unsigned)(offset % 4) : c->size - at;
		part.size = (uint8_t)size;
		part.value = c->value >> 8 * at;
		read |= (uint64_t)dword(p, (uint32_t)(offset >> 12), offset & 0xfff, &part)
			<< 8 * at;
	}
	if (!c->write)
		c->value = read;
}

/* The data port. The platform's lock is given back meanwhile: functions have their own. */
static uint32_t data(struct platform *p, const struct port_access *a, bool write, uint32_t value)
{
	uint32_t address = p->pci.address;
	unsigned reg = (address & 0xfc) + a->port - DATA_PORT;
	const struct pci_cycle c = {
		.value = value, .now = a->now, .vcpu = a->vcpu, .size = a->size, .write = write};

	if (!(address & ADDRESS_ENABLE))
		return 0xffffffff;
	lock_give(&p->lock);
	value = dword(p, address >> 8 & 0xffff, reg, &c);
	lock_take(&p->lock);
	return value;
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
		return data(p, a, false, 0);
	if (a->port == ADDRESS_PORT && a->size == 4)
		return p->pci.address;
	return a->port == RESET_PORT && a->size == 1 ? p->reset_control : 0xffffffff;
}

void pci_config_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	if (a->port >= DATA_PORT)
		data(p, a, true, value);
	else if (a->port == ADDRESS_PORT && a->size == 4)
		p->pci.address = value & ADDRESS_MASK;
	else if (a->port == RESET_PORT && a->size == 1)
		reset_write(p, (uint8_t)value);
}

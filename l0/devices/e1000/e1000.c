// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/switch.h"
#include "lib/string.h"
#include "platform/clock.h"
#include "platform/pci_regs.h"

/* 8254x manual, 4.1 and table 5-1. */
#define VENDOR_INTEL   0x8086
#define DEVICE_82540EM 0x100e
#define REVISION       2
#define CLASS_ETHERNET 0x020000

#define BAR_MEMORY  0
#define BAR_IO      2
#define MEMORY_SIZE 0x20000
#define IO_SIZE     64

/* I/O space: the address of a register, and its data (8254x manual, 13.2). */
#define IO_ADDRESS 0
#define IO_DATA    4

#define PACKET_BUFFER_KIB 64

#define PCI_STATUS_MASTER_ABORT 0x2000u

_Static_assert(__builtin_offsetof(struct e1000, function) == 0, "a function is its device");

static struct e1000 *device(struct pci_function *f)
{
	return (struct e1000 *)f;
}

bool e1000_may_master(const struct e1000 *e)
{
	return (pci_get(&e->function, PCI_REG_COMMAND, 2) & PCI_COMMAND_MASTER) != 0;
}

void e1000_master_abort(struct e1000 *e)
{
	uint32_t status = pci_get(&e->function, PCI_REG_STATUS, 2);

	pci_set(&e->function, PCI_REG_STATUS, 2, status | PCI_STATUS_MASTER_ABORT);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void e1000_refresh(struct e1000 *e)
{
	uint64_t due = sooner(e1000_delays_due(e), e1000_receive_due(e));

	e1000_interrupt_update(e);
	due = sooner(due, e1000_interrupt_due(e));
	if (e->tx_more || due <= e->function.now)
		due = e->function.now + e1000_ticks(e, 1, 1000); /* others want their turn too */
	pci_set_due(&e->function, due);
}

/* To the state after power-on but for the EEPROM's contents, PBA, and the PHY. */
static void reset(struct e1000 *e)
{
	e1000_registers_reset(e);
	memset(e->address, 0, sizeof(e->address));
	memset(e->multicast, 0, sizeof(e->multicast));
	memset(e->vlan, 0, sizeof(e->vlan));
	e->tx_more = e->tx_stopped = e->rx_stopped = false;
	e->asserted_at = 0;
	memset(e->tx.context, 0, sizeof(e->tx.context));
	e1000_packet_reset(e);
	e1000_receive_reset(e);
	e1000_delays_clear(e);
	e1000_eeprom_load(e);
	e->link = false;
	e1000_filter_update(e);
}

void e1000_ctrl_written(struct e1000 *e, uint32_t value)
{
	if (value & CTRL_RST) {
		reset(e);
		return;
	}
	if (value & CTRL_PHY_RST)
		e1000_phy_reset(e);
	e1000_link_update(e, false);
}

void e1000_ctrl_ext_written(struct e1000 *e, uint32_t value)
{
	if (!(value & CTRL_EXT_EE_RST))
		return;
	e->reg[REG_CTRL_EXT] &= ~CTRL_EXT_EE_RST;
	e1000_eeprom_load(e);
	e1000_filter_update(e);
}

/* What is not for receiving is for sending. */
void e1000_pba_written(struct e1000 *e, uint32_t value)
{
	uint32_t receive = value & 0x7f;

	receive = receive < PACKET_BUFFER_KIB ? receive : PACKET_BUFFER_KIB;
	e->reg[REG_PBA] = (PACKET_BUFFER_KIB - receive) << 16 | receive;
}

static uint64_t io_read(struct e1000 *e, const struct pci_access *a)
{
	if (a->size != 4)
		return 0;
	if (a->offset == IO_ADDRESS)
		return e->io_address;
	return a->offset == IO_DATA ? e1000_register_read(e, e->io_address & ~3u) : 0;
}

static uint64_t memory_read(struct e1000 *e, const struct pci_access *a)
{
	uint64_t value = e1000_register_read(e, a->offset & ~3u);

	if (a->size == 8)
		value |= (uint64_t)e1000_register_read(e, a->offset + 4) << 32;
	return value >> 8 * (a->offset & 3);
}

static uint64_t bar_read(struct pci_function *f, const struct pci_access *a)
{
	struct e1000 *e = device(f);

	return a->bar == BAR_IO ? io_read(e, a) : memory_read(e, a);
}

static void io_write(struct e1000 *e, const struct pci_access *a, uint64_t value)
{
	if (a->size != 4)
		return;
	if (a->offset == IO_ADDRESS)
		e->io_address = (uint32_t)value;
	else if (a->offset == IO_DATA)
		e1000_register_write(e, e->io_address & ~3u, (uint32_t)value);
}

/* Registers take whole words alone (8254x manual, 13.1). */
static void memory_write(struct e1000 *e, const struct pci_access *a, uint64_t value)
{
	if (a->offset & 3 || a->size < 4)
		return;
	e1000_register_write(e, a->offset, (uint32_t)value);
	if (a->size == 8)
		e1000_register_write(e, a->offset + 4, (uint32_t)(value >> 32));
}

static void bar_write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	struct e1000 *e = device(f);

	if (a->bar == BAR_IO)
		io_write(e, a, value);
	else
		memory_write(e, a, value);
	e1000_refresh(e);
}

static void run(struct pci_function *f, uint64_t now)
{
	struct e1000 *e = device(f);

	(void)now; /* f->now has it */
	e1000_delays_run(e);
	e1000_transmit(e);
	e1000_receive(e);
	e1000_refresh(e);
}

/* What waited for leave to master the bus, or for the pin, goes on at once. */
static void config_written(struct pci_function *f, unsigned reg, unsigned size)
{
	if (reg < PCI_REG_COMMAND + 2 && reg + size > PCI_REG_COMMAND)
		pci_set_due(f, f->now);
}

static void function_reset(struct pci_function *f)
{
	struct e1000 *e = device(f);

	e->reg[REG_PBA] = 0;
	e->io_address = 0;
	reset(e);
	e1000_phy_reset(e);
	e1000_refresh(e);
}

static const struct pci_ops ops = {
	.read = bar_read,
	.write = bar_write,
	.config_written = config_written,
	.run = run,
	.reset = function_reset,
};

static const struct pci_identity identity = {
	.vendor = VENDOR_INTEL,
	.device = DEVICE_82540EM,
	.subvendor = VENDOR_INTEL,
	.subdevice = DEVICE_82540EM,
	.class_code = CLASS_ETHERNET,
	.revision = REVISION,
	.pin = 1,
};

/* On another CPU, when a frame goes into the empty queue. */
static void wake(struct switch_port *port, uint64_t when)
{
	struct e1000 *e = port->owner;

	pci_wake(&e->function, when);
}

void e1000_init(struct e1000 *e, const struct e1000_config *config)
{
	struct pci_function *f = &e->function;

	memset(e, 0, sizeof(*e));
	e->config = *config;
	config->port->owner = e;
	config->port->wake = wake;
	pci_function_init(f, config->id, &identity, &ops);
	pci_add_bar(f, BAR_MEMORY, PCI_BAR_32, MEMORY_SIZE);
	pci_add_bar(f, BAR_IO, PCI_BAR_IO, IO_SIZE);
	pci_add_power(f);
	pci_set(f, f->power + PCI_POWER_CONTROL, 2, 0); /* the way back from D3hot resets it */
	pci_add_msi(f);
	e1000_eeprom_init(e);
	reset(e);
	e1000_phy_reset(e);
}

// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "platform/clock.h"
#include "platform/msi.h"
#include "platform/pci_regs.h"
#include "platform/platform_host.h"

struct bench b;

const uint8_t bench_mac[MAC_BYTES] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
const uint8_t other_mac[MAC_BYTES] = {0x52, 0x54, 0x00, 0xab, 0xcd, 0xef};

#define SLOT      (3 << 3)
#define TSC_KHZ   1000000
#define CONFIG_ON (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	(void)write;
	ensure(p == &b.p && source == SLOT && b.inside);
	if (address >= BENCH_RAM || b.broken)
		return NULL;
	if (*size > BENCH_PAGE - address % BENCH_PAGE)
		*size = (uint32_t)(BENCH_PAGE - address % BENCH_PAGE);
	return b.ram + address;
}

uint64_t platform_dma_epoch(struct platform *p)
{
	ensure(p == &b.p && b.inside);
	return 1;
}

void platform_bus_enter(struct platform *p)
{
	ensure(p == &b.p && !b.inside);
	b.inside = true;
}

void platform_bus_leave(struct platform *p)
{
	ensure(p == &b.p && b.inside);
	b.inside = false;
}

bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m)
{
	ensure(p == &b.p && b.inside);
	b.messages += source == SLOT;
	return msi_decode(address, data, m);
}

/* After whatever may have moved the pin. */
static void look(void)
{
	bool level = b.e.function.pin;

	if (level && !b.level) {
		b.interrupts++;
		b.interrupted_at = b.now;
	}
	b.level = level;
}

static uint64_t base(unsigned bar)
{
	return b.e.function.bar[bar].base;
}

uint32_t get(uint32_t offset)
{
	uint64_t value = 0;

	ensure(pci_mmio_read(&b.p, 0, base(0) + offset, 4, &value, b.now));
	look();
	return (uint32_t)value;
}

void set(uint32_t offset, uint32_t value)
{
	ensure(pci_mmio_write(&b.p, 0, base(0) + offset, 4, value, b.now));
	look();
}

void io_set(uint32_t offset, uint32_t value)
{
	ensure(pci_port_write(&b.p, 0, (uint16_t)base(2), 4, offset, b.now));
	ensure(pci_port_write(&b.p, 0, (uint16_t)(base(2) + 4), 4, value, b.now));
	look();
}

uint32_t io_get(uint32_t offset)
{
	uint32_t value = 0;

	ensure(pci_port_write(&b.p, 0, (uint16_t)base(2), 4, offset, b.now));
	ensure(pci_port_read(&b.p, 0, (uint16_t)(base(2) + 4), 4, &value, b.now));
	look();
	return value;
}

static uint64_t ecam(unsigned reg)
{
	return PCI_ECAM_BASE + (SLOT << 12) + reg;
}

uint32_t config_get(unsigned reg, unsigned size)
{
	uint64_t value = 0;

	ensure(pci_mmio_read(&b.p, 0, ecam(reg), size, &value, b.now));
	return (uint32_t)value;
}

void config_set(unsigned reg, unsigned size, uint32_t value)
{
	ensure(pci_mmio_write(&b.p, 0, ecam(reg), size, value, b.now));
	look();
}

void advance(uint64_t ticks)
{
	uint64_t end = b.now + ticks;

	for (uint64_t due; (due = platform_due(&b.p, PLATFORM_OWNER)) <= end;) {
		b.now = due > b.now ? due : b.now;
		platform_run(&b.p, b.now);
		look();
		ensure(platform_due(&b.p, PLATFORM_OWNER) > b.now);
	}
	b.now = end;
}

static void ignore(struct switch_port *port, uint64_t when)
{
	(void)port;
	(void)when;
}

static void network(void)
{
	struct port_filter filter = {.promiscuous = true};

	switch_init(&b.net, 1000000000);
	ensure(switch_add_port(&b.net, &b.port, b.queue[0], BENCH_QUEUE));
	ensure(switch_add_port(&b.net, &b.other, b.queue[1], BENCH_QUEUE));
	b.other.wake = ignore;
	memcpy(filter.mac, other_mac, MAC_BYTES);
	switch_set_filter(&b.other, &filter);
}

void bench_start(void)
{
	struct e1000_config config = {
		.id = SLOT, .tsc_khz = TSC_KHZ, .port = &b.port, .check_sequence = true};

	memset(&b, 0, sizeof(b));
	b.now = 5000;
	platform_init(&b.p, &(struct platform_config){
				    .tsc_khz = TSC_KHZ,
				    .memory_below_4g = BENCH_RAM,
				    .start = b.now,
				    .vcpus = 1,
			    });
	lapic_init(&b.lapic, &b.p, 0);
	network();
	memcpy(config.mac, bench_mac, MAC_BYTES);
	e1000_init(&b.e, &config);
	ensure(pci_register(&b.p, &b.e.function));
	config_set(PCI_REG_COMMAND, 2, CONFIG_ON);
}

void other_send(const struct frame *frame)
{
	switch_send(&b.other, frame, b.now);
}

void other_send_bytes(const uint8_t *bytes, uint32_t size)
{
	other_send(&(struct frame){.bytes = bytes, .size = size});
}

const struct frame *other_next(void)
{
	return switch_next(&b.other, b.now);
}

void other_taken(void)
{
	switch_taken(&b.other);
}

static uint64_t state = 0x9e3779b97f4a7c15;

uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

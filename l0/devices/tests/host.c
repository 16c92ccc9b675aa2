// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <string.h>

#include "devices/devices_host.h"

struct host host;
static uint8_t ram[HOST_RAM] __attribute__((aligned(HOST_PAGE)));
static uint64_t state = 0x9e3779b97f4a7c15;
static const uint8_t *drawn;
static size_t drawn_left;

void draw_from(const uint8_t *data, size_t size)
{
	drawn = data;
	drawn_left = size / 2;
	state = 0x9e3779b97f4a7c15;
}

bool draw_left(void)
{
	return drawn_left;
}

/* Small numbers as they are, others all over 64 bits. */
static uint64_t draw_given(void)
{
	uint64_t value = drawn[0] | (uint64_t)drawn[1] << 8;

	drawn += 2;
	drawn_left--;
	return value & 0x8000 ? value * 0x9e3779b97f4a7c15 : value;
}

uint64_t draw(void)
{
	if (drawn_left)
		return draw_given();
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

void platform_nobody(struct platform *p, uint64_t gpa)
{
	(void)p;
	(void)gpa;
}

void devices_console_put(struct virtio_console *console, uint8_t c)
{
	(void)console;
	host.console[host.console_count++ % HOST_LOG] = c;
}

static uint64_t translate(uint64_t address)
{
	return host.iommu ? address ^ (uint64_t)HOST_SCRAMBLE * HOST_PAGE : address;
}

void host_remap(void)
{
	static uint8_t old[HOST_RAM];

	memcpy(old, ram, sizeof(old));
	host.iommu = !host.iommu;
	for (uint64_t at = 0; at < HOST_RAM; at += HOST_PAGE)
		memcpy(ram + (at ^ (uint64_t)HOST_SCRAMBLE * HOST_PAGE), old + at, HOST_PAGE);
}

static bool in_page(uint64_t address, uint64_t page)
{
	return page && address / HOST_PAGE == page / HOST_PAGE;
}

static uint64_t place(uint64_t address, bool now)
{
	return translate(now && in_page(address, host.moved) ? address ^ HOST_PAGE : address);
}

uint64_t devices_now(const struct pci_function *f)
{
	ensure(f->platform == &host.p);
	return host.now;
}

uint64_t devices_sent(const struct pci_function *f)
{
	(void)f;
	return host.sent;
}

const void *devices_mapped(struct pci_function *f, uint64_t address)
{
	ensure(f->platform == &host.p && host.inside);
	if (address >= HOST_RAM || in_page(address, host.unmapped))
		return NULL;
	return ram + place(address, true);
}

bool devices_own(struct pci_function *f, uint64_t address, const void *at)
{
	ensure(f->platform == &host.p && host.inside);
	ensure((const uint8_t *)at == ram + place(address, host.told));
	host.foreigners += host.foreign;
	return !host.foreign;
}

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	uint64_t rest = HOST_RAM - address;

	(void)source;
	(void)write;
	ensure(p == &host.p && host.inside && *size);
	host.dmas++;
	if (address >= HOST_RAM || in_page(address, host.hole))
		return NULL;
	if (host.iommu)
		rest = HOST_PAGE - address % HOST_PAGE;
	if (*size > rest)
		*size = (uint32_t)rest;
	return ram + place(address, host.told);
}

/* A test changes what is where between two callbacks. */
uint64_t platform_dma_epoch(struct platform *p)
{
	ensure(p == &host.p);
	return 1 + host.hole * 2 + host.iommu;
}

void platform_bus_enter(struct platform *p)
{
	ensure(p == &host.p && !host.inside);
	host.inside = true;
}

void platform_bus_leave(struct platform *p)
{
	ensure(p == &host.p && host.inside);
	host.inside = false;
}

void platform_place_page(struct platform *p, void *page, uint64_t gpa)
{
	ensure(p == &host.p);
	host.page = page;
	host.page_at = gpa;
}

/* Messages are noted, and nobody takes them. */
bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m)
{
	(void)source;
	(void)address;
	(void)m;
	ensure(p == &host.p && host.inside);
	host.messages[data % HOST_MESSAGES]++;
	return false;
}

void host_start(bool iommu)
{
	const struct platform_config config = {
		.tsc_khz = 1000000, .memory_below_4g = 1ull << 30, .start = 5000, .vcpus = 1};

	memset(&host, 0, sizeof(host));
	memset(ram, 0, sizeof(ram));
	host.iommu = iommu;
	host.now = config.start;
	platform_init(&host.p, &config);
	lapic_init(&host.lapic, &host.p, 0);
}

void host_read(uint64_t address, void *to, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = ram[translate(address + i)];
}

void host_write(uint64_t address, const void *from, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		ram[translate(address + i)] = ((const uint8_t *)from)[i];
}

void host_clear(uint64_t address, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		ram[translate(address + i)] = 0;
}

uint16_t host_get16(uint64_t address)
{
	uint16_t value;

	host_read(address, &value, sizeof(value));
	return value;
}

void host_put16(uint64_t address, uint16_t value)
{
	host_write(address, &value, sizeof(value));
}

static uint64_t config_at(const struct pci_function *f, unsigned reg)
{
	return PCI_ECAM_BASE + ((uint64_t)f->id << 12) + reg;
}

uint32_t config_in(struct pci_function *f, unsigned reg, unsigned size)
{
	uint64_t value = 0;

	ensure(pci_mmio_read(&host.p, 0, config_at(f, reg), size, &value, host.now));
	return (uint32_t)value;
}

void config_out(struct pci_function *f, unsigned reg, unsigned size, uint32_t value)
{
	ensure(pci_mmio_write(&host.p, 0, config_at(f, reg), size, value, host.now));
}

uint64_t bar_in(struct pci_function *f, uint32_t offset, unsigned size)
{
	uint64_t value = 0;

	ensure(pci_mmio_read(&host.p, 0, f->bar[0].base + offset, size, &value, host.now));
	return value;
}

void bar_out(struct pci_function *f, uint32_t offset, unsigned size, uint64_t value)
{
	ensure(pci_mmio_write(&host.p, 0, f->bar[0].base + offset, size, value, host.now));
}

void host_advance(uint64_t ticks)
{
	uint64_t end = host.now + ticks;

	for (uint64_t due; (due = platform_due(&host.p, PLATFORM_OWNER)) <= end;) {
		if (due > host.now)
			host.now = due;
		platform_run(&host.p, host.now);
	}
	host.now = end;
}

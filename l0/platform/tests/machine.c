// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include "lib/string.h"
#include "platform/iommu.h"
#include "platform/msi.h"

struct machine m;

void platform_stop(struct platform *p, enum stop_why why, uint32_t status)
{
	ensure(p == &m.p);
	m.stops++;
	m.why = why;
	m.status = status;
}

void platform_console_put(struct platform *p, uint8_t c)
{
	ensure(p == &m.p);
	m.console[m.console_count++ % MACHINE_LOG] = c;
}

void platform_nobody(struct platform *p, uint64_t gpa)
{
	ensure(p == &m.p);
	m.nobody = gpa;
}

void platform_channel_put(struct platform *p, uint8_t c)
{
	ensure(p == &m.p);
	m.channel[m.channel_count++ % MACHINE_LOG] = c;
}

void platform_bus_enter(struct platform *p)
{
	ensure(p == &m.p);
	ensure(!m.inside);
	m.inside = true;
}

void platform_bus_leave(struct platform *p)
{
	ensure(p == &m.p);
	ensure(m.inside);
	m.inside = false;
}

void platform_place_page(struct platform *p, void *page, uint64_t gpa)
{
	ensure(p == &m.p);
	m.page = page;
	m.page_at = gpa;
}

uint64_t platform_iommu_read(struct platform *p, unsigned offset, unsigned size)
{
	ensure(p == &m.p);
	return m.iommu[offset / 8] >> offset % 8 * 8 & (size == 8 ? ~0ull : (1ull << 8 * size) - 1);
}

void platform_iommu_write(struct platform *p, unsigned offset, unsigned size, uint64_t value)
{
	ensure(p == &m.p);
	ensure(size == 8 && offset % 8 == 0);
	m.iommu[offset / 8] = value;
}

/* Messages of functions, not of pins. */
static void note_message(uint16_t source, uint64_t address, uint32_t data)
{
	if (source == IOAPIC_ID)
		return;
	m.messages++;
	m.message_source = source;
	m.message_address = address;
	m.message_data = data;
}

/* An IOMMU whose table is one line: handle n is vector 50H + n at LAPIC 1. */
bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *message)
{
	ensure(p == &m.p);
	ensure(m.inside);
	note_message(source, address, data);
	if (!p->config.iommu || !(address & 0x10))
		return msi_decode(address, data, message);
	m.remapped++;
	m.remapped_source = source;
	*message = (struct lapic_message){
		.destination = 1,
		.x2apic = true,
		.level = (data & 0x8000) != 0,
		.vector = (uint8_t)(0x50 + (address >> 5 & 0x7fff)),
	};
	return true;
}

void platform_kick(struct platform *p, unsigned vcpu)
{
	ensure(p == &m.p);
	ensure(vcpu < PLATFORM_VCPUS_MAX);
	m.kicks[vcpu]++;
}

bool platform_post(struct platform *p, unsigned vcpu, uint8_t vector)
{
	ensure(p == &m.p);
	ensure(vcpu < PLATFORM_VCPUS_MAX);
	ensure(p->config.posted);
	if (m.posts)
		m.notified[vcpu] += posting_post(&m.posting[vcpu], vector);
	return m.posts;
}

void platform_attend(struct platform *p, unsigned vcpu)
{
	ensure(p == &m.p);
	ensure(vcpu < PLATFORM_VCPUS_MAX);
	m.attends[vcpu]++;
}

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	ensure(p == &m.p);
	ensure(m.inside);
	m.dma_source = source;
	m.dma_write = write;
	if (address >= MACHINE_RAM)
		return NULL;
	/* In pieces as small as pages, as an IOMMU has them. */
	if (*size > MACHINE_PAGE - address % MACHINE_PAGE)
		*size = (uint32_t)(MACHINE_PAGE - address % MACHINE_PAGE);
	return m.ram + address;
}

uint64_t platform_dma_epoch(struct platform *p)
{
	ensure(p == &m.p);
	ensure(m.inside);
	return 1;
}

static void start(const struct platform_config *config)
{
	memset(&m, 0, sizeof(m));
	m.now = config->start;
	platform_init(&m.p, config);
	for (unsigned i = 0; i < config->vcpus; i++)
		lapic_init(&m.lapic[i], &m.p, i);
}

void machine_start(unsigned vcpus, bool x2apic)
{
	start(&(struct platform_config){
		.tsc_khz = 1000000,
		.memory_below_4g = 1ull << 30,
		.start = 5000,
		.vcpus = vcpus,
		.x2apic = x2apic,
	});
}

void machine_start_khz(unsigned vcpus, uint32_t tsc_khz, uint32_t bus_khz)
{
	start(&(struct platform_config){
		.tsc_khz = tsc_khz,
		.bus_khz = bus_khz,
		.memory_below_4g = 3ull << 30,
		.memory_above_4g = 5ull << 30,
		.start = 0,
		.vcpus = vcpus,
		.x2apic = true,
	});
}

void machine_start_named(unsigned vcpus)
{
	machine_start(vcpus, true);
	for (unsigned i = 0; i < vcpus; i++) {
		machine_xapic(i);
		lapic_out(i, 0xd0, 1u << (24 + i));
	}
}

void machine_start_posted(unsigned vcpus)
{
	start(&(struct platform_config){
		.tsc_khz = 1000000,
		.memory_below_4g = 1ull << 30,
		.vcpus = vcpus,
		.x2apic = true,
		.posted = true,
	});
	for (unsigned i = 0; i < vcpus; i++)
		machine_x2apic(i);
	m.posts = true;
}

uint32_t in(uint16_t port, unsigned size)
{
	uint32_t value = 0;

	platform_port_read(&m.p, 0, port, size, &value, m.now);
	return value;
}

void out(uint16_t port, unsigned size, uint32_t value)
{
	platform_port_write(&m.p, 0, port, size, value, m.now);
}

uint32_t lapic_in(unsigned vcpu, unsigned offset)
{
	uint64_t value = 0;
	uint64_t gpa = lapic_address(&m.lapic[vcpu]) + offset;

	platform_mmio_read(&m.p, vcpu, gpa, 4, &value, m.now);
	return (uint32_t)value;
}

void lapic_out(unsigned vcpu, unsigned offset, uint32_t value)
{
	platform_mmio_write(&m.p, vcpu, lapic_address(&m.lapic[vcpu]) + offset, 4, value, m.now);
}

uint32_t ioapic_in(unsigned index)
{
	uint64_t value = 0;

	platform_mmio_write(&m.p, 0, IOAPIC_BASE, 4, index, m.now);
	platform_mmio_read(&m.p, 0, IOAPIC_BASE + 0x10, 4, &value, m.now);
	return (uint32_t)value;
}

void ioapic_out(unsigned index, uint32_t value)
{
	platform_mmio_write(&m.p, 0, IOAPIC_BASE, 4, index, m.now);
	platform_mmio_write(&m.p, 0, IOAPIC_BASE + 0x10, 4, value, m.now);
}

void machine_drain(void)
{
	for (unsigned i = 0; i < m.p.config.vcpus; i++)
		lapic_drain(&m.lapic[i]);
}

int machine_pending(unsigned vcpu)
{
	lapic_drain(&m.lapic[vcpu]);
	return lapic_pending(&m.lapic[vcpu]);
}

int machine_ack(unsigned vcpu)
{
	lapic_drain(&m.lapic[vcpu]);
	return lapic_ack(&m.lapic[vcpu]);
}

unsigned machine_taken(int vector)
{
	unsigned who = 0;

	for (unsigned i = 0; i < m.p.config.vcpus; i++) {
		int v = machine_ack(i);

		ck_assert(v == -1 || v == vector);
		if (v == -1)
			continue;
		who |= 1u << i;
		lapic_eoi(&m.lapic[i]);
	}
	return who;
}

static uint64_t next_deadline(void)
{
	uint64_t next = platform_due(&m.p, PLATFORM_OWNER);

	for (unsigned i = 0; i < m.p.config.vcpus; i++)
		if (m.lapic[i].deadline < next)
			next = m.lapic[i].deadline;
	return next;
}

unsigned machine_advance(uint64_t ticks)
{
	uint64_t end = m.now + ticks;
	unsigned events = 0;

	for (;; events++) {
		uint64_t next = next_deadline();

		m.now = next < end ? next : end;
		platform_run(&m.p, m.now);
		for (unsigned i = 0; i < m.p.config.vcpus; i++)
			lapic_run(&m.lapic[i], m.now);
		machine_drain();
		ensure(platform_due(&m.p, PLATFORM_OWNER) > m.now);
		if (next > end)
			return events;
	}
}

void machine_pic(uint8_t base, uint16_t open)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, base);
	outb(0xa1, base + 8u);
	outb(0x21, 4);
	outb(0xa1, 2);
	outb(0x21, 1);
	outb(0xa1, 1);
	outb(0x21, ~open & 0xff);
	outb(0xa1, ~open >> 8 & 0xff);
}

void machine_xapic(unsigned vcpu)
{
	lapic_out(vcpu, 0xf0, 0x1ff);
}

void machine_x2apic(unsigned vcpu)
{
	struct lapic *l = &m.lapic[vcpu];

	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, l->base | LAPIC_BASE_X2APIC, m.now), 0);
	ck_assert_int_eq(lapic_msr_write(l, 0x80f, 0x1ff, m.now), 0);
}

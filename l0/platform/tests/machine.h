/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_MACHINE_H
#define PLATFORM_TESTS_MACHINE_H

#include <stddef.h>

#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/posting.h"
#include "tests/ensure.h"

/* A platform with its LAPICs, and what it told its surroundings. */
#define MACHINE_LOG  256
#define MACHINE_RAM  0x4000 /* that DMA reaches */
#define MACHINE_PAGE 0x1000

struct machine {
	struct platform p;
	struct lapic lapic[PLATFORM_VCPUS_MAX];
	uint64_t now;
	unsigned kicks[PLATFORM_VCPUS_MAX];
	unsigned attends[PLATFORM_VCPUS_MAX];
	bool posts; /* platform_post() posts; and how often it notified */
	struct posting posting[PLATFORM_VCPUS_MAX];
	unsigned notified[PLATFORM_VCPUS_MAX];
	unsigned stops;
	enum stop_why why;
	uint32_t status;
	uint64_t nobody; /* the last address without a device */
	uint8_t console[MACHINE_LOG];
	unsigned console_count;
	uint8_t channel[MACHINE_LOG];
	unsigned channel_count;
	uint8_t ram[MACHINE_RAM];
	uint16_t dma_source; /* of the last DMA */
	bool dma_write;
	unsigned messages; /* of functions, and the last one */
	uint16_t message_source;
	uint64_t message_address;
	uint32_t message_data;
	void *page; /* the last that was placed, and where */
	uint64_t page_at;
	bool inside; /* platform_bus_enter() */
	uint64_t iommu[512];
	unsigned remapped; /* messages that the IOMMU's table changed, and the last one's source */
	uint16_t remapped_source;
};

/* The one machine of the running test; Check forks for each. */
extern struct machine m;

/* 1 GHz, 1 GiB, TSC begins at 5000. */
void machine_start(unsigned vcpus, bool x2apic);
void machine_start_khz(unsigned vcpus, uint32_t tsc_khz, uint32_t bus_khz);

/* The same, with every LAPIC on in xAPIC mode: logical name of number n is bit n, flat. */
void machine_start_named(unsigned vcpus);

/* With vectors that are posted; every LAPIC is on, in x2APIC mode. */
void machine_start_posted(unsigned vcpus);

uint32_t in(uint16_t port, unsigned size);
void out(uint16_t port, unsigned size, uint32_t value);
static inline uint32_t inb(uint16_t port)
{
	return in(port, 1);
}
static inline void outb(uint16_t port, uint32_t value)
{
	out(port, 1, value);
}

uint32_t lapic_in(unsigned vcpu, unsigned offset);
void lapic_out(unsigned vcpu, unsigned offset, uint32_t value);
uint32_t ioapic_in(unsigned index);
void ioapic_out(unsigned index, uint32_t value);

/* Every vCPU takes what others have sent to it. */
void machine_drain(void);

/* After that: what a vCPU would be given, and what it takes. */
int machine_pending(unsigned vcpu);
int machine_ack(unsigned vcpu);

/* All take what is pending, `vector` or nothing, and end it: bit n says that number n had it. */
unsigned machine_taken(int vector);

/* Moves time on as the core does: stops at each deadline. Returns how many there were. */
unsigned machine_advance(uint64_t ticks);

/* Programs the 8259s as a PC does: vectors from `base`, all inputs masked but those of `open`. */
void machine_pic(uint8_t base, uint16_t open);

/* xAPIC on, software-enabled. */
void machine_xapic(unsigned vcpu);
void machine_x2apic(unsigned vcpu);

#endif

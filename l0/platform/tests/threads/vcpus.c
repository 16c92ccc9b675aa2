// SPDX-License-Identifier: Apache-2.0
#include "vcpus.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "platform/iommu.h"
#include "platform/msi.h"
#include "platform/platform_host.h"
#include "threads.h"

struct platform platform;
unsigned race_bytes, race_stops;

static struct lapic lapic[VCPUS];
static sem_t kicked[VCPUS];

void platform_stop(struct platform *p, enum stop_why why, uint32_t status)
{
	(void)p;
	(void)status;
	__atomic_fetch_add(&race_stops, why <= STOP_DEBUG_EXIT, __ATOMIC_RELAXED);
}

void platform_console_put(struct platform *p, uint8_t c)
{
	(void)p;
	(void)c;
	__atomic_fetch_add(&race_bytes, 1, __ATOMIC_RELAXED);
}

void platform_nobody(struct platform *p, uint64_t gpa)
{
	(void)p;
	(void)gpa;
}

void platform_channel_put(struct platform *p, uint8_t c)
{
	platform_console_put(p, c);
}

void platform_attend(struct platform *p, unsigned vcpu)
{
	require(p->lapic[vcpu] == &lapic[vcpu]);
}

void platform_kick(struct platform *p, unsigned vcpu)
{
	platform_attend(p, vcpu);
	sem_post(&kicked[vcpu]);
}

bool platform_post(struct platform *p, unsigned vcpu, uint8_t vector)
{
	(void)p;
	(void)vcpu;
	(void)vector;
	return false;
}

/* As an IOMMU's lock, which everything that a function does on the bus is inside of. */
static struct lock bus;

void platform_place_page(struct platform *p, void *page, uint64_t gpa)
{
	(void)p;
	(void)page;
	(void)gpa;
}

void platform_bus_enter(struct platform *p)
{
	require(p == &platform);
	lock_take(&bus);
}

void platform_bus_leave(struct platform *p)
{
	require(p == &platform);
	lock_give(&bus);
}

bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m)
{
	(void)p;
	(void)source;
	return msi_decode(address, data, m);
}

uint64_t platform_iommu_read(struct platform *p, unsigned offset, unsigned size)
{
	require(p == &platform);
	return offset + size;
}

void platform_iommu_write(struct platform *p, unsigned offset, unsigned size, uint64_t value)
{
	require(p == &platform);
	require(offset + size + value > 0);
}

static void power_on(void)
{
	const struct platform_config config = {
		.tsc_khz = 1000000,
		.memory_below_4g = 1u << 30,
		.vcpus = VCPUS,
		.x2apic = true,
	};

	platform_init(&platform, &config);
	for (unsigned i = 0; i < VCPUS; i++) {
		sem_init(&kicked[i], 0, 0);
		lapic_init(&lapic[i], &platform, i);
		lapic_msr_write(&lapic[i], MSR_APIC_BASE, lapic[i].base | LAPIC_BASE_X2APIC, 0);
		lapic_msr_write(&lapic[i], REG_SVR, 0x1ff, 0);
	}
}

void vcpus_sleep(const struct lapic *l)
{
	sem_wait(&kicked[l->id]);
}

void vcpus_run(void (*prepare)(void), void *(*vcpu)(void *))
{
	pthread_t thread[VCPUS];

	power_on();
	if (prepare)
		prepare();
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_create(&thread[i], NULL, vcpu, &lapic[i]);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_join(thread[i], NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What a platform asks of its surroundings (platform_host.h) where there are none: outputs and
 * kicks go nowhere, DMA reaches nothing, nobody takes a message, and what no test or benchmark has
 * asked for ends it. Each has its own of those that it looks at, which take these ones' place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "platform/iommu.h"
#include "platform/platform_host.h"

#define ALONE __attribute__((weak))

static _Noreturn void never(const char *what)
{
	fprintf(stderr, "%s: nobody expects that here\n", what);
	abort();
}

ALONE void platform_stop(struct platform *p, enum stop_why why, uint32_t status)
{
	(void)p;
	(void)why;
	(void)status;
	never(__func__);
}

ALONE void platform_nobody(struct platform *p, uint64_t gpa)
{
	(void)p;
	(void)gpa;
	never(__func__);
}

ALONE void platform_console_put(struct platform *p, uint8_t c)
{
	(void)p;
	(void)c;
}

ALONE void platform_channel_put(struct platform *p, uint8_t c)
{
	(void)p;
	(void)c;
}

ALONE void platform_attend(struct platform *p, unsigned vcpu)
{
	(void)p;
	(void)vcpu;
}

ALONE void platform_kick(struct platform *p, unsigned vcpu)
{
	(void)p;
	(void)vcpu;
}

ALONE bool platform_post(struct platform *p, unsigned vcpu, uint8_t vector)
{
	(void)p;
	(void)vcpu;
	(void)vector;
	return false;
}

ALONE void platform_bus_enter(struct platform *p)
{
	(void)p;
}

ALONE void platform_bus_leave(struct platform *p)
{
	(void)p;
}

ALONE void platform_place_page(struct platform *p, void *page, uint64_t gpa)
{
	(void)p;
	(void)page;
	(void)gpa;
	never(__func__);
}

ALONE void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
			 bool write)
{
	(void)p;
	(void)source;
	(void)address;
	(void)size;
	(void)write;
	return NULL;
}

ALONE uint64_t platform_dma_epoch(struct platform *p)
{
	(void)p;
	return 1;
}

ALONE bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
			  struct lapic_message *m)
{
	(void)p;
	(void)source;
	(void)address;
	(void)data;
	(void)m;
	return false;
}

ALONE uint64_t platform_iommu_read(struct platform *p, unsigned offset, unsigned size)
{
	(void)p;
	(void)offset;
	(void)size;
	never(__func__);
}

ALONE void platform_iommu_write(struct platform *p, unsigned offset, unsigned size, uint64_t value)
{
	(void)p;
	(void)offset;
	(void)size;
	(void)value;
	never(__func__);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_TESTS_HOST_H
#define DEVICES_TESTS_HOST_H

#include <stddef.h>

#include "platform/platform.h"
#include "platform/platform_host.h"
#include "tests/ensure.h"

/*
 * What the devices stand on: the platform's own bus, memory for DMA, and who gets messages. With
 * `iommu` bus addresses lead elsewhere, page by page, so that nothing that is not translated or
 * reaches over the end of a page lands where it should.
 */
#define HOST_RAM      (2u << 20)
#define HOST_PAGE     4096u
#define HOST_SCRAMBLE 0x155u /* page p of the bus is page p ^ HOST_SCRAMBLE of memory */
#define HOST_LOG      4096
#define HOST_MESSAGES 64

struct host {
	struct platform p;
	struct lapic lapic;
	uint64_t now;
	uint64_t sent; /* devices_sent() */
	bool iommu;
	bool inside;       /* platform_bus_enter() */
	uint64_t hole;     /* a page that DMA does not reach */
	uint64_t unmapped; /* a page that the guest's tables do not have any more */
	uint64_t moved;    /* or have elsewhere, be its IOMMU told of it (told) or not */
	bool told;
	bool foreign; /* DMA leads out of the machine */
	unsigned foreigners;
	uint64_t dmas;                    /* translations */
	unsigned messages[HOST_MESSAGES]; /* by data */
	void *page;                       /* the last that was placed, and where */
	uint64_t page_at;
	uint8_t console[HOST_LOG];
	unsigned console_count;
};

/* The one of the running test; Check forks for each. */
extern struct host host;

void host_start(bool iommu);

/* The IOMMU is turned on or off; what was at a bus address still is, but in another page. */
void host_remap(void);

/* Memory at a bus address, as the driver sees it. */
void host_read(uint64_t address, void *to, uint32_t size);
void host_write(uint64_t address, const void *from, uint32_t size);
void host_clear(uint64_t address, uint32_t size);
uint16_t host_get16(uint64_t address);
void host_put16(uint64_t address, uint16_t value);

/* The configuration space and BAR 0 of a function, by the ways of a guest. */
uint32_t config_in(struct pci_function *f, unsigned reg, unsigned size);
void config_out(struct pci_function *f, unsigned reg, unsigned size, uint32_t value);
uint64_t bar_in(struct pci_function *f, uint32_t offset, unsigned size);
void bar_out(struct pci_function *f, uint32_t offset, unsigned size, uint64_t value);

/* Time goes on, and what is due is done. */
void host_advance(uint64_t ticks);

/* xorshift, the same in every run. */
uint64_t draw(void);
/* From these bytes, as long as there are any. */
void draw_from(const uint8_t *data, size_t size);
bool draw_left(void);

#endif

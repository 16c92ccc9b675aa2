// SPDX-License-Identifier: Apache-2.0
#include "vtd.h"

#include <stddef.h>

#include "machine.h"

#define CAP    0x08
#define GCMD   0x18
#define GSTS   0x1c
#define RTADDR 0x20
#define IQT    0x88
#define IQA    0x90

#define TRANSLATE (1u << 31) // bits of GCMD and GSTS
#define SET_ROOT  (1u << 30)
#define QUEUE     (1u << 26)

#define CACHING 0x80u // of CAP: it remembers absent pages, too (6.1)

#define DOMAIN         1u
#define PRESENT        1u
#define READ_WRITE     3u
#define WIDTH_39       1u // three levels
#define CONTEXT_DOMAIN 8

#define IOTLB_PAGE  (2u | 3u << 4) // type, granularity
#define CONTEXT_ALL (1u | 1u << 4)
#define WAIT_STATUS (5u | 1u << 5)
#define DONE        1u

#define QUEUED   256u       // descriptors of one page
#define PATIENCE (1u << 24) // rounds of a loop after which a unit is dead

#define DMAR_UNITS 48u // where the DMAR's structures begin; the first is a unit's (8.3)

struct dmar_unit {
	uint16_t type, length;
	uint8_t flags, size;
	uint16_t segment;
	uint64_t registers;
} __attribute__((packed));

typedef uint64_t page_of_words[512] __attribute__((aligned(VTD_PAGE)));

static page_of_words root, contexts, top, middle, leaves[VTD_PAGES / 512];
static volatile uint64_t queue[QUEUED][2] __attribute__((aligned(VTD_PAGE)));
static volatile uint32_t status;
static uint32_t tail;
static uint64_t unit; // where its registers are; 0: not found

static volatile uint32_t *reg(uint32_t offset)
{
	return (volatile uint32_t *)(unit + offset);
}

static uint64_t unit_find(void)
{
	const uint8_t *dmar = acpi_table("DMAR");

	return dmar != NULL ? ((const struct dmar_unit *)(dmar + DMAR_UNITS))->registers : 0;
}

// A command, with all that is on already, and the unit's word that it is carried out (11.4.4).
static bool command(uint32_t bit)
{
	*reg(GCMD) = (*reg(GSTS) & (TRANSLATE | QUEUE)) | bit;
	for (uint32_t i = 0; i < PATIENCE; i++)
		if (*reg(GSTS) & bit)
			return true;
	return false;
}

static void set_wide(uint32_t offset, uint64_t value)
{
	*(volatile uint64_t *)(unit + offset) = value;
}

static void put(uint64_t low, uint64_t high)
{
	queue[tail][0] = low;
	queue[tail][1] = high;
	tail = (tail + 1) % QUEUED;
}

// What is queued, and a wait: to the unit's word that all before it is done.
static bool wait(void)
{
	status = 0;
	put(WAIT_STATUS | (uint64_t)DONE << 32, (uint64_t)&status);
	*reg(IQT) = tail * 16;
	for (uint32_t i = 0; i < PATIENCE; i++)
		if (status == DONE)
			return true;
	return false;
}

const char *vtd_init(void)
{
	if (unit != 0)
		return NULL;
	unit = unit_find();
	if (unit == 0)
		return "no IOMMU";
	set_wide(IQT, 0);
	set_wide(IQA, (uint64_t)queue);
	return command(QUEUE) ? NULL : "the IOMMU's queue does not start";
}

static void link_tables(void)
{
	top[0] = (uint64_t)middle | READ_WRITE;
	for (uint32_t i = 0; i < VTD_PAGES / 512; i++)
		middle[i] = (uint64_t)leaves[i] | READ_WRITE;
}

const char *vtd_translate(uint8_t devfn)
{
	link_tables();
	root[0] = (uint64_t)contexts | PRESENT;
	contexts[devfn * 2] = (uint64_t)top | PRESENT;
	contexts[devfn * 2 + 1] = DOMAIN << CONTEXT_DOMAIN | WIDTH_39;
	set_wide(RTADDR, (uint64_t)root);
	if (!command(SET_ROOT))
		return "the IOMMU does not take its tables";
	put(CONTEXT_ALL, 0);
	return wait() && command(TRANSLATE) ? NULL : "the IOMMU does not translate";
}

static volatile uint64_t *leaf(uint32_t page)
{
	return &leaves[page / 512][page % 512];
}

void vtd_map(uint32_t page, uint64_t frame)
{
	*leaf(page) = frame | READ_WRITE;
	if (*reg(CAP) & CACHING)
		vtd_invalidate(page);
}

void vtd_unmap(uint32_t page)
{
	*leaf(page) = 0;
}

bool vtd_invalidate(uint32_t page)
{
	put(IOTLB_PAGE | (uint64_t)DOMAIN << 16, (uint64_t)page * VTD_PAGE);
	return wait();
}

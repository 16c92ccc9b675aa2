// SPDX-License-Identifier: Apache-2.0
// What a driver waits for its IOMMU: invalidation of one page at a time, strictly.
#include "cpu.h"
#include "cpus.h"
#include "operations.h"
#include "sender.h"
#include "vtd.h"

#define RING_PAGE (VTD_PAGES - 1) // of the domain; the device's ring stays mapped there
#define PIECE     (SENDER_FRAMES / 2)
#define USED      (VTD_PAGES - PIECE) // pages that the device has read

static uint8_t frame[VTD_PAGE] __attribute__((aligned(VTD_PAGE)));
static uint32_t next; // the page that is unmapped next

const char *prepare_vtd(void)
{
	return cpu_number() == 0 ? vtd_init() : "one CPU alone drives it";
}

bool op_iotlb_invalidate(uint64_t *ticks)
{
	uint64_t start = rdtsc();
	bool done = vtd_invalidate(0);

	*ticks = rdtsc() - start;
	return done;
}

static const char *start_sender(void)
{
	uint8_t devfn;
	const char *why;

	if (!sender_find(&devfn))
		return "no device that could read memory (82540EM)";
	vtd_map(RING_PAGE, (uint64_t)sender_ring());
	why = vtd_translate(devfn);
	if (why == NULL)
		sender_start((uint64_t)RING_PAGE * VTD_PAGE);
	return why;
}

// All pages are mapped, and read by the device, before the first is unmapped: what is between the
// marks is the driver's alone.
const char *prepare_iova(void)
{
	const char *why = prepare_vtd();

	if (why == NULL)
		why = start_sender();
	for (uint32_t page = 0; page < USED && why == NULL; page += PIECE) {
		for (uint32_t i = 0; i < PIECE; i++)
			vtd_map(page + i, (uint64_t)frame);
		if (!sender_read((uint64_t)page * VTD_PAGE, VTD_PAGE, PIECE))
			why = "the device does not read what is mapped";
	}
	return why;
}

bool op_iova_unmap(uint64_t *ticks)
{
	uint64_t start = rdtsc();
	bool done;

	if (next == USED)
		return false;
	vtd_unmap(next);
	done = vtd_invalidate(next);
	*ticks = rdtsc() - start;
	next++;
	return done;
}

// It has been read before, and is unmapped now: the device must not reach it, and its driver waits
// in vain.
bool op_iova_stale(uint64_t *ticks)
{
	uint64_t start = rdtsc();
	bool read;

	vtd_unmap(0);
	if (!vtd_invalidate(0))
		return false;
	read = sender_read(0, VTD_PAGE, 1);
	*ticks = rdtsc() - start;
	return !read;
}

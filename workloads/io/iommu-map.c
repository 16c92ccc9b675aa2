// SPDX-License-Identifier: Apache-2.0
/*
 * What it costs to map pages for a device and to take them away again, by the IOMMU driver of the
 * kernel, through VFIO: a sample for each map, and one for each unmap.
 *
 *	iommu-map FUNCTION GROUP PAGES TIMES
 *
 * The function (0000:00:03.0) is vfio-pci's, in that IOMMU group. Memory is pinned beforehand, by
 * a mapping that stays, so that what is measured is the IOMMU and not the memory manager. An unmap
 * has returned when no device can reach the pages any longer: VFIO's domains are strict.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpu.h"
#include "net.h"
#include "samples.h"

#define PAGE    4096
#define IOVA    0x40000000ull
#define WARM_UP 4

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		die(path);
	return fd;
}

/* The container of the function's group, with the IOMMU's second version of the type 1 interface.
 */
static int container_of(const char *function, const char *group)
{
	char path[64];
	int container = open_or_die("/dev/vfio/vfio"), fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	fd = open_or_die(path);
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) ||
	    ioctl(fd, VFIO_GROUP_GET_DEVICE_FD, function) < 0)
		die("iommu-map: the group");
	return container;
}

static uint64_t map(int container, void *memory, size_t bytes, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = bytes,
	};
	uint64_t start = rdtsc();

	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &m))
		die("iommu-map: map");
	return rdtsc() - start;
}

static uint64_t unmap(int container, size_t bytes, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap u = {
		.argsz = sizeof(u),
		.iova = iova,
		.size = bytes,
	};
	uint64_t start = rdtsc();

	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &u) || u.size != bytes)
		die("iommu-map: unmap");
	return rdtsc() - start;
}

/* Ticks of each half, by who is measured: counters of exits are of one of them alone. */
static bool measure(const char *name, int container, void *memory, size_t pages, size_t times)
{
	struct samples samples;
	bool maps = !strcmp(name, "iommu-map");

	if (!samples_make(&samples, name, times))
		die(name);
	samples_fact(&samples, "pages", pages);
	for (size_t i = 0; i < times + WARM_UP; i++) {
		uint64_t offset = i * pages * PAGE, ticks;

		if (i == WARM_UP)
			samples_begin(&samples);
		ticks = maps ? map(container, memory, pages * PAGE, IOVA + offset)
			     : unmap(container, pages * PAGE, IOVA + offset);
		if (i >= WARM_UP)
			samples_add(&samples, ticks);
	}
	samples_end(&samples);
	return samples_tell(&samples);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: iommu-map FUNCTION GROUP PAGES TIMES\n");
		return 2;
	}
	size_t pages = number_of(argv[3], 4096), times = number_of(argv[4], 4096);
	int container = container_of(argv[1], argv[2]);
	void *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		die("iommu-map");
	return measure("iommu-map", container, memory, pages, times) &&
			       measure("iommu-unmap", container, memory, pages, times)
		       ? 0
		       : 1;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * How long a disk takes for 4 KiB, past the page cache, a sample for each read.
 *
 *	blk-lat DEVICE TIMES
 *
 * The places are pseudo-random, the same in each run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cpu.h"
#include "net.h"
#include "samples.h"

#define BLOCK   4096
#define WARM_UP 4

struct disk {
	int fd;
	uint64_t blocks, state;
	void *block;
};

static struct disk disk_open(const char *path)
{
	struct disk disk = {.fd = open(path, O_RDONLY | O_DIRECT), .state = 1};
	off_t size = disk.fd < 0 ? -1 : lseek(disk.fd, 0, SEEK_END);

	if (size < BLOCK || posix_memalign(&disk.block, BLOCK, BLOCK))
		die(path);
	disk.blocks = (uint64_t)size / BLOCK;
	return disk;
}

/* Knuth's MMIX generator; its high bits are the good ones. */
static uint64_t next_block(struct disk *disk)
{
	disk->state = disk->state * 6364136223846793005ull + 1442695040888963407ull;
	return (disk->state >> 32) % disk->blocks;
}

static uint64_t one(struct disk *disk)
{
	off_t at = (off_t)(next_block(disk) * BLOCK);
	uint64_t start = rdtsc();

	if (pread(disk->fd, disk->block, BLOCK, at) != BLOCK)
		die("blk-lat: read");
	return rdtsc() - start;
}

int main(int argc, char **argv)
{
	struct samples samples;

	if (argc != 3) {
		fprintf(stderr, "usage: blk-lat DEVICE TIMES\n");
		return 2;
	}
	size_t times = number_of(argv[2], 1000000);
	struct disk disk = disk_open(argv[1]);

	if (!samples_make(&samples, "blk-lat", times))
		die("blk-lat");
	samples_fact(&samples, "bytes", BLOCK);
	for (int i = 0; i < WARM_UP; i++)
		one(&disk);
	samples_begin(&samples);
	for (size_t i = 0; i < times; i++)
		samples_add(&samples, one(&disk));
	samples_end(&samples);
	return samples_tell(&samples) ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/virtio/virtio_blk.h"
#include "driver.h"
#include "suites.h"

#define BYTES   (256u << 10)
#define SECTORS (BYTES / 512)

static struct virtio_blk blk;
static struct driver d;
static uint8_t disk[BYTES], copy[BYTES], dirty[VIRTIO_BLK_BITMAP(BYTES)];
static uint64_t header_at, data_at, status_at;

static void start(uint64_t latency, bool read_only, unsigned queues)
{
	const struct virtio_blk_config config = {
		.pci.id = 0x28,
		.disk = disk,
		.bytes = BYTES,
		.dirty = dirty,
		.read_only = read_only,
		.queues = (uint8_t)queues,
		.latency = latency,
		.serial = "testudo-disk",
	};

	host_start(true);
	memset(dirty, 0, sizeof(dirty));
	for (unsigned i = 0; i < BYTES; i++)
		copy[i] = disk[i] = (uint8_t)draw();
	virtio_blk_init(&blk, &config);
	ck_assert(pci_register(&host.p, &blk.pci.function));
	driver_start(&d, &blk.pci.function, UINT64_MAX, 64);
	header_at = memory(16, 1);
	data_at = memory(64 << 10, 1);
	status_at = memory(1, 1);
}

/* Asks, in up to three pieces of data; told, but perhaps not done yet. */
static void ask(unsigned queue, uint32_t type, uint64_t sector, uint32_t bytes, bool in)
{
	uint32_t first = bytes ? (uint32_t)(draw() % bytes) : 0;
	struct piece p[4] = {{header_at, 16}};
	unsigned n = 1;
	uint8_t nothing = 0xee;

	host_write(header_at, &(uint64_t){type}, 8);
	host_write(header_at + 8, &sector, 8);
	host_write(status_at, &nothing, 1);
	if (bytes) {
		p[n++] = (struct piece){data_at, first};
		p[n++] = (struct piece){data_at + first, bytes - first};
	}
	p[n++] = (struct piece){status_at, 1};
	ring_add(&d, queue, p, in ? 1 : n - 1, in ? n - 1 : 1);
	ring_tell(&d, queue);
}

static uint8_t answer(void)
{
	uint8_t status;

	host_read(status_at, &status, 1);
	return status;
}

static uint32_t done(unsigned queue)
{
	uint32_t bytes = 0;
	uint16_t head;

	ensure(ring_used(&d, queue, &head, &bytes));
	return bytes;
}

static void check_dirty(void)
{
	for (unsigned b = 0; b < BYTES / VIRTIO_BLK_BLOCK; b++)
		if (memcmp(disk + b * VIRTIO_BLK_BLOCK, copy + b * VIRTIO_BLK_BLOCK,
			   VIRTIO_BLK_BLOCK) != 0)
			ensure(virtio_blk_dirty(&blk, b));
}

/* Random reads and writes beside a plain array. */
START_TEST(reads_and_writes)
{
	static uint8_t model[BYTES], data[64 << 10];

	start(0, false, 1);
	d.indirect = _i;
	memcpy(model, disk, BYTES);
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t sectors = 1 + (uint32_t)(draw() % 32);
		uint64_t sector = draw() % (SECTORS - sectors + 1);
		bool in = draw() % 2;

		for (uint32_t i = 0; i < sectors * 512 && !in; i++)
			data[i] = (uint8_t)draw();
		host_write(data_at, data, in ? 0 : sectors * 512);
		ask(0, in ? 0 : 1, sector, sectors * 512, in);
		ensure(answer() == 0 && done(0) == (in ? sectors * 512 + 1 : 1));
		host_read(data_at, data, sectors * 512);
		if (!in)
			memcpy(model + sector * 512, data, sectors * 512);
		ensure(!memcmp(model + sector * 512, data, sectors * 512));
	}
	ck_assert_mem_eq(model, disk, BYTES);
	check_dirty();
}
END_TEST

START_TEST(dirty_blocks)
{
	start(0, false, 1);
	ask(0, 1, 7, 1024, false); /* sectors 7 and 8 */
	ask(0, 0, 100, 512, true);
	for (unsigned b = 0; b < BYTES / VIRTIO_BLK_BLOCK; b++)
		ck_assert_int_eq(virtio_blk_dirty(&blk, b), b < 2);
	ck_assert(!virtio_blk_dirty(&blk, BYTES / VIRTIO_BLK_BLOCK));
	ck_assert(!virtio_blk_dirty(&blk, UINT64_MAX));
}
END_TEST

/* What must not be: each with its status, and the disk as it was. */
START_TEST(refused)
{
	start(0, false, 1);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, disk, BYTES);
	ask(0, 0, SECTORS, 512, true);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 1, SECTORS - 1, 1024, false);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 1, UINT64_MAX, 512, false);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 1, UINT64_MAX / 512, 512, false);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 0, 0, 100, true);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 2, 0, 512, true);
	ck_assert_uint_eq(answer(), 2);
	ask(0, UINT32_MAX, 0, 0, true);
	ck_assert_uint_eq(answer(), 2);
	ck_assert_mem_eq(copy, disk, BYTES);
	ck_assert_uint_eq(blk.counters.errors, 7);
	ck_assert_uint_eq(driver_status(&d), 15);
}
END_TEST

START_TEST(no_place_for_status)
{
	start(0, false, 1);
	ring_add(&d, 0, &(struct piece){header_at, 16}, 1, 0);
	ring_tell(&d, 0);
	ck_assert_uint_eq(driver_status(&d), 0x4f);
}
END_TEST

START_TEST(read_only)
{
	start(0, true, 1);
	ck_assert(d.features & VIRTIO_BIT(5));
	ck_assert(!(d.features & (VIRTIO_BIT(13) | VIRTIO_BIT(14))));
	memcpy(copy, disk, BYTES);
	ask(0, 1, 0, 512, false);
	ck_assert_uint_eq(answer(), 1);
	ask(0, 0, 0, 512, true);
	ck_assert_uint_eq(answer(), 0);
	ck_assert_mem_eq(copy, disk, BYTES);
}
END_TEST

static void ask_range(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags)
{
	host_write(data_at, &sector, 8);
	host_write(data_at + 8, &sectors, 4);
	host_write(data_at + 12, &flags, 4);
	ask(0, type, 0, 16, false);
}

START_TEST(others)
{
	char id[20];

	start(0, false, 1);
	ck_assert_uint_eq(bar_in(d.function, d.config, 8), SECTORS);
	ask(0, 4, 0, 0, true);
	ck_assert_uint_eq(answer(), 0);
	ask(0, 8, 0, 20, true);
	ck_assert_uint_eq(answer(), 0);
	host_read(data_at, id, 20);
	ck_assert_str_eq(id, "testudo-disk");
	ask_range(13, 8, 16, 0);
	ck_assert_uint_eq(answer(), 0);
	for (unsigned i = 0; i < 16 * 512; i++)
		ensure(disk[8 * 512 + i] == 0);
	ck_assert(virtio_blk_dirty(&blk, 1) && virtio_blk_dirty(&blk, 2) &&
		  !virtio_blk_dirty(&blk, 3));
	ask_range(13, SECTORS - 1, 2, 0);
	ck_assert_uint_eq(answer(), 1);
	ask_range(13, 0, UINT32_MAX, 0);
	ck_assert_uint_eq(answer(), 1);
	ask_range(11, 0, 8, 1);
	ck_assert_uint_eq(answer(), 2);
	ask_range(11, 0, 8, 0);
	ck_assert_uint_eq(answer(), 0);
}
END_TEST

/* A request is done when its time has come, not earlier; with its interrupt. */
START_TEST(latency)
{
	start(50000, false, 1);
	ask(0, 0, 0, 512, true);
	host_advance(49999);
	ck_assert_uint_eq(host_get16(d.ring[0].device + 2), 0);
	ck_assert_uint_eq(host.messages[1], 0);
	host_advance(1);
	ck_assert_uint_eq(host_get16(d.ring[0].device + 2), 1);
	ck_assert_uint_eq(host.messages[1], 1);
	ck_assert_uint_eq(done(0), 513);
	/* Of a device that was reset nothing comes. */
	ask(0, 0, 0, 512, true);
	common_out(&d, 0x14, 1, 0);
	host_advance(100000);
	ck_assert_uint_eq(host_get16(d.ring[0].device + 2), 1);
}
END_TEST

/* Nor of a queue, however often; the other one goes on. */
START_TEST(queue_reset)
{
	start(1000000, false, 2);
	ck_assert_uint_eq(bar_in(d.function, d.config + 34, 2), 2);
	for (unsigned i = 0; i < 10; i++) {
		ask(1, 0, 0, 512, true);
		for (unsigned n = 0; n < 200; n++) {
			memory_again();
			driver_ring(&d, 0, 64);
			for (unsigned k = 0; k < 16; k++)
				ask(0, 4, 0, 0, true);
			common_out(&d, 0x16, 2, 0);
			common_out(&d, 0x3a, 2, 1);
		}
	}
	ck_assert_uint_eq(blk.count, 10);
	host_advance(1000000);
	ck_assert_uint_eq(blk.count, 0);
}
END_TEST

TCase *virtio_blk_tests(void)
{
	TCase *t = tcase_create("virtio block device");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, reads_and_writes, 0, 2);
	tcase_add_test(t, dirty_blocks);
	tcase_add_test(t, refused);
	tcase_add_test(t, no_place_for_status);
	tcase_add_test(t, read_only);
	tcase_add_test(t, others);
	tcase_add_test(t, latency);
	tcase_add_test(t, queue_reset);
	return t;
}

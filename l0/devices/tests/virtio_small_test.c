// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/virtio/virtio_console.h"
#include "devices/virtio/virtio_rng.h"
#include "driver.h"
#include "suites.h"

static struct virtio_console console;
static struct virtio_rng rng;
static struct driver d;

static void start_rng(uint64_t seed)
{
	const struct virtio_rng_config config = {.pci.id = 0x18, .seed = seed};

	host_start(true);
	memset(&rng, 0, sizeof(rng));
	virtio_rng_init(&rng, &config);
	ck_assert(pci_register(&host.p, &rng.pci.function));
	driver_start(&d, &rng.pci.function, UINT64_MAX, 16);
}

static uint32_t ask(uint8_t *to, uint32_t size)
{
	const struct piece piece = {memory(size, 1), size};
	uint32_t bytes = 0;
	uint16_t head;

	ring_add(&d, 0, &piece, 0, 1);
	ring_tell(&d, 0);
	ck_assert(ring_used(&d, 0, &head, &bytes));
	host_read(piece.address, to, bytes);
	return bytes;
}

/* The same numbers from the same seed, others from another; every bit changes. */
START_TEST(random_numbers)
{
	uint8_t first[100], again[100], other[100], ones = 0, zeros = 0;

	start_rng(7);
	ck_assert_uint_eq(ask(first, 100), 100);
	start_rng(7);
	ck_assert_uint_eq(ask(again, 100), 100);
	start_rng(8);
	ck_assert_uint_eq(ask(other, 100), 100);
	ck_assert_mem_eq(first, again, 100);
	ck_assert_mem_ne(first, other, 100);
	for (unsigned i = 0; i < 100; i++) {
		ones |= first[i];
		zeros |= (uint8_t)~first[i];
	}
	ck_assert_uint_eq(ones & zeros, 0xff);
}
END_TEST

START_TEST(long_request)
{
	static uint8_t bytes[8192];
	uint32_t n;

	start_rng(0);
	n = ask(bytes, sizeof(bytes));
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, sizeof(bytes));
}
END_TEST

static void start_console(void)
{
	const struct virtio_console_config config = {.pci.id = 0x20, .columns = 132};

	host_start(true);
	virtio_console_init(&console, &config);
	ck_assert(pci_register(&host.p, &console.pci.function));
	driver_start(&d, &console.pci.function, UINT64_MAX, 16);
}

START_TEST(console_config)
{
	start_console();
	ck_assert_uint_eq(bar_in(d.function, d.config, 2), 132);
	ck_assert_uint_eq(bar_in(d.function, d.config + 2, 2), 25);
	ck_assert_uint_eq(bar_in(d.function, d.config + 12, 4), 0);
	bar_out(d.function, d.config + 8, 4, '!'); /* a byte in an emergency */
	ck_assert_uint_eq(host.console_count, 1);
	ck_assert_uint_eq(host.console[0], '!');
}
END_TEST

/* What comes in reaches the driver in order, whether buffers were there before or not. */
START_TEST(console_input)
{
	uint8_t next_in = 0, next_out = 0, c;
	uint32_t bytes;
	uint16_t head;
	uint64_t buffers;

	start_console();
	buffers = memory(16 * 32, 1);
	for (unsigned round = 0; round < 5000; round++) {
		const struct piece piece = {buffers + 32 * (round % 16), 1 + round % 7};

		for (uint64_t n = draw() % 8; n; n--)
			next_in = (uint8_t)(next_in +
					    virtio_console_receive(&console, next_in, host.now));
		if (d.ring[0].free_count && draw() % 2) {
			ring_add(&d, 0, &piece, 0, 1);
			ring_tell(&d, 0);
		}
		host_advance(10000);
		while (ring_used(&d, 0, &head, &bytes)) {
			uint64_t at;

			host_read(d.ring[0].descriptors + 16u * head, &at, 8);
			ensure(bytes);
			for (uint32_t i = 0; i < bytes; i++) {
				host_read(at + i, &c, 1);
				ensure(c == next_out++);
			}
		}
		ring_event(&d, 0, d.ring[0].seen);
	}
	ck_assert_uint_gt(host.messages[1], 100);
}
END_TEST

START_TEST(console_full)
{
	unsigned n = 0;

	start_console();
	while (virtio_console_receive(&console, 'x', host.now))
		n++;
	ck_assert_uint_eq(n, VIRTIO_CONSOLE_FIFO);
}
END_TEST

TCase *virtio_small_tests(void)
{
	TCase *t = tcase_create("virtio entropy and console");

	tcase_add_test(t, random_numbers);
	tcase_add_test(t, long_request);
	tcase_add_test(t, console_config);
	tcase_add_test(t, console_input);
	tcase_add_test(t, console_full);
	return t;
}

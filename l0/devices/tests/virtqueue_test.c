// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/virtio/virtio_console.h"
#include "devices/virtio/virtio_rng.h"
#include "driver.h"
#include "suites.h"

#define EVENTS   VIRTIO_BIT(VIRTIO_F_EVENT_IDX)
#define INDIRECT VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC)
#define SIZE     16
#define OUT      1 /* the console's queue that is read */

static struct virtio_console console;
static struct virtio_rng rng;
static struct driver d;

static void start_rng(uint64_t without, bool iommu)
{
	const struct virtio_rng_config config = {.pci.id = 0x18, .seed = 1};

	host_start(iommu);
	virtio_rng_init(&rng, &config);
	ck_assert(pci_register(&host.p, &rng.pci.function));
	driver_start(&d, &rng.pci.function, ~without, SIZE);
}

static void start_console(uint64_t without)
{
	const struct virtio_console_config config = {.pci.id = 0x18};

	host_start(true);
	virtio_console_init(&console, &config);
	ck_assert(pci_register(&host.p, &console.pci.function));
	driver_start(&d, &console.pci.function, ~without, SIZE);
}

static void add_buffer(uint32_t bytes)
{
	static uint64_t at;
	const struct piece piece = {at ? at : (at = memory(4096, 1)), bytes};

	ring_add(&d, 0, &piece, 0, 1);
}

static unsigned used(unsigned queue)
{
	unsigned n = 0;
	uint32_t bytes;
	uint16_t head;

	while (ring_used(&d, queue, &head, &bytes))
		n++;
	return n;
}

/* The interrupt comes when the index that the driver named is passed, and at no other time. */
START_TEST(interrupts_are_exact)
{
	unsigned expected = 0;
	uint16_t before = 0, event = 0;

	start_rng(0, _i);
	for (unsigned round = 0; round < 70000; round++) {
		unsigned n = 1 + (unsigned)(draw() % SIZE);
		bool passed = false;

		for (unsigned i = 0; i < n; i++)
			add_buffer(4);
		ensure(ring_tell(&d, 0));
		for (unsigned i = 0; i < n; i++)
			passed |= (uint16_t)(before + i) == event;
		expected += passed;
		before = (uint16_t)(before + n);
		ensure(host.messages[1] == expected);
		ensure(used(0) == n);
		/* Mostly what a driver does, which is to name the next one. */
		event = (uint16_t)(draw() % 4 ? before + draw() % 3 : draw());
		ring_event(&d, 0, event);
	}
	ck_assert_uint_gt(expected, 10000);
	ck_assert_uint_eq(host.messages[0], 0);
}
END_TEST

/* One kick for what is told at once, each time the queue was empty. */
START_TEST(kicks_are_exact)
{
	start_rng(_i ? EVENTS : 0, true);
	for (unsigned round = 0; round < 10000; round++) {
		unsigned n = 1 + round % SIZE;

		for (unsigned i = 0; i < n; i++)
			add_buffer(4);
		ensure(ring_tell(&d, 0));
		ensure(used(0) == n);
	}
	ck_assert_uint_eq(d.ring[0].kicks, 10000);
}
END_TEST

/* Who polls needs no kicks and no exits. */
START_TEST(polled)
{
	start_rng(_i ? EVENTS : 0, true);
	driver_polled(&rng.pci, true);
	for (unsigned round = 0; round < 70000; round++) {
		add_buffer(4);
		ensure(!ring_tell(&d, 0));
		pci_work(&rng.pci.function, virtio_poll, host.now);
		ensure(used(0) == 1);
	}
	add_buffer(4);
	ck_assert(!ring_tell(&d, 0));
	driver_polled(&rng.pci, false); /* nothing is forgotten */
	ck_assert_uint_eq(used(0), 1);
	add_buffer(4);
	ck_assert(ring_tell(&d, 0));
}
END_TEST

/* An empty queue costs a poll one translation, and none once its ring has been reached. */
START_TEST(poll_is_cheap)
{
	start_rng(0, true);
	host.dmas = 0;
	pci_work(&rng.pci.function, virtio_poll, host.now);
	ck_assert_uint_eq(host.dmas, 1);
	add_buffer(4);
	ring_tell(&d, 0);
	host.dmas = 0;
	add_buffer(4);
	ring_tell(&d, 0); /* the buffer */
	ck_assert_uint_eq(host.dmas, 1);
	host_remap();
	host.dmas = 0;
	add_buffer(4);
	ring_tell(&d, 0); /* three rings and the buffer */
	ck_assert_uint_eq(host.dmas, 4);
}
END_TEST

/* What was reached in one epoch is not used in the next: the pages may be others by then. */
START_TEST(translations_last_an_epoch)
{
	start_rng(0, false);
	for (unsigned round = 0; round < 100; round++) {
		add_buffer(4);
		ensure(ring_tell(&d, 0));
		ensure(used(0) == 1);
		host_remap();
	}
}
END_TEST

/* A kick does a bounded number of chains; the others follow by themselves. */
START_TEST(budget)
{
	const struct virtio_rng_config config = {.pci.id = 0x18};

	host_start(true);
	virtio_rng_init(&rng, &config);
	ck_assert(pci_register(&host.p, &rng.pci.function));
	driver_start(&d, &rng.pci.function, UINT64_MAX, 128);
	for (unsigned i = 0; i < 100; i++)
		add_buffer(4);
	ring_tell(&d, 0);
	ck_assert_uint_lt(used(0), 100);
	host_advance(100000);
	used(0);
	ck_assert_uint_eq(d.ring[0].seen, 100);
}
END_TEST

/* Bytes through chains of all shapes come out as they went in. */
START_TEST(shapes)
{
	struct piece pieces[TABLE_MAX];
	uint8_t sent[HOST_LOG];
	uint64_t at;

	start_console(_i & 1 ? EVENTS : 0);
	d.indirect = _i & 2;
	at = memory(HOST_LOG, 1);
	for (unsigned round = 0; round < 2000; round++) {
		unsigned n = 1 + (unsigned)(draw() % 8), bytes = 0;

		for (unsigned i = 0; i < n; i++) {
			pieces[i] = (struct piece){at + bytes, (uint32_t)(draw() % 300)};
			bytes += pieces[i].size;
		}
		for (unsigned i = 0; i < bytes; i++)
			sent[i] = (uint8_t)draw();
		host_write(at, sent, bytes);
		host.console_count = 0;
		ring_add(&d, OUT, pieces, n, 0);
		ring_tell(&d, OUT);
		ensure(used(OUT) == 1 && host.console_count == bytes);
		ensure(!memcmp(sent, host.console, bytes));
	}
}
END_TEST

/* ---- what no driver may do ---- */

static void put_raw(unsigned queue, unsigned index, uint64_t address, uint32_t size, unsigned flags,
		    unsigned next)
{
	uint64_t at = d.ring[queue].descriptors + 16 * index;

	host_write(at, &address, 8);
	host_write(at + 8, &size, 4);
	host_put16(at + 12, (uint16_t)flags);
	host_put16(at + 14, (uint16_t)next);
}

static void put_table(uint64_t at, uint64_t address, uint32_t size, unsigned flags, unsigned next)
{
	host_write(at, &address, 8);
	host_write(at + 8, &size, 4);
	host_put16(at + 12, (uint16_t)flags);
	host_put16(at + 14, (uint16_t)next);
}

#define NEXT  1
#define WRITE 2
#define TABLE 4

static void loop(void)
{
	put_raw(OUT, 0, 0x1000, 4, NEXT, 1);
	put_raw(OUT, 1, 0x1000, 4, NEXT, 0);
}

static void self_loop(void)
{
	put_raw(OUT, 0, 0x1000, 0, NEXT, 0);
}

static void next_outside(void)
{
	put_raw(OUT, 0, 0x1000, 4, NEXT, SIZE);
}

static void head_outside(void)
{
	host_put16(d.ring[OUT].driver + 4, SIZE);
}

static void write_before_read(void)
{
	put_raw(OUT, 0, 0x1000, 4, NEXT | WRITE, 1);
	put_raw(OUT, 1, 0x1000, 4, 0, 0);
}

static void out_of_reach(void)
{
	put_raw(OUT, 0, HOST_RAM, 4, 0, 0);
}

static void reaches_out(void)
{
	put_raw(OUT, 0, HOST_RAM - 2, 4, 0, 0);
}

static void address_wraps(void)
{
	put_raw(OUT, 0, UINT64_MAX - 2, 4, 0, 0);
}

static void too_much(void)
{
	put_raw(OUT, 0, 0x1000, UINT32_MAX, NEXT, 1);
	put_raw(OUT, 1, 0x1000, 1, 0, 0);
}

static void table_in_table(void)
{
	put_raw(OUT, 0, 0x8000, 16, TABLE, 0);
	put_table(0x8000, 0x9000, 16, TABLE, 0);
}

static void table_goes_on(void)
{
	put_raw(OUT, 0, 0x8000, 16, TABLE | NEXT, 1);
}

static void table_is_empty(void)
{
	put_raw(OUT, 0, 0x8000, 0, TABLE, 0);
}

static void table_is_odd(void)
{
	put_raw(OUT, 0, 0x8000, 24, TABLE, 0);
}

static void table_is_huge(void)
{
	put_raw(OUT, 0, 0x8000, 0xfffffff0, TABLE, 0);
}

static void table_out_of_reach(void)
{
	put_raw(OUT, 0, HOST_RAM + 8, 32, TABLE, 0);
}

static void table_loops(void)
{
	put_raw(OUT, 0, 0x8000, 32, TABLE, 0);
	put_table(0x8000, 0x1000, 4, NEXT, 1);
	put_table(0x8010, 0x1000, 4, NEXT, 0);
}

static void index_ahead(void)
{
	host_put16(d.ring[OUT].driver + 2, SIZE + 1);
}

static void index_back(void)
{
	host_put16(d.ring[OUT].driver + 2, UINT16_MAX);
}

static void ring_out_of_reach(void)
{
	host.hole = d.ring[OUT].driver;
}

static void (*const crimes[])(void) = {
	loop,          self_loop,    next_outside,  head_outside,      write_before_read,
	out_of_reach,  reaches_out,  address_wraps, too_much,          table_in_table,
	table_goes_on, table_is_odd, table_is_huge, table_is_empty,    table_out_of_reach,
	table_loops,   index_ahead,  index_back,    ring_out_of_reach,
};

#define CRIMES (int)(sizeof(crimes) / sizeof(crimes[0]))

/* The device says once that it needs a reset, does nothing until then, and is good as new after. */
START_TEST(crime)
{
	const struct piece piece = {0x1000, 4};

	start_console(0);
	host_put16(d.ring[OUT].driver + 4, 0);
	host_put16(d.ring[OUT].driver + 2, 1);
	put_raw(OUT, 0, 0x1000, 4, 0, 0);
	crimes[_i]();
	bar_out(d.function, (uint32_t)d.ring[OUT].notify, 2, OUT);
	ck_assert_uint_eq(driver_status(&d), 0x4f);
	ck_assert_uint_eq(host.messages[0], 1);
	host.dmas = 0;
	bar_out(d.function, (uint32_t)d.ring[OUT].notify, 2, OUT);
	virtio_console_receive(&console, 'x', host.now);
	host_advance(100000);
	ck_assert_uint_eq(host.dmas, 0);
	ck_assert_uint_eq(host.messages[0], 1);
	host.hole = 0;
	host.console_count = 0;
	driver_start(&d, &console.pci.function, UINT64_MAX, SIZE);
	ring_add(&d, OUT, &piece, 1, 0);
	ring_tell(&d, OUT);
	ck_assert_uint_eq(host.console_count, 4);
}
END_TEST

START_TEST(table_was_not_agreed)
{
	start_console(INDIRECT);
	d.indirect = true;
	ring_add(&d, OUT, &(struct piece){0x1000, 4}, 1, 0);
	ring_tell(&d, OUT);
	ck_assert_uint_eq(driver_status(&d), 0x4f);
}
END_TEST

/* Rings that lie nowhere, or across the end of the world, or not on their boundary. */
START_TEST(bad_rings)
{
	static const struct {
		unsigned offset;
		uint64_t address;
	} bad[] = {{0x20, 0x1008},          {0x28, 0x1001},         {0x30, 0x1002},
		   {0x20, UINT64_MAX - 15}, {0x28, UINT64_MAX - 7}, {0x30, UINT64_MAX - 7}};

	start_console(0);
	ck_assert(driver_negotiate(&d, UINT64_MAX));
	for (unsigned i = 0; i < 3; i++)
		bar_out(d.function, d.common + 0x20 + 8 * i, 8, 0x1000);
	bar_out(d.function, d.common + bad[_i].offset, 8, bad[_i].address);
	common_out(&d, 0x1c, 2, 1);
	ck_assert_uint_eq(driver_status(&d), 0x4b);
	ck_assert_uint_eq(common_in(&d, 0x1c, 2), 0);
}
END_TEST

/* A driver that takes away the right to DMA breaks its device, which may not say so by a message.
 */
START_TEST(no_master)
{
	start_console(0);
	config_out(d.function, 4, 2, 2);
	bar_out(d.function, (uint32_t)d.ring[OUT].notify, 2, OUT);
	ck_assert_uint_eq(driver_status(&d), 0x4f);
	ck_assert_uint_eq(host.messages[0], 0);
}
END_TEST

TCase *virtqueue_tests(void)
{
	TCase *t = tcase_create("virtqueue");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, interrupts_are_exact, 0, 2);
	tcase_add_loop_test(t, kicks_are_exact, 0, 2);
	tcase_add_loop_test(t, polled, 0, 2);
	tcase_add_test(t, poll_is_cheap);
	tcase_add_test(t, translations_last_an_epoch);
	tcase_add_test(t, budget);
	tcase_add_loop_test(t, shapes, 0, 4);
	tcase_add_loop_test(t, crime, 0, CRIMES);
	tcase_add_test(t, table_was_not_agreed);
	tcase_add_loop_test(t, bad_rings, 0, 6);
	tcase_add_test(t, no_master);
	return t;
}

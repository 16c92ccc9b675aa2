// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_polling.h"

#include "devices/virtio/virtio_rng.h"
#include "driver.h"
#include "suites.h"

/* When a device is polled and when it is kicked: a driver beside a CPU that looks now and then. */
#define SIZE   16
#define RATE   4
#define WINDOW 10000
#define IDLE   50000
#define EVENTS VIRTIO_BIT(VIRTIO_F_EVENT_IDX)

static struct virtio_rng rng;
static struct virtio_polling polling;
static struct driver d;
static uint64_t buffer;

static void start(uint64_t without, uint32_t rate)
{
	const struct virtio_rng_config config = {.pci.id = 0x18, .seed = 1};

	host_start(true);
	virtio_rng_init(&rng, &config);
	ck_assert(pci_register(&host.p, &rng.pci.function));
	polling = (struct virtio_polling){
		.device = &rng.pci, .rate = rate, .window = WINDOW, .idle = IDLE};
	virtio_polling_init(&polling);
	driver_start(&d, &rng.pci.function, ~without, SIZE);
	buffer = memory(64, 4);
}

/* One request: did the driver kick? */
static bool ask(void)
{
	const struct piece piece = {buffer, 64};

	ring_add(&d, 0, &piece, 0, 1);
	return ring_tell(&d, 0);
}

static bool answered(void)
{
	uint16_t head;
	uint32_t bytes;

	return ring_used(&d, 0, &head, &bytes);
}

static unsigned turn(uint64_t ticks)
{
	host.now += ticks;
	return virtio_polling_turn(&polling, host.now, 16);
}

/* Kicks until there are too many in a window, none while it is polled, and again after a rest. */
START_TEST(on_and_off)
{
	start(_i ? 0 : EVENTS, RATE);
	for (unsigned again = 1; again <= 3; again++) {
		for (unsigned i = 0; i < RATE; i++) {
			ck_assert(ask());
			ck_assert(answered());
			ck_assert_uint_eq(turn(10), 0);
		}
		ck_assert(polling.polled);
		ck_assert_uint_eq(polling.turned, again);
		for (unsigned i = 0; i < 100; i++) {
			ck_assert(!ask());
			ck_assert(!answered());
			ck_assert_uint_eq(turn(IDLE - 1), 1);
			ck_assert(answered());
		}
		ck_assert_uint_eq(turn(IDLE), 0);
		ck_assert(!polling.polled);
	}
}
END_TEST

/* As many kicks as that, but in more than one window. */
START_TEST(too_slow)
{
	start(0, RATE);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert(ask());
		ck_assert(answered());
		ck_assert_uint_eq(turn(WINDOW / (RATE - 1)), 0);
	}
	ck_assert_uint_eq(polling.turned, 0);
}
END_TEST

/* A request that comes just when polling ends is not forgotten. */
START_TEST(race_to_rest)
{
	start(_i ? 0 : EVENTS, RATE);
	for (unsigned i = 0; i < RATE; i++) {
		ask();
		turn(10);
		ck_assert(answered());
	}
	ck_assert(polling.polled);
	turn(IDLE - 1);
	ck_assert(!ask());
	/* Its look finds nothing in time; the ring is looked at once more when kicks are asked for.
	 */
	polling.since -= IDLE;
	turn(1);
	ck_assert(answered());
}
END_TEST

START_TEST(always)
{
	start(_i ? 0 : EVENTS, 0);
	ck_assert(polling.polled);
	ck_assert(ask()); /* the ring is new, and its first index always one that kicks */
	ck_assert(answered());
	for (unsigned i = 0; i < 10; i++) {
		turn(10 * IDLE);
		ck_assert(!ask());
		ck_assert_uint_eq(turn(1), 1);
		ck_assert(answered());
	}
	ck_assert_uint_eq(d.ring[0].kicks, 1);
	ck_assert_uint_eq(virtio_kicks(&rng.pci), 1);
}
END_TEST

TCase *virtio_polling_tests(void)
{
	TCase *t = tcase_create("virtio, rings that are polled");

	tcase_add_loop_test(t, on_and_off, 0, 2);
	tcase_add_test(t, too_slow);
	tcase_add_loop_test(t, race_to_rest, 0, 2);
	tcase_add_loop_test(t, always, 0, 2);
	return t;
}

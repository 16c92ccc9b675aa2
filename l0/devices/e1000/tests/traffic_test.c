// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"
#include "driver.h"
#include "suites.h"

#include <string.h>

/* Traffic both ways, in which the driver does nothing but in its interrupts: none is lost. */
#define ROUNDS  3000
#define WAITING 48

struct sent {
	uint32_t size;
	uint8_t bytes[FRAME_MTU];
};

struct direction {
	struct sent frame[WAITING];
	unsigned head, tail; /* frames since the beginning */
};

static struct direction inwards, outwards;

static struct sent *make(struct direction *d, const uint8_t *to, const uint8_t *from)
{
	struct sent *s = &d->frame[d->tail++ % WAITING];

	s->size = FRAME_MIN + (uint32_t)(draw() % (FRAME_MTU - FRAME_MIN + 1));
	make_frame(s->bytes, to, from, s->size - ETHERNET_BYTES);
	return s;
}

static bool full(const struct direction *d)
{
	return d->tail - d->head == WAITING;
}

static void expect(struct direction *d, const uint8_t *bytes, uint32_t size)
{
	struct sent *s = &d->frame[d->head++ % WAITING];

	ensure(d->head <= d->tail);
	ensure(size == s->size && memcmp(bytes, s->bytes, size) == 0);
}

static uint32_t room(void)
{
	while (driver.tx_clean != driver.tx_next && tx_status(driver.tx_clean) & TX_DD)
		driver.tx_clean = (driver.tx_clean + 1) % RING;
	return (driver.tx_clean + RING - driver.tx_next - 1) % RING;
}

/* In up to four pieces, each reported. */
static void send_split(const struct sent *s)
{
	uint32_t at = 0;

	while (at < s->size) {
		uint32_t n = 1 + (uint32_t)(draw() % s->size);
		uint32_t type = draw() % 2 ? TX_DEXT | TX_TYPE_DATA : 0;

		n = n > s->size - at || s->size - at < s->size / 2 ? s->size - at : n;
		if (at == 0 && n < s->size)
			n = s->size / 2;
		driver_put(s->bytes + at,
			   type | TX_RS | TX_IDE | (at + n == s->size ? TX_EOP | TX_IFCS : 0), 0,
			   n);
		at += n;
	}
}

static void driver_sends(void)
{
	for (uint64_t n = draw() % 8; n > 0 && !full(&outwards) && room() >= 4; n--)
		send_split(make(&outwards, other_mac, bench_mac));
	driver_kick();
	while (other_next()) {
		expect(&outwards, other_next()->bytes, other_next()->size);
		other_taken();
	}
}

static void driver_interrupted(void)
{
	uint32_t causes = get(AT_ICR);

	ensure(causes != 0);
	set(AT_IMC, 0xffffffff);
	while (driver_next()) {
		uint32_t size = driver_size(driver_next());
		uint32_t crc = e1000_check_sequence(0, driver_bytes(), size - 4);

		ensure(memcmp(driver_bytes() + size - 4, &crc, 4) == 0);
		expect(&inwards, driver_bytes(), size - 4);
		driver_taken();
	}
	driver_sends();
	set(AT_IMS, INT_RXT0 | INT_RXDMT0 | INT_RXO | INT_TXDW);
}

static void round_trip(void)
{
	for (uint64_t n = draw() % 20; n > 0 && !full(&inwards); n--) {
		struct sent *s = make(&inwards, bench_mac, other_mac);

		other_send_bytes(s->bytes, s->size);
	}
	for (unsigned n = 0; n < 50; n++) {
		advance(1000 + draw() % 20000);
		if (b.level)
			driver_interrupted();
	}
}

static void run(uint32_t itr, uint32_t delay)
{
	bench_start();
	driver_start(0);
	memset(&inwards, 0, sizeof(inwards));
	memset(&outwards, 0, sizeof(outwards));
	set(AT_ITR, itr);
	set(AT_RDTR, delay);
	set(AT_RADV, 4 * delay);
	set(AT_TIDV, delay);
	set(AT_TADV, 4 * delay);
	set(AT_IMS, INT_RXT0 | INT_RXDMT0 | INT_RXO | INT_TXDW);
	for (unsigned i = 0; i < ROUNDS; i++)
		round_trip();
	ensure(inwards.tail - inwards.head < 20 && inwards.head > ROUNDS * 5);
	ensure(outwards.head == outwards.tail && outwards.head > ROUNDS);
	ensure(get(AT_MPC) == 0 && get(AT_GPRC) >= inwards.head);
}

START_TEST(at_once)
{
	run(0, 0);
}
END_TEST

/* As Linux sets them: 8000 interrupts a second, 8 and 32 microseconds. */
START_TEST(moderated)
{
	run(488, 8);
}
END_TEST

TCase *traffic_tests(void)
{
	TCase *t = tcase_create("traffic");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, at_once);
	tcase_add_test(t, moderated);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

/* The wires, as a driver moves them. */
#define SK  1u
#define CS  2u
#define DI  4u
#define DO  8u
#define REQ 0x40u
#define GNT 0x80u

static void wires(uint32_t value)
{
	set(AT_EECD, value | REQ);
}

static void bits_out(uint32_t value, unsigned count)
{
	while (count--) {
		uint32_t data = value >> count & 1 ? DI : 0;

		wires(CS | data);
		wires(CS | data | SK);
		wires(CS | data);
	}
}

static uint16_t bits_in(void)
{
	uint16_t value = 0;

	for (unsigned i = 0; i < 16; i++) {
		wires(CS | SK);
		value = (uint16_t)(value << 1 | ((get(AT_EECD) & DO) != 0));
		wires(CS);
	}
	return value;
}

static void standby(void)
{
	wires(0);
	wires(SK);
	wires(CS | SK);
	wires(CS);
}

static uint16_t word(unsigned address)
{
	uint16_t value;

	standby();
	bits_out(6, 3);
	bits_out(address, 6);
	ck_assert_uint_eq(get(AT_EECD) & DO, 0); /* the zero before the first bit */
	value = bits_in();
	standby();
	return value;
}

static void write_word(unsigned address, uint16_t value)
{
	standby();
	bits_out(5, 3);
	bits_out(address, 6);
	bits_out(value, 16);
	standby();
	ck_assert_uint_eq(get(AT_EECD) & DO, DO);
}

START_TEST(image)
{
	uint16_t sum = 0;

	bench_start();
	set(AT_EECD, REQ);
	ck_assert_uint_eq(get(AT_EECD) & (GNT | 0x300), GNT | 0x100); /* there, and small */
	for (unsigned i = 0; i < 64; i++) {
		sum = (uint16_t)(sum + word(i));
		set(AT_EERD, i << 8 | 1);
		ck_assert_uint_eq(get(AT_EERD) & 0x10, 0x10);
		ck_assert_uint_eq(get(AT_EERD) >> 16, word(i));
	}
	ck_assert_uint_eq(sum, 0xbaba);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(word(i), bench_mac[2 * i] | bench_mac[2 * i + 1] << 8);
	ck_assert_uint_eq(word(0x0d), 0x100e);
	set(AT_EERD, 0xff01);
	ck_assert_uint_eq(get(AT_EERD) >> 16, 0xffff);
	set(AT_EECD, 0);
	ck_assert_uint_eq(get(AT_EECD) & GNT, 0);
}
END_TEST

START_TEST(writes)
{
	bench_start();
	write_word(2, 0xbeef);
	ck_assert_uint_eq(word(2), 0x5634); /* it is write-protected */
	standby();
	bits_out(4, 3);
	bits_out(0x30, 6); /* EWEN */
	write_word(2, 0xbeef);
	ck_assert_uint_eq(word(2), 0xbeef);
	/* The address of the card is what it says, from the next reset on. */
	ck_assert_uint_eq(get(AT_RAH), RAH_AV | 0x5634);
	set(AT_CTRL_EXT, CTRL_EXT_EE_RST);
	ck_assert_uint_eq(get(AT_RAH), RAH_AV | 0xbeef);
	ck_assert_uint_eq(get(AT_CTRL_EXT), 0);
	standby();
	bits_out(7, 3);
	bits_out(2, 6);
	ck_assert_uint_eq(word(2), 0xffff);
	standby();
	bits_out(4, 3);
	bits_out(0, 6); /* EWDS */
	write_word(2, 1);
	ck_assert_uint_eq(word(2), 0xffff);
}
END_TEST

TCase *eeprom_tests(void)
{
	TCase *t = tcase_create("EEPROM");

	tcase_add_test(t, image);
	tcase_add_test(t, writes);
	return t;
}

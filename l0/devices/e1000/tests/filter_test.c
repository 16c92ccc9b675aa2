// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

static const uint8_t broadcast[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t group[MAC_BYTES] = {0x01, 0x00, 0x5e, 0x12, 0x34, 0x56};
static const uint8_t stranger[MAC_BYTES] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static uint8_t bytes[FRAME_MTU + ETHERNET_TAG];

/* Status of what arrives, 0: it does not. */
static uint8_t sees_bytes(uint32_t size)
{
	uint8_t status = 0;

	other_send_bytes(bytes, size);
	advance(5000);
	if (driver_next()) {
		status = driver_next()[RX_STATUS];
		driver_taken();
	}
	return status;
}

static uint8_t sees(const uint8_t *to)
{
	make_frame(bytes, to, other_mac, 60);
	return sees_bytes(74);
}

static void set_address(unsigned n, const uint8_t *mac)
{
	uint32_t low, high = RAH_AV;

	memcpy(&low, mac, 4);
	memcpy(&high, mac + 4, 2);
	set(AT_RAL + n * 8, low);
	set(AT_RAH + n * 8, high);
}

START_TEST(addresses)
{
	bench_start();
	driver_start(0);
	ck_assert(sees(bench_mac));
	ck_assert(sees(broadcast));
	ck_assert(!sees(stranger));
	ck_assert(!sees(group));
	set_address(15, stranger);
	ck_assert(sees(stranger));
	ck_assert(!sees(group));
	set_address(7, group);
	ck_assert_uint_eq(sees(group) & RX_PIF, 0);
	set(AT_RAH + 15 * 8, 0);
	ck_assert(!sees(stranger));
	set_address(0, stranger);
	ck_assert(sees(stranger));
	ck_assert(!sees(bench_mac));
	set(AT_RCTL, RCTL_EN);
	ck_assert(!sees(broadcast));
	ck_assert_uint_eq(get(AT_BPRC), 1);
	ck_assert_uint_eq(get(AT_MPRC), 1);
}
END_TEST

START_TEST(promiscuous)
{
	bench_start();
	driver_start(RCTL_UPE);
	ck_assert_uint_eq(sees(stranger) & RX_PIF, RX_PIF);
	ck_assert_uint_eq(sees(bench_mac) & RX_PIF, 0);
	ck_assert(!sees(group));
	driver_start(RCTL_MPE);
	ck_assert_uint_eq(sees(group) & RX_PIF, RX_PIF);
	ck_assert(!sees(stranger));
}
END_TEST

/* Bits 47:36, 46:35, 45:34 or 43:32 of the address, the last byte being the highest. */
START_TEST(hash)
{
	static const uint16_t expected[] = {0x563, 0xac6, 0x58d, 0x634};

	bench_start();
	for (uint32_t choice = 0; choice < 4; choice++) {
		driver_start(choice << RCTL_MO_SHIFT);
		for (unsigned bit = 0; bit < 4096; bit++) {
			set(AT_MTA + bit / 32 * 4, 1u << bit % 32);
			ensure(!sees(group) == (bit != expected[choice]));
			set(AT_MTA + bit / 32 * 4, 0);
		}
	}
}
END_TEST

static uint8_t sees_tag(uint16_t tag)
{
	make_frame(bytes, bench_mac, other_mac, 60);
	put16(bytes + 12, 0x8100);
	put16(bytes + 14, tag);
	return sees_bytes(74);
}

START_TEST(vlans)
{
	bench_start();
	driver_start(RCTL_VFE);
	ck_assert(sees(bench_mac)); /* without a tag */
	ck_assert(!sees_tag(5));
	set(AT_VFTA, 1 << 5);
	set(AT_VFTA + 127 * 4, 1u << 31);
	ck_assert(sees_tag(0xe005));
	ck_assert(sees_tag(0xfff));
	ck_assert(!sees_tag(6));
	set(AT_RCTL, RCTL_EN | RCTL_VFE | RCTL_CFIEN);
	ck_assert(!sees_tag(0x1005));
	ck_assert(sees_tag(0x0005));
}
END_TEST

/* The longest with a tag is no giant. */
START_TEST(lengths)
{
	bench_start();
	driver_start(0);
	make_frame(bytes, bench_mac, other_mac, 1504);
	put16(bytes + 12, 0x8100);
	ck_assert(sees_bytes(1518));
	ck_assert_uint_eq(get(AT_ROC), 0);
}
END_TEST

TCase *filter_tests(void)
{
	TCase *t = tcase_create("filters");

	tcase_add_test(t, addresses);
	tcase_add_test(t, promiscuous);
	tcase_add_test(t, hash);
	tcase_add_test(t, vlans);
	tcase_add_test(t, lengths);
	return t;
}

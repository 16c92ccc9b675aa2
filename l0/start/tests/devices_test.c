// SPDX-License-Identifier: Apache-2.0
/* What the knobs of a machine's devices mean. */
#include <string.h>

#include "devices/net/frame_queue.h"
#include "start/devices_knobs.h"
#include "suites.h"

static struct settings settings;

static const struct knobs *parse(const char *words)
{
	ck_assert(knobs_parse(&settings, words));
	return &settings.machine[0];
}

static const struct {
	const char *words;
	bool refused, wanted;
} cases[] = {
	{"", false, false},
	{"wire_mbit=1 wire_latency=0 disk_latency=0", false, false},
	{"nic=e1000", false, true},
	{"nic=virtio", false, true},
	{"nic=virtio queues=4 peer=on", false, true},
	{"nic=e1000 peer=on", false, true},
	{"disk=given", false, true},
	{"disk=returned", false, true},
	{"rng=on", false, true},
	{"hvc=on", false, true},
	{"queues=2", true, false},
	{"nic=e1000 queues=2", true, true},
	{"nic=virtio nic_behind=port", false, true},
	{"nic=function nic_behind=port vfs=8", false, true},
	{"nic=e1000 nic_behind=port", true, true},
	{"nic_behind=port", true, false},
	{"nic=function viommu=trap replay=32", false, true},
	{"nic=function replay=1", true, true},
	{"nic=virtio viommu=trap replay=1", true, true},
	{"peer=on", true, false},
	{"peer=on rng=on", true, true},
	{"vfs=1", true, false},
	{"nic=e1000 vfs=1", true, true},
	{"nic=virtio vfs=1", true, true},
	{"nic=function queues=2", true, true},
	{"viommu=sidecore", true, false},
	{"viommu=sidecore sidecore=on", false, false},
	{"viommu=trap", false, false},
	{"sidecore=on", false, false},
	{"profile=yes nic=virtio", false, true},
	{"profile=yes nic=function", true, true},
	{"profile=yes vcpus=2", true, false},
	{"profile=yes charge=turtles-nehalem", true, false},
	{"mmu=shadow-on-shadow", false, false},
	{"mmu=shadow-on-shadow vcpus=2", true, false},
};

START_TEST(which_go_together)
{
	const struct knobs *k = parse(cases[_i].words);

	ck_assert_msg(!knobs_refuse(k) == !cases[_i].refused, "%s", cases[_i].words);
	ck_assert_msg(devices_wanted(k) == cases[_i].wanted, "%s", cases[_i].words);
}
END_TEST

START_TEST(addresses_differ)
{
	uint8_t mac[2][MAC_BYTES];

	devices_mac(mac[0], 0, 0x18);
	devices_mac(mac[1], 1, 0x18);
	ck_assert_mem_eq(mac[0], "\x52\x54\0\0\0\x18", MAC_BYTES);
	ck_assert_mem_eq(mac[1], "\x52\x54\0\0\1\x18", MAC_BYTES);
}
END_TEST

/* Twice what waits and what is on its way, as a power of two between two bounds. */
static const struct {
	const char *words;
	uint64_t bytes;
} queues[] = {
	{"", 2 << 20}, /* 512 KiB, and 25,000 bytes in 20,000 ns at 10 Gbit/s */
	{"wire_latency=0", 1 << 20},
	{"wire_queue=256 wire_latency=0", 512 << 10},
	{"wire_queue=256 wire_latency=1000000", 4 << 20}, /* 1.25 MB in 1 ms */
	{"wire_queue=256 wire_latency=1000000 tsc_khz=10000000", 1 << 20},
	{"wire_queue=65536", DEVICES_UPLINK_MAX},
	{"wire_mbit=1000000 wire_latency=1000000000 tsc_khz=10000", DEVICES_UPLINK_MAX},
	{"wire_mbit=1 wire_queue=256", 1 << 20},
};

START_TEST(a_queue_holds_the_wire)
{
	uint64_t bytes = devices_uplink_bytes(parse(queues[_i].words));

	ck_assert_uint_eq(bytes, queues[_i].bytes);
	ck_assert_uint_ge(bytes, FRAME_QUEUE_LARGE);
}
END_TEST

TCase *devices_cases(void)
{
	TCase *tests = tcase_create("devices");

	tcase_add_loop_test(tests, which_go_together, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, addresses_differ);
	tcase_add_loop_test(tests, a_queue_holds_the_wire, 0, sizeof(queues) / sizeof(queues[0]));
	return tests;
}

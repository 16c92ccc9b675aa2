// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_rng.h"
#include "driver.h"
#include "suites.h"

#define FEATURES_ALL UINT64_MAX
#define VERSION_1    (1ull << 32)
#define PLATFORM     (1ull << 33)

static struct virtio_rng rng;
static struct driver d;

static void start(enum pci_bar_kind bar)
{
	const struct virtio_rng_config config = {.pci = {.id = 0x18, .bar = bar}, .seed = 1};

	host_start(true);
	virtio_rng_init(&rng, &config);
	ck_assert(pci_register(&host.p, &rng.pci.function));
	driver_find(&d, &rng.pci.function, true);
}

START_TEST(identity)
{
	start(PCI_BAR_64);
	ck_assert_uint_eq(config_in(d.function, 0, 4), 0x10441af4);
	ck_assert_uint_eq(config_in(d.function, 0x2c, 4), 0x11001af4);
	ck_assert_uint_eq(config_in(d.function, 8, 1), 1);
	ck_assert_uint_eq(config_in(d.function, 0x10, 4) & 0xf, 4);
	ck_assert_uint_eq(d.stride, 4);
	ck_assert(d.common != d.notify && d.isr != d.notify && d.config != d.notify);
	ck_assert_uint_eq(d.notify % 4096, 0);
	start(PCI_BAR_32);
	ck_assert_uint_eq(config_in(d.function, 0x10, 4) & 0xf, 0);
}
END_TEST

START_TEST(features)
{
	start(PCI_BAR_64);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	ck_assert_uint_eq(d.features, 1ull << 28 | 1ull << 29 | VERSION_1 | PLATFORM | 1ull << 40);
	ck_assert(driver_negotiate(&d, VERSION_1 | PLATFORM));
	ck_assert(!driver_negotiate(&d, VERSION_1));
	ck_assert(!driver_negotiate(&d, PLATFORM));
	ck_assert(!driver_negotiate(&d, 0));
	/* What is not offered is not accepted. */
	driver_negotiate(&d, 0);
	common_out(&d, 0x08, 4, 1);
	common_out(&d, 0x0c, 4, 0x83);
	common_out(&d, 0x14, 1, 11);
	ck_assert_uint_eq(driver_status(&d), 3);
	common_out(&d, 0x0c, 4, 0x03);
	common_out(&d, 0x14, 1, 11);
	ck_assert_uint_eq(driver_status(&d), 11);
	/* They stand now. */
	common_out(&d, 0x0c, 4, 0);
	ck_assert_uint_eq(common_in(&d, 0x0c, 4), 3);
	common_out(&d, 0x00, 4, 2);
	ck_assert_uint_eq(common_in(&d, 0x04, 4), 0);
}
END_TEST

START_TEST(status)
{
	start(PCI_BAR_64);
	common_out(&d, 0x14, 1, 15); /* features were not agreed upon */
	ck_assert_uint_eq(driver_status(&d), 3);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	common_out(&d, 0x14, 1, 0x40 | 1); /* only the device says so; bits are not taken away */
	ck_assert_uint_eq(driver_status(&d), 11);
	common_out(&d, 0x14, 1, 0x80);
	ck_assert_uint_eq(driver_status(&d), 0x8b);
	common_out(&d, 0x14, 1, 0);
	ck_assert_uint_eq(driver_status(&d), 0);
	ck_assert_uint_eq(common_in(&d, 0x10, 2), 0xffff);
}
END_TEST

START_TEST(queue_registers)
{
	start(PCI_BAR_64);
	ck_assert_uint_eq(common_in(&d, 0x12, 2), 1);
	ck_assert_uint_eq(common_in(&d, 0x18, 2), 256);
	common_out(&d, 0x18, 2, 48); /* no power of two */
	common_out(&d, 0x18, 2, 512);
	common_out(&d, 0x18, 2, 0);
	ck_assert_uint_eq(common_in(&d, 0x18, 2), 256);
	common_out(&d, 0x1c, 2, 1); /* before FEATURES_OK */
	ck_assert_uint_eq(common_in(&d, 0x1c, 2), 0);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	bar_out(d.function, d.common + 0x20, 8, 0x123456789abcdef0);
	ck_assert_uint_eq(bar_in(d.function, d.common + 0x20, 8), 0x123456789abcdef0);
	ck_assert_uint_eq(common_in(&d, 0x24, 4), 0x12345678);
	common_out(&d, 0x21, 1, 0xff); /* no register */
	ck_assert_uint_eq(common_in(&d, 0x20, 4), 0x9abcdef0);
	common_out(&d, 0x1a, 2, 1);
	ck_assert_uint_eq(common_in(&d, 0x1a, 2), 1);
	common_out(&d, 0x1a, 2, 2); /* there are two vectors */
	ck_assert_uint_eq(common_in(&d, 0x1a, 2), 0xffff);
	common_out(&d, 0x16, 2, 1); /* no such queue */
	ck_assert_uint_eq(common_in(&d, 0x18, 2), 0);
	common_out(&d, 0x1c, 2, 1);
	ck_assert_uint_eq(common_in(&d, 0x1c, 2), 0);
}
END_TEST

/* What is enabled stands, until the queue or the device is reset. */
START_TEST(queue_reset)
{
	start(PCI_BAR_64);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	driver_ring(&d, 0, 16);
	common_out(&d, 0x20, 4, 0);
	common_out(&d, 0x18, 2, 8);
	common_out(&d, 0x1c, 2, 0);
	ck_assert_uint_eq(common_in(&d, 0x20, 4), d.ring[0].descriptors);
	ck_assert_uint_eq(common_in(&d, 0x18, 2), 16);
	ck_assert_uint_eq(common_in(&d, 0x1c, 2), 1);
	common_out(&d, 0x3a, 2, 1);
	ck_assert_uint_eq(common_in(&d, 0x3a, 2), 0);
	ck_assert_uint_eq(common_in(&d, 0x1c, 2), 0);
	ck_assert_uint_eq(common_in(&d, 0x18, 2), 256);
	driver_ring(&d, 0, 32);
	config_out(d.function, d.function->express + 8u, 2, 0x8000);
	ck_assert_uint_eq(rng.pci.status, 0);
	ck_assert(!rng.pci.queue[0].enabled);
}
END_TEST

static void ask(void)
{
	const struct piece piece = {memory(8, 8), 8};

	ring_add(&d, 0, &piece, 0, 1);
	ring_tell(&d, 0);
}

START_TEST(messages)
{
	start(PCI_BAR_64);
	driver_start(&d, &rng.pci.function, FEATURES_ALL & ~VIRTIO_BIT(VIRTIO_F_EVENT_IDX), 16);
	ask();
	ck_assert_uint_eq(host.messages[1], 1);
	host_put16(d.ring[0].driver, 1); /* no interrupts */
	ask();
	ck_assert_uint_eq(host.messages[1], 1);
	ck_assert_uint_eq(bar_in(d.function, d.isr, 1), 0);
	ck_assert(!d.function->intx);
}
END_TEST

START_TEST(pin)
{
	start(PCI_BAR_64);
	driver_find(&d, &rng.pci.function, false);
	config_out(d.function, d.function->msix.capability + 2u, 2, 0);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	driver_ring(&d, 0, 16);
	driver_ok(&d);
	ask();
	ck_assert(d.function->intx);
	ck_assert(d.function->pin);
	ck_assert_uint_eq(bar_in(d.function, d.isr, 1), 1);
	ck_assert(!d.function->intx);
	ck_assert_uint_eq(bar_in(d.function, d.isr, 1), 0);
	host_put16(d.ring[0].driver + 2, 999); /* broken: configuration interrupt */
	bar_out(d.function, d.notify, 2, 0);
	ck_assert_uint_eq(bar_in(d.function, d.isr, 1), 2);
}
END_TEST

/* Everything by configuration space alone, 4.1.4.9. */
static uint32_t window_in(unsigned window, uint32_t offset, unsigned size)
{
	config_out(d.function, window + 4, 1, 0);
	config_out(d.function, window + 12, 4, size);
	config_out(d.function, window + 8, 4, offset);
	return config_in(d.function, window + 16, size);
}

START_TEST(window)
{
	unsigned at;

	start(PCI_BAR_64);
	for (at = config_in(d.function, 0x34, 1);
	     config_in(d.function, at + 3, 1) != 5 || config_in(d.function, at, 1) != 9;)
		at = config_in(d.function, at + 1, 1);
	ck_assert_uint_eq(window_in(at, 0x12, 2), 1);
	ck_assert_uint_eq(window_in(at, 0x14, 1), 0);
	config_out(d.function, at + 16, 1, 3);
	ck_assert_uint_eq(driver_status(&d), 3);
	ck_assert_uint_eq(window_in(at, 0x14, 1), 3);
	/* Nothing that it may reach: another BAR, no size, past the end. */
	config_out(d.function, at + 4, 1, 1);
	config_out(d.function, at + 16, 1, 7);
	ck_assert_uint_eq(driver_status(&d), 3);
	window_in(at, 0x14, 3);
	config_out(d.function, at + 16, 4, 0);
	window_in(at, 0xfffffffc, 4);
	config_out(d.function, at + 16, 4, 0);
	ck_assert_uint_eq(driver_status(&d), 3);
}
END_TEST

/* Nothing happens before DRIVER_OK, and nothing of it is forgotten after. */
START_TEST(kick_before_ready)
{
	start(PCI_BAR_64);
	ck_assert(driver_negotiate(&d, FEATURES_ALL));
	driver_ring(&d, 0, 16);
	ask();
	ck_assert_uint_eq(host_get16(d.ring[0].device + 2), 0);
	driver_ok(&d);
	bar_out(d.function, d.notify, 2, 0);
	ck_assert_uint_eq(host_get16(d.ring[0].device + 2), 1);
	bar_out(d.function, d.notify + 4, 2, 0); /* of no queue */
	bar_out(d.function, d.notify + 0xffc, 4, 0);
}
END_TEST

TCase *virtio_pci_tests(void)
{
	TCase *t = tcase_create("virtio over PCI");

	tcase_add_test(t, identity);
	tcase_add_test(t, features);
	tcase_add_test(t, status);
	tcase_add_test(t, queue_registers);
	tcase_add_test(t, queue_reset);
	tcase_add_test(t, messages);
	tcase_add_test(t, pin);
	tcase_add_test(t, window);
	tcase_add_test(t, kick_before_ready);
	return t;
}

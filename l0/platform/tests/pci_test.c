// SPDX-License-Identifier: Apache-2.0
/* Configuration space, by both ways to it. */
#include "pci_access.h"
#include "suites.h"

#define A SAMPLE_SLOT(3)

static struct sample a;

static void start(void)
{
	machine_start(1, false);
	machine_xapic(0);
	sample_add(&a, &m.p, A);
}

START_TEST(host_bridge)
{
	machine_start(1, false);
	ck_assert_uint_eq(port_config_in(0, 0, 4), 0x12378086);
	ck_assert_uint_eq(port_config_in(0, 8, 4), 0x06000002);
	ck_assert_uint_eq(in(0xcfe, 2), 0x0600);
	ck_assert_uint_eq(in(0xcff, 1), 0x06);
	for (unsigned reg = 0; reg < 0x100; reg += 4) {
		uint32_t before = port_config_in(0, reg, 4);

		port_config_out(0, reg, 4, ~before); /* nothing there can be written */
		ck_assert_uint_eq(port_config_in(0, reg, 4), before);
	}
	ck_assert_uint_eq(port_config_in(0, 4, 2), 0x0006);
	ck_assert_uint_eq(port_config_in(8, 0, 4), 0xffffffff);
	ck_assert_uint_eq(port_config_in(0x100, 0, 4), 0xffffffff);
	/* Linux's probe of mechanism #1. */
	out(0xcf8, 4, 0x80000000);
	ck_assert_uint_eq(in(0xcf8, 4), 0x80000000);
	out(0xcf8, 4, 0);
	ck_assert_uint_eq(in(0xcfc, 4), 0xffffffff);
	ck_assert_uint_eq(in(0xcfd, 1), 0xff);
}
END_TEST

START_TEST(registered)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x1042};
	static struct pci_function more[PCI_FUNCTIONS_MAX];
	unsigned taken = 0;

	start();
	ck_assert(!pci_register(&m.p, &a.f));
	ck_assert_uint_eq(config_in(A, 0, 4), SAMPLE_DEVICE << 16 | 0x1af4);
	ck_assert_uint_eq(config_in(A, PCI_REG_HEADER, 1), 0);
	for (unsigned i = 0; i < PCI_FUNCTIONS_MAX; i++) {
		pci_function_init(&more[i], (uint16_t)(A + 1 + i), &identity, NULL);
		taken += pci_register(&m.p, &more[i]);
	}
	ck_assert_uint_eq(taken, PCI_FUNCTIONS_MAX - 2);
	/* Now its slot has several, and the next slot's first has no others before it. */
	ck_assert_uint_eq(config_in(A, PCI_REG_HEADER, 1), PCI_HEADER_MULTI);
	ck_assert_uint_eq(config_in(A + 8, PCI_REG_HEADER, 1), PCI_HEADER_MULTI);
	ck_assert_uint_eq(config_in(A + 1, PCI_REG_HEADER, 1), 0);
	/* A function without callbacks answers all the same. */
	config_out(A + 1, PCI_REG_COMMAND, 2, 0xffff);
	ck_assert_uint_eq(config_in(A + 1, PCI_REG_COMMAND, 2), 0x0544);
}
END_TEST

/* More than the window holds. */
START_TEST(full_window)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x1042};
	static struct pci_function big[3];

	machine_start(1, false);
	for (unsigned i = 0; i < 3; i++) {
		pci_function_init(&big[i], SAMPLE_SLOT(i + 1), &identity, NULL);
		pci_add_bar(&big[i], 0, PCI_BAR_32, 0x10000000);
		ck_assert(pci_register(&m.p, &big[i]) == (i < 2));
	}
	ck_assert_uint_eq(config_in(8, PCI_REG_BAR, 4), 0xc0000000);
	ck_assert_uint_eq(config_in(16, PCI_REG_BAR, 4), 0xd0000000);
	ck_assert_uint_eq(config_in(24, 0, 4), 0xffffffff);
}
END_TEST

START_TEST(both_ways_are_one)
{
	start();
	for (unsigned reg = 0; reg < 0x100; reg += 4) {
		ck_assert_uint_eq(port_config_in(A, reg, 4), config_in(A, reg, 4));
		ck_assert_uint_eq(port_config_in(A, reg + 2, 2), config_in(A, reg + 2, 2));
		ck_assert_uint_eq(port_config_in(A, reg + 3, 1), config_in(A, reg + 3, 1));
	}
	port_config_out(A, PCI_REG_LINE, 1, 0x5a);
	ck_assert_uint_eq(config_in(A, PCI_REG_LINE, 1), 0x5a);
	config_out(A, PCI_REG_LINE, 1, 0xa5);
	ck_assert_uint_eq(port_config_in(A, PCI_REG_LINE, 1), 0xa5);
	/* Wide, and across dwords: the bytes of each. */
	ck_assert_uint_eq(mmio_in(ecam(A, 0), 8),
			  (uint64_t)config_in(A, 4, 4) << 32 | config_in(A, 0, 4));
	ck_assert_uint_eq(mmio_in(ecam(A, 3), 2), config_in(A, 3, 1) | config_in(A, 4, 1) << 8);
	config_out(A, PCI_REG_CACHE - 1, 4, 0x77); /* class code and 0 to the cache line */
	ck_assert_uint_eq(config_in(A, PCI_REG_CACHE, 1), 0);
	mmio_out(ecam(A, PCI_REG_LINE - 4), 8, 0x42ull << 32);
	ck_assert_uint_eq(config_in(A, PCI_REG_LINE, 2), 0x142);
}
END_TEST

START_TEST(ecam_ends)
{
	start();
	ck_assert_uint_eq(config_in(SAMPLE_SLOT(4), 0, 4), 0xffffffff);
	ck_assert_uint_eq(mmio_in(ecam(SAMPLE_SLOT(4), 0), 8), ~0ull);
	ck_assert_uint_eq(mmio_in(ecam(A, 0xffe), 4), 0xffff0000); /* the next one is nobody */
	config_out(SAMPLE_SLOT(4), 0, 4, 0);
	ck_assert_uint_eq(m.p.unclaimed_mmio, 0);
	ck_assert_uint_eq(mmio_in(PCI_ECAM_BASE + PCI_ECAM_SIZE, 4), 0xffffffff);
	ck_assert_uint_eq(m.p.unclaimed_mmio, 1);
	ck_assert_uint_eq(mmio_in(PCI_ECAM_BASE + PCI_ECAM_SIZE - 2, 4), 0xffffffff);
	ck_assert_uint_eq(mmio_in(PCI_ECAM_BASE - 2, 4), 0x8086ffff);
}
END_TEST

/* Each is found once, in the place that its function knows, and they do not overlap. */
START_TEST(capabilities)
{
	unsigned at, seen = 0, last = 0;

	start();
	ck_assert_uint_eq(config_in(A, PCI_REG_STATUS, 2) & PCI_STATUS_CAPABILITIES, 0x10);
	for (at = config_in(A, PCI_REG_CAPABILITY, 1); at; at = config_in(A, at + 1, 1)) {
		unsigned id = config_in(A, at, 1);

		ck_assert_uint_ge(at, last ? last + 8 : PCI_CONFIG_START);
		ck_assert_uint_eq(at % 4, 0);
		ck_assert(!(seen & 1u << id));
		seen |= 1u << id;
		last = at;
		ck_assert(at == a.f.power || at == a.f.msi || at == a.f.msix.capability ||
			  at == a.f.express);
	}
	ck_assert_uint_eq(seen, 1u << PCI_ID_POWER | 1u << PCI_ID_MSI | 1u << PCI_ID_MSIX |
					1u << PCI_ID_EXPRESS);
	ck_assert_uint_eq(config_in(A, 0x100, 4), 0x1101000b);
	ck_assert_uint_eq(config_in(A, 0x110, 4), 0x0001000b);
	ck_assert_uint_eq(config_in(0, 0x100, 4), 0);
}
END_TEST

START_TEST(written_bits)
{
	start();
	config_out(A, PCI_REG_COMMAND, 4, 0xffffffff);
	ck_assert_uint_eq(config_in(A, PCI_REG_COMMAND, 4), 0x00100547);
	pci_set(&a.f, PCI_REG_STATUS, 2, 0xf910); /* as if it had seen errors */
	config_out(A, PCI_REG_STATUS, 2, 0x2800);
	ck_assert_uint_eq(config_in(A, PCI_REG_STATUS, 2), 0xd110);
	config_out(A, PCI_REG_VENDOR, 4, 0);
	config_out(A, PCI_REG_PIN, 1, 7);
	ck_assert_uint_eq(config_in(A, PCI_REG_VENDOR, 4), SAMPLE_DEVICE << 16 | 0x1af4);
	ck_assert_uint_eq(config_in(A, PCI_REG_PIN, 1), 1);
	ck_assert_uint_eq(a.config_writes, 4);
}
END_TEST

TCase *pci_tests(void)
{
	TCase *t = tcase_create("PCI configuration space");

	tcase_add_test(t, host_bridge);
	tcase_add_test(t, registered);
	tcase_add_test(t, full_window);
	tcase_add_test(t, both_ways_are_one);
	tcase_add_test(t, ecam_ends);
	tcase_add_test(t, capabilities);
	tcase_add_test(t, written_bits);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

static uint32_t get(uint32_t devfn, uint32_t reg)
{
	out(0xcf8, 4, 0x80000000 | devfn << 8 | reg);
	return in(0xcfc, 4);
}

START_TEST(host_bridge)
{
	machine_start(1, false);
	ck_assert_uint_eq(get(0, 0), 0x12378086);
	ck_assert_uint_eq(get(0, 8), 0x06000002);
	ck_assert_uint_eq(in(0xcfe, 2), 0x0600);
	ck_assert_uint_eq(in(0xcff, 1), 0x06);
	out(0xcfc, 4, 0xffffffff); /* nothing there can be written */
	ck_assert_uint_eq(get(0, 8), 0x06000002);
	ck_assert_uint_eq(get(8, 0), 0xffffffff);
	ck_assert_uint_eq(get(0x10000 >> 8, 0), 0xffffffff);
	/* Linux's probe of mechanism #1. */
	out(0xcf8, 4, 0x80000000);
	ck_assert_uint_eq(in(0xcf8, 4), 0x80000000);
	out(0xcf8, 4, 0);
	ck_assert_uint_eq(in(0xcfc, 4), 0xffffffff);
}
END_TEST

static unsigned last_reg, last_size;

static void written(struct pci_function *f, unsigned reg, unsigned size)
{
	ck_assert_uint_eq(f->id, 0x18);
	last_reg = reg;
	last_size = size;
}

START_TEST(registered_function)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x1042};
	static const struct pci_ops ops = {.config_written = written};
	static struct pci_function f;
	static struct pci_function more[PCI_FUNCTIONS_MAX];
	unsigned taken = 0;

	machine_start(1, false);
	pci_function_init(&f, 0x18, &identity, &ops);
	pci_add_bar(&f, 0, PCI_BAR_32, 0x1000);
	ck_assert(pci_register(&m.p, &f));
	ck_assert(!pci_register(&m.p, &f));
	ck_assert_uint_eq(get(0x18, 0), 0x10421af4);
	ck_assert_uint_eq(get(0x18, 0x10), PCI_WINDOW_BASE);
	out(0xcfc, 4, 0xffffffff);
	ck_assert_uint_eq(in(0xcfc, 4), 0xfffff000);
	out(0xcfe, 2, 0xd000);
	ck_assert_uint_eq(in(0xcfc, 4), 0xd000f000);
	ck_assert_uint_eq(last_reg, 0x12);
	ck_assert_uint_eq(last_size, 2);
	for (unsigned i = 0; i < PCI_FUNCTIONS_MAX; i++) {
		pci_function_init(&more[i], (uint16_t)(0x40 + i), &identity, NULL);
		taken += pci_register(&m.p, &more[i]);
	}
	ck_assert_uint_eq(taken, PCI_FUNCTIONS_MAX - 2);
}
END_TEST

TCase *pci_tests(void)
{
	TCase *t = tcase_create("PCI");

	tcase_add_test(t, host_bridge);
	tcase_add_test(t, registered_function);
	return t;
}

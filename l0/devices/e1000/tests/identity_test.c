// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

#include "platform/pci_regs.h"

START_TEST(function)
{
	bench_start();
	ck_assert_uint_eq(config_get(0, 4), 0x100e8086);
	ck_assert_uint_eq(config_get(8, 4) >> 8, 0x020000);
	ck_assert_uint_eq(config_get(PCI_REG_PIN, 1), 1);
	ck_assert_uint_eq(config_get(PCI_REG_SUBSYSTEM, 4), 0x100e8086);
	/* The size of a BAR shows in what ones leave there. */
	config_set(PCI_REG_BAR, 4, 0xffffffff);
	ck_assert_uint_eq(config_get(PCI_REG_BAR, 4), 0xfffe0000);
	config_set(PCI_REG_BAR + 8, 4, 0xffffffff);
	ck_assert_uint_eq(config_get(PCI_REG_BAR + 8, 4) & 0xffff, 0xffc1);
	ck_assert_uint_eq(config_get(PCI_REG_BAR + 4, 4), 0);
	ck_assert(b.e.function.msi && b.e.function.power);
}
END_TEST

/* Offsets, masks and patterns with which Linux's driver tests the registers (ethtool -t). */
static const struct {
	uint32_t offset, mask;
} held[] = {
	{AT_FCAL, 0xffffffff},      {AT_FCAH, 0x0000ffff},  {AT_FCT, 0x0000ffff},
	{AT_VET, 0x0000ffff},       {AT_RDTR, 0x0000ffff},  {AT_RDBAH, 0xffffffff},
	{AT_RDLEN, 0x000fff80},     {AT_RDH, 0x0000ffff},   {AT_RDT, 0x0000ffff},
	{AT_FCRTH, 0x0000fff8},     {AT_FCTTV, 0x0000ffff}, {AT_TIPG, 0x3fffffff},
	{AT_TDBAH, 0xffffffff},     {AT_TDLEN, 0x000fff80}, {AT_RDBAL, 0xfffffff0},
	{AT_TXCW, 0xc000ffff},      {AT_TDBAL, 0xfffffff0}, {AT_TIDV, 0x0000ffff},
	{AT_RAL, 0xffffffff},       {AT_RAH, 0x8003ffff},   {AT_RAL + 120, 0xffffffff},
	{AT_MTA, 0xffffffff},       {AT_MTA + 508, ~0u},    {AT_VFTA + 508, ~0u},
	{AT_RAH + 120, 0x8003ffff},
};

START_TEST(registers_hold)
{
	static const uint32_t patterns[] = {0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff};

	bench_start();
	for (unsigned i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
		for (unsigned n = 0; n < 4; n++) {
			set(held[i].offset, patterns[n]);
			ck_assert_uint_eq(get(held[i].offset), patterns[n] & held[i].mask);
		}
	}
	set(AT_RCTL, 0x003ffffb);
	ck_assert_uint_eq(get(AT_RCTL) & 0x06dfb3fe, 0x003ffffb & 0x06dfb3fe);
	set(AT_RCTL, 0);
}
END_TEST

START_TEST(widths)
{
	uint64_t value, base;
	uint32_t word;

	bench_start();
	base = b.e.function.bar[0].base;
	set(AT_VET, 0x8100);
	/* A word has parts, but takes no parts; two words are two. */
	ensure(pci_mmio_read(&b.p, 0, base + AT_VET + 1, 1, &value, b.now));
	ck_assert_uint_eq(value & 0xff, 0x81);
	ensure(pci_mmio_write(&b.p, 0, base + AT_VET, 2, 0x1234, b.now));
	ck_assert_uint_eq(get(AT_VET), 0x8100);
	ensure(pci_mmio_write(&b.p, 0, base + AT_TDBAL, 8, 0x1122334455667780, b.now));
	ck_assert_uint_eq(get(AT_TDBAL), 0x55667780);
	ck_assert_uint_eq(get(AT_TDBAH), 0x11223344);
	ensure(pci_mmio_read(&b.p, 0, base + AT_TDBAL, 8, &value, b.now));
	ck_assert_uint_eq(value, 0x1122334455667780);
	/* Where nothing is, to the last word. */
	for (uint32_t offset = 0x5c00; offset < 0x20000; offset += 4) {
		set(offset, 0xffffffff);
		ensure(get(offset) == 0);
	}
	ck_assert_uint_eq(io_get(AT_VET), 0x8100);
	ck_assert_uint_eq(io_get(0xfffffffc), 0);
	ensure(pci_port_read(&b.p, 0, (uint16_t)b.e.function.bar[2].base, 4, &word, b.now));
	ck_assert_uint_eq(word, 0xfffffffc);
	io_set(0xfffffffc, 1);
}
END_TEST

START_TEST(reset)
{
	bench_start();
	set(AT_PBA, 0x20);
	set(AT_MTA + 8, 7);
	set(AT_RAL, 0x01020304);
	set(AT_ITR, 100);
	set(AT_IMS, INT_TXDW);
	set(AT_ICS, INT_TXDW);
	ck_assert(b.level);
	io_set(AT_CTRL, get(AT_CTRL) | CTRL_RST);
	ck_assert(!b.level);
	ck_assert_uint_eq(get(AT_CTRL) & CTRL_RST, 0);
	ck_assert_uint_eq(get(AT_PBA), 0x00200020); /* the rest is for sending */
	ck_assert_uint_eq(get(AT_MTA + 8) | get(AT_ITR) | get(AT_IMS) | get(AT_ICR), 0);
	ck_assert_uint_eq(get(AT_RAL), 0x12005452);
	ck_assert_uint_eq(get(AT_RAH), RAH_AV | 0x5634);
	/* By power: all of it. */
	set(AT_ITR, 100);
	config_set(b.e.function.power + PCI_POWER_CONTROL, 2, 3);
	config_set(b.e.function.power + PCI_POWER_CONTROL, 2, 0);
	config_set(PCI_REG_COMMAND, 2, 7);
	ck_assert_uint_eq(get(AT_ITR), 0);
	ck_assert_uint_eq(get(AT_PBA), 0x00100030);
}
END_TEST

static uint16_t phy_get(unsigned reg)
{
	set(AT_MDIC, 0x08000000 | 1 << 21 | reg << 16);
	ck_assert_uint_eq(get(AT_MDIC) & 0x50000000, 0x10000000);
	return (uint16_t)get(AT_MDIC);
}

static void phy_set(unsigned reg, uint16_t value)
{
	set(AT_MDIC, 0x04000000 | 1 << 21 | reg << 16 | value);
}

START_TEST(phy)
{
	bench_start();
	ck_assert_uint_eq((uint32_t)phy_get(2) << 16 | phy_get(3), 0x01410c20);
	set(AT_MDIC, 0x08000000 | 2 << 21);
	ck_assert_uint_eq(get(AT_MDIC) & 0x50000000, 0x50000000); /* nobody there */
	ck_assert_uint_eq(phy_get(1) & 0x24, 0x24);
	ck_assert_uint_eq(get(AT_STATUS) & 0x3, 1);
	set(AT_CTRL, get(AT_CTRL) | CTRL_SLU);
	ck_assert_uint_eq(get(AT_STATUS), 0x283); /* 1000 Mbit/s, full duplex, link */
	ck_assert_uint_eq(get(AT_ICR), INT_LSC);
	ck_assert_uint_eq(phy_get(17) & 0xec00, 0xac00);
	/* It comes again anew, slower if that is what is offered, and goes with its power. */
	phy_set(9, 0);
	phy_set(0, 0x1340);
	ck_assert_uint_eq(phy_get(0), 0x1140);
	ck_assert_uint_eq(get(AT_ICR), INT_LSC);
	ck_assert_uint_eq(get(AT_STATUS), 0x143);
	phy_set(4, 0x0021);
	ck_assert_uint_eq(get(AT_STATUS), 0x143); /* not before it is asked for */
	phy_set(0, 0x1340);
	ck_assert_uint_eq(get(AT_STATUS), 0x002);
	phy_set(0, 0x1940);
	ck_assert_uint_eq(get(AT_STATUS) & 2, 0);
	ck_assert_uint_eq(get(AT_ICR), INT_LSC);
	phy_set(4, 0x0001); /* nothing in common */
	phy_set(0, 0x1340);
	ck_assert_uint_eq(get(AT_STATUS) & 2, 0);
	get(AT_ICR);
	phy_set(0, 0x8000);
	ck_assert_uint_eq(get(AT_STATUS), 0x283);
	phy_set(0, 0x2100);
	ck_assert_uint_eq(get(AT_STATUS), 0x143);
	ck_assert_uint_eq(phy_get(5) | phy_get(10), 0); /* nothing was negotiated */
	set(AT_MDIC, 0x28000000 | 1 << 21);
	ck_assert_uint_eq(get(AT_ICR) & INT_MDAC, INT_MDAC);
}
END_TEST

TCase *identity_tests(void)
{
	TCase *t = tcase_create("identity");

	tcase_add_test(t, function);
	tcase_add_test(t, registers_hold);
	tcase_add_test(t, widths);
	tcase_add_test(t, reset);
	tcase_add_test(t, phy);
	return t;
}

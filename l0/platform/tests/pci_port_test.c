// SPDX-License-Identifier: Apache-2.0
/* A root port and what is behind it: who is reached, by what is written to both. */
#include "pci_behind.h"
#include "suites.h"

#define LINK_CONTROL (b.port.function.express + PCI_EXPRESS_LINK_CONTROL)
#define LINK_STATUS  (b.port.function.express + PCI_EXPRESS_LINK_STATUS)
#define CONTROL_2    (b.port.function.express + PCI_EXPRESS_CONTROL_2)

static struct behind b;

static bool is_there(unsigned id)
{
	uint32_t word = config_in(id, 0, 4);

	ck_assert_uint_eq(port_config_in(id, 0, 4), word);
	return word == (SAMPLE_DEVICE << 16 | 0x1af4);
}

static void set_bus(unsigned secondary, unsigned subordinate)
{
	config_out(PORT, PCI_REG_BUSES + 1, 2, secondary | subordinate << 8);
}

static void set_bar(unsigned id, unsigned bar, uint64_t base)
{
	config_out(id, PCI_REG_BAR + 4 * bar, 4, (uint32_t)base);
	if (bar >= 2)
		config_out(id, PCI_REG_BAR + 4 * bar + 4, 4, (uint32_t)(base >> 32));
}

START_TEST(header)
{
	behind_start(&b);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_VENDOR, 4), 0x34208086);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_REVISION, 4) >> 8, 0x060400);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_HEADER, 1), 1);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_BUSES, 4), 0x010100);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_IO_WINDOW, 4), 0);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_WINDOW, 4), 0xc0f0c000);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_PREFETCHABLE, 4), 0x0001fff1);
	ck_assert_uint_eq(config_in(PORT, b.port.function.express + 2u, 2), 0x0142);
	ck_assert_uint_eq(config_in(PORT, LINK_STATUS, 2), 0x2011);
	ck_assert_uint_eq(config_in(PORT, 0x100, 4), 0x0001000d); /* ACS */
	ck_assert_uint_eq(config_in(PORT, 0x104, 4), 0x1f);
	/* It has no BARs, and what is no register of a bridge's is not written. */
	for (unsigned reg = PCI_REG_BAR; reg < PCI_REG_BUSES; reg += 4) {
		config_out(PORT, reg, 4, 0xffffffff);
		ck_assert_uint_eq(config_in(PORT, reg, 4), 0);
	}
	config_out(PORT, PCI_REG_IO_WINDOW, 4, 0xffffffff);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_IO_WINDOW, 4), 0);
}
END_TEST

START_TEST(behind_is_an_endpoint)
{
	unsigned at;

	behind_start(&b);
	at = b.device[0].f.express;
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + 2, 2), 0x0002);
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + PCI_EXPRESS_LINK, 4), 0x11);
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + PCI_EXPRESS_LINK_STATUS, 2), 0x11);
	ck_assert_uint_eq(config_in(BESIDE, b.beside.f.express + 2u, 2), 0x0092);
}
END_TEST

START_TEST(numbers)
{
	behind_start(&b);
	ck_assert(is_there(on_bus(1, 0)) && !is_there(on_bus(2, 0)) && is_there(BESIDE));
	ck_assert(!is_there(0) && !is_there(SAMPLE_SLOT(1)));
	set_bus(3, 3);
	ck_assert(!is_there(on_bus(1, 0)) && is_there(on_bus(3, 0)));
	set_bus(2, 3);
	ck_assert(is_there(on_bus(2, 0)) && !is_there(on_bus(3, 0)));
	set_bus(2, 1);
	ck_assert(!is_there(on_bus(1, 0)) && !is_there(on_bus(2, 0)));
	set_bus(0, 3);
	ck_assert(!is_there(on_bus(0, 0)) && config_in(0, 0, 4) == 0x12378086);
	set_bus(0xff, 0xff);
	ck_assert_uint_eq(port_config_in(on_bus(0xff, 0), 0, 4), SAMPLE_DEVICE << 16 | 0x1af4);
}
END_TEST

START_TEST(ari)
{
	behind_start(&b);
	ck_assert(!is_there(on_bus(BUS, 1)));
	config_out(PORT, CONTROL_2, 2, 0xffff);
	ck_assert_uint_eq(config_in(PORT, CONTROL_2, 2), PCI_EXPRESS_ARI);
	ck_assert(is_there(on_bus(BUS, 0)) && is_there(on_bus(BUS, 1)));
	config_out(PORT, CONTROL_2, 2, 0);
	ck_assert(!is_there(on_bus(BUS, 1)));
}
END_TEST

/* 32 bits: with the granularity of 1 MiB, and while the port decodes. */
START_TEST(window)
{
	uint64_t base;

	behind_start(&b);
	base = bar_of_id(on_bus(BUS, 0), 0);
	ck_assert_uint_ge(base, 0xc0000000);
	ck_assert(answers(&b.device[0], 0, base));
	ck_assert(answers(&b.device[0], 2, bar_of_id(on_bus(BUS, 0), 2)));
	ck_assert(!answers(&b.device[0], 1, bar_of_id(on_bus(BUS, 0), 1)));
	config_out(PORT, PCI_REG_COMMAND, 2, 0);
	ck_assert(!answers(&b.device[0], 0, base));
	config_out(PORT, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert(answers(&b.device[0], 0, base));
	config_out(PORT, PCI_REG_WINDOW, 4, 0xd000d000);
	ck_assert(!answers(&b.device[0], 0, base));
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t at[] = {0xcffff000, 0xd0000000, 0xd00ff000, 0xd0100000};

		set_bar(on_bus(BUS, 0), 0, at[i]);
		ck_assert(answers(&b.device[0], 0, at[i]) == (i == 1 || i == 2));
	}
	config_out(PORT, PCI_REG_WINDOW, 4, 0xcff0d010); /* closed */
	ck_assert(!answers(&b.device[0], 0, 0xd0100000));
	config_out(PORT, PCI_REG_WINDOW, 4, 0xd010d010);
	ck_assert(answers(&b.device[0], 0, 0xd0100000));
}
END_TEST

START_TEST(prefetchable_window)
{
	const uint64_t base = 0x1234500000;

	behind_start(&b);
	set_bar(on_bus(BUS, 0), 4, base);
	ck_assert(!answers(&b.device[0], 4, base));
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x45004500);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_PREFETCHABLE, 4), 0x45014501);
	config_out(PORT, PCI_REG_HIGH_BASE, 4, 0x12);
	ck_assert(!answers(&b.device[0], 4, base));
	config_out(PORT, PCI_REG_HIGH_BASE + 4, 4, 0x12);
	ck_assert(!answers(&b.device[0], 4, base));
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x34503450);
	ck_assert(answers(&b.device[0], 4, base));
	/* Closed. */
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x34403450);
	ck_assert(!answers(&b.device[0], 4, base));
}
END_TEST

/* All of a BAR, or nothing. */
START_TEST(half_a_bar)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x1042};
	static struct pci_function large;
	uint32_t base;

	behind_start(&b);
	pci_function_init(&large, 2, &identity, NULL);
	pci_add_bar(&large, 0, PCI_BAR_32, 0x200000);
	ck_assert(pci_register_behind(&b.port, &large));
	base = config_in(on_bus(BUS, 0) + 2, PCI_REG_BAR, 4);
	ck_assert_uint_eq(large.bar[0].base, base);
	config_out(PORT, PCI_REG_WINDOW, 4, base | base >> 16);
	ck_assert_uint_eq(large.bar[0].base, PCI_BAR_OFF);
	config_out(PORT, PCI_REG_WINDOW, 4, (base + 0x100000) | base >> 16);
	ck_assert_uint_eq(large.bar[0].base, base);
}
END_TEST

static bool copies(void)
{
	uint64_t base = bar_of_id(on_bus(BUS, 0), 0);

	m.dma_source = 0;
	mmio_out(base + SAMPLE_ADDRESS, 4, 0x100);
	mmio_out(base + SAMPLE_COPY, 4, 16);
	return mmio_in(base + SAMPLE_COPY, 4);
}

START_TEST(masters)
{
	behind_start(&b);
	config_out(on_bus(BUS, 0), PCI_REG_COMMAND, 2, 6);
	ck_assert(!copies());
	config_out(PORT, PCI_REG_COMMAND, 2, 6);
	ck_assert(copies());
	ck_assert_uint_eq(m.dma_source, 0x100);
	config_out(PORT, PCI_REG_COMMAND, 2, 2);
	ck_assert(!copies());
	ck_assert_uint_eq(m.dma_source, 0);
}
END_TEST

START_TEST(requesters)
{
	uint64_t base;

	behind_start(&b);
	config_out(PORT, PCI_REG_COMMAND, 2, 6);
	config_out(on_bus(BUS, 0), PCI_REG_COMMAND, 2, 6);
	set_bus(3, 3);
	base = bar_of_id(on_bus(3, 0), 0);
	config_out(on_bus(3, 0), b.device[0].f.msi + PCI_MSI_ADDRESS, 4, 0xfee00000);
	config_out(on_bus(3, 0), b.device[0].f.msi + PCI_MSI_DATA, 2, 0x41);
	config_out(on_bus(3, 0), b.device[0].f.msi + 2u, 2, 1);
	mmio_out(base + SAMPLE_MESSAGE, 4, 0);
	ck_assert_uint_eq(m.messages, 1);
	ck_assert_uint_eq(m.message_source, 0x300);
	config_out(PORT, PCI_REG_COMMAND, 2, 2);
	mmio_out(base + SAMPLE_MESSAGE, 4, 0);
	ck_assert_uint_eq(m.messages, 1);
}
END_TEST

/* Its pin is the port's slot's. */
START_TEST(pins)
{
	uint64_t base;

	behind_start(&b);
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), PCI_REG_LINE, 1), PCI_GSI);
	base = bar_of_id(on_bus(BUS, 0), 0);
	mmio_out(base + SAMPLE_PIN, 4, 1);
	ck_assert(m.p.pci.line[0]);
	config_out(PORT, PCI_REG_BRIDGE, 2, PCI_BRIDGE_RESET);
	ck_assert(!m.p.pci.line[0]);
}
END_TEST

/* Gone while it lasts, and after it as at power-on: what firmware had written is gone, too. */
static void hot_reset(unsigned reg, uint32_t bit)
{
	unsigned id = on_bus(BUS, 0), before = b.device[0].resets;
	uint64_t base = bar_of_id(id, 0);

	config_out(id, PCI_REG_CACHE, 1, 0x40);
	config_out(PORT, reg, 2, bit);
	ck_assert_uint_eq(b.device[0].resets, before + 1);
	ck_assert_uint_eq(b.device[1].resets, before + 1);
	ck_assert_uint_eq(b.beside.resets, 0);
	ck_assert(!is_there(id));
	ck_assert_uint_eq(config_in(PORT, LINK_STATUS, 2), 0x0011);
	config_out(PORT, reg, 2, bit); /* and no other by the same */
	config_out(PORT, reg, 2, 0);
	ck_assert_uint_eq(b.device[0].resets, before + 1);
	ck_assert_uint_eq(config_in(PORT, LINK_STATUS, 2), 0x2011);
	ck_assert(is_there(id) && !answers(&b.device[0], 0, base));
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(config_in(id, 4 * i, 4), b.device[0].f.initial[i]);
	set_bar(id, 0, base);
	config_out(id, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert(answers(&b.device[0], 0, base));
}

START_TEST(hot_resets)
{
	behind_start(&b);
	hot_reset(PCI_REG_BRIDGE, PCI_BRIDGE_RESET);
	hot_reset(PCI_REG_BRIDGE, PCI_BRIDGE_RESET);
	hot_reset(LINK_CONTROL, PCI_LINK_DISABLED);
}
END_TEST

/* Nothing passes in D3hot, and nothing is lost by it. */
START_TEST(sleeps)
{
	unsigned control;
	uint64_t base;

	behind_start(&b);
	control = b.port.function.power + PCI_POWER_CONTROL;
	base = bar_of_id(on_bus(BUS, 0), 0);
	config_out(PORT, control, 2, 3);
	ck_assert(!is_there(on_bus(BUS, 0)) && !answers(&b.device[0], 0, base));
	config_out(PORT, control, 2, 0);
	ck_assert(is_there(on_bus(BUS, 0)) && answers(&b.device[0], 0, base));
	ck_assert_uint_eq(b.device[0].resets, 0);
}
END_TEST

TCase *pci_port_tests(void)
{
	TCase *t = tcase_create("PCI root port");

	tcase_add_test(t, header);
	tcase_add_test(t, behind_is_an_endpoint);
	tcase_add_test(t, numbers);
	tcase_add_test(t, ari);
	tcase_add_test(t, window);
	tcase_add_test(t, prefetchable_window);
	tcase_add_test(t, half_a_bar);
	tcase_add_test(t, masters);
	tcase_add_test(t, requesters);
	tcase_add_test(t, pins);
	tcase_add_test(t, hot_resets);
	tcase_add_test(t, sleeps);
	return t;
}

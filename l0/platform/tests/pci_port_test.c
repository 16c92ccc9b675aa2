// SPDX-License-Identifier: Apache-2.0
/* A root port and what is behind it: who is reached, by what is written to both. */
#include "pci_access.h"
#include "platform/pci_internal.h"
#include "suites.h"

#define PORT   SAMPLE_SLOT(1)
#define BESIDE SAMPLE_SLOT(3)
#define BUS    1
#define DEEP   0x100u /* a register of BAR 0 that answers with who it is */

#define LINK_CONTROL (port.function.express + PCI_EXPRESS_LINK_CONTROL)
#define LINK_STATUS  (port.function.express + PCI_EXPRESS_LINK_STATUS)
#define CONTROL_2    (port.function.express + PCI_EXPRESS_CONTROL_2)

static struct pci_port port;
static struct sample beside, behind[2]; /* on bus 0; devices 0 and 1 of the other bus */

static void start(void)
{
	machine_start(2, false);
	machine_xapic(0);
	ck_assert(pci_port_register(&m.p, &port, PORT, BUS));
	sample_add(&beside, &m.p, BESIDE);
	sample_describe(&behind[0], 0);
	ck_assert(pci_register_behind(&port, &behind[0].f));
	sample_describe(&behind[1], SAMPLE_SLOT(1));
	ck_assert(pci_register_behind(&port, &behind[1].f));
}

static unsigned on_bus(unsigned bus, unsigned n)
{
	return bus << 8 | SAMPLE_SLOT(n);
}

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

static bool answers(const struct sample *s, unsigned bar, uint64_t base)
{
	return mmio_in(base + DEEP, 4) == (uint32_t)sample_identity(&s->f, bar, DEEP);
}

START_TEST(header)
{
	start();
	ck_assert_uint_eq(config_in(PORT, PCI_REG_VENDOR, 4), 0x34208086);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_REVISION, 4) >> 8, 0x060400);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_HEADER, 1), 1);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_BUSES, 4), 0x010100);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_IO_WINDOW, 4), 0);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_WINDOW, 4), 0xc0f0c000);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_PREFETCHABLE, 4), 0x0001fff1);
	ck_assert_uint_eq(config_in(PORT, port.function.express + 2u, 2), 0x0142);
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

	start();
	at = behind[0].f.express;
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + 2, 2), 0x0002);
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + PCI_EXPRESS_LINK, 4), 0x11);
	ck_assert_uint_eq(config_in(on_bus(BUS, 0), at + PCI_EXPRESS_LINK_STATUS, 2), 0x11);
	ck_assert_uint_eq(config_in(BESIDE, beside.f.express + 2u, 2), 0x0092);
}
END_TEST

START_TEST(numbers)
{
	start();
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
	start();
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

	start();
	base = bar_of_id(on_bus(BUS, 0), 0);
	ck_assert_uint_ge(base, 0xc0000000);
	ck_assert(answers(&behind[0], 0, base));
	ck_assert(answers(&behind[0], 2, bar_of_id(on_bus(BUS, 0), 2)));
	ck_assert(!answers(&behind[0], 1, bar_of_id(on_bus(BUS, 0), 1)));
	config_out(PORT, PCI_REG_COMMAND, 2, 0);
	ck_assert(!answers(&behind[0], 0, base));
	config_out(PORT, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert(answers(&behind[0], 0, base));
	config_out(PORT, PCI_REG_WINDOW, 4, 0xd000d000);
	ck_assert(!answers(&behind[0], 0, base));
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t at[] = {0xcffff000, 0xd0000000, 0xd00ff000, 0xd0100000};

		set_bar(on_bus(BUS, 0), 0, at[i]);
		ck_assert(answers(&behind[0], 0, at[i]) == (i == 1 || i == 2));
	}
	config_out(PORT, PCI_REG_WINDOW, 4, 0xcff0d010); /* closed */
	ck_assert(!answers(&behind[0], 0, 0xd0100000));
	config_out(PORT, PCI_REG_WINDOW, 4, 0xd010d010);
	ck_assert(answers(&behind[0], 0, 0xd0100000));
}
END_TEST

START_TEST(prefetchable_window)
{
	const uint64_t base = 0x1234500000;

	start();
	set_bar(on_bus(BUS, 0), 4, base);
	ck_assert(!answers(&behind[0], 4, base));
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x45004500);
	ck_assert_uint_eq(config_in(PORT, PCI_REG_PREFETCHABLE, 4), 0x45014501);
	config_out(PORT, PCI_REG_HIGH_BASE, 4, 0x12);
	ck_assert(!answers(&behind[0], 4, base));
	config_out(PORT, PCI_REG_HIGH_BASE + 4, 4, 0x12);
	ck_assert(!answers(&behind[0], 4, base));
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x34503450);
	ck_assert(answers(&behind[0], 4, base));
	/* All of the BAR, or nothing. */
	config_out(PORT, PCI_REG_PREFETCHABLE, 4, 0x34403450);
	ck_assert(!answers(&behind[0], 4, base));
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
	start();
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

	start();
	config_out(PORT, PCI_REG_COMMAND, 2, 6);
	config_out(on_bus(BUS, 0), PCI_REG_COMMAND, 2, 6);
	set_bus(3, 3);
	base = bar_of_id(on_bus(3, 0), 0);
	config_out(on_bus(3, 0), behind[0].f.msi + PCI_MSI_ADDRESS, 4, 0xfee00000);
	config_out(on_bus(3, 0), behind[0].f.msi + PCI_MSI_DATA, 2, 0x41);
	config_out(on_bus(3, 0), behind[0].f.msi + 2u, 2, 1);
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

	start();
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
	unsigned id = on_bus(BUS, 0), before = behind[0].resets;
	uint64_t base = bar_of_id(id, 0);

	config_out(id, PCI_REG_CACHE, 1, 0x40);
	config_out(PORT, reg, 2, bit);
	ck_assert_uint_eq(behind[0].resets, before + 1);
	ck_assert_uint_eq(behind[1].resets, before + 1);
	ck_assert_uint_eq(beside.resets, 0);
	ck_assert(!is_there(id));
	ck_assert_uint_eq(config_in(PORT, LINK_STATUS, 2), 0x0011);
	config_out(PORT, reg, 2, bit); /* and no other by the same */
	config_out(PORT, reg, 2, 0);
	ck_assert_uint_eq(behind[0].resets, before + 1);
	ck_assert_uint_eq(config_in(PORT, LINK_STATUS, 2), 0x2011);
	ck_assert(is_there(id) && !answers(&behind[0], 0, base));
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(config_in(id, 4 * i, 4), behind[0].f.initial[i]);
	set_bar(id, 0, base);
	config_out(id, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert(answers(&behind[0], 0, base));
}

START_TEST(hot_resets)
{
	start();
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

	start();
	control = port.function.power + PCI_POWER_CONTROL;
	base = bar_of_id(on_bus(BUS, 0), 0);
	config_out(PORT, control, 2, 3);
	ck_assert(!is_there(on_bus(BUS, 0)) && !answers(&behind[0], 0, base));
	config_out(PORT, control, 2, 0);
	ck_assert(is_there(on_bus(BUS, 0)) && answers(&behind[0], 0, base));
	ck_assert_uint_eq(behind[0].resets, 0);
}
END_TEST

/* ---- anything written to it, beside a plain model of its bits and of who is reached ---- */

#define STEPS 60000

/* From the specifications; what a bit does that is both is to be cleared. */
static const struct {
	unsigned reg;
	uint32_t writable, cleared;
} rows[] = {
	{0x04, 0x0546, 0xf9000000},
	{0x0c, 0xff, 0},
	{0x18, 0xffffff, 0},
	{0x1c, 0, 0xf9000000},
	{0x20, 0xfff0fff0, 0},
	{0x24, 0xfff0fff0, 0},
	{0x28, 0xffffffff, 0},
	{0x2c, 0xffffffff, 0},
	{0x3c, 0x004700ff, 0},
	{0x44, 0x3, 0},
	{0x48, 0x710000, 0},
	{0x4c, 0xfffffffc, 0},
	{0x50, 0xffffffff, 0},
	{0x54, 0xffff, 0},
	{0x58, 1, 0},
	{0x68, 0x78ff, 0xf0000},
	{0x70, 0xdb, 0},
	{0x7c, 0xf, 0},
	{0x88, 0x20, 0},
	{0x104, 0x1f0000, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint32_t model[PCI_CONFIG_WORDS];
static unsigned hot_resets_seen;
static uint64_t state = 0x2545f4914f6cdd1d;

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static bool model_down(void)
{
	return (model[0x3c / 4] & 0x400000) || (model[0x70 / 4] & 0x10);
}

static void model_write(unsigned reg, uint32_t value)
{
	uint32_t *word = &model[reg / 4], old = *word;
	bool down = model_down();

	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].reg == reg)
			*word = ((old & ~rows[i].writable) | (value & rows[i].writable)) &
				~(value & rows[i].cleared);
	if (reg == 0x44 && (*word & 3) != 0 && (*word & 3) != 3)
		*word = old;
	hot_resets_seen += !down && model_down();
	model[0x70 / 4] = (model[0x70 / 4] & ~(1u << 29)) | (uint32_t)!model_down() << 29;
}

static bool model_reaches(unsigned bus, unsigned device)
{
	unsigned secondary = model[6] >> 8 & 0xff, subordinate = model[6] >> 16 & 0xff;

	return !model_down() && !(model[0x44 / 4] & 3) && bus && bus == secondary &&
	       bus <= subordinate && (!device || (model[0x88 / 4] & 0x20));
}

static bool in_window(uint64_t base, uint64_t size)
{
	uint64_t first = (uint64_t)(model[8] & 0xfff0) << 16;
	uint64_t last = (model[8] & 0xfff00000) | 0xfffff;
	uint64_t first_high = (uint64_t)model[10] << 32 | (uint64_t)(model[9] & 0xfff0) << 16;
	uint64_t last_high = (uint64_t)model[11] << 32 | (model[9] & 0xfff00000) | 0xfffff;

	if (model_down() || (model[0x44 / 4] & 3) || !(model[1] & 2))
		return false;
	return (base >= first && base + size - 1 <= last) ||
	       (base >= first_high && base + size - 1 <= last_high);
}

/* Mostly what leaves the port able to pass something on. */
static uint32_t some_value(unsigned reg)
{
	static const uint32_t likely[] = {0xc0f0c000, 0xc000c000, 0x34503450, 0xfff00000, 0x12};

	switch (draw(6) ? reg : 0) {
	case 0x04:
		return draw(8);
	case 0x18:
		return (draw(4) + 1) << 16 | draw(4) << 8;
	case 0x20:
	case 0x24:
	case 0x28:
	case 0x2c:
		return likely[draw(5)];
	case 0x3c:
	case 0x44:
	case 0x70:
		return 0;
	default:
		return draw(1u << 31) << 1 ^ draw(1u << 31);
	}
}

static void write_some(void)
{
	unsigned reg = draw(4) ? rows[draw(ROWS)].reg : draw(PCI_CONFIG_WORDS) * 4;
	uint32_t value = some_value(reg);

	config_out(PORT, reg, 4, value);
	model_write(reg, value);
	ensure(config_in(PORT, reg, 4) == model[reg / 4]);
}

/* Those behind, put where they can be told from each other, by the lock that the tests may skip. */
static void place_behind(void)
{
	static const uint64_t base[2][2] = {{0xc0000000, 0x1234500000}, {0xc0200000, 0x50000000}};

	for (unsigned n = 0; n < 2; n++) {
		struct pci_function *f = &behind[n].f;

		pci_enter(f, 0);
		f->config[4] = (uint32_t)base[n][0];
		f->config[8] = (uint32_t)base[n][1] | 0xc;
		f->config[9] = (uint32_t)(base[n][1] >> 32);
		f->config[1] |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
		pci_decode(f);
		pci_leave(f, PCI_NO_VCPU);
		ensure(answers(&behind[n], 0, base[n][0]) == in_window(base[n][0], SAMPLE_SIZE));
		ensure(answers(&behind[n], 4, base[n][1]) ==
		       in_window(base[n][1], SAMPLE_MEMORY_SIZE));
	}
}

START_TEST(garbage)
{
	unsigned reached = 0;

	start();
	for (unsigned i = 0; i < PCI_CONFIG_WORDS; i++)
		model[i] = config_in(PORT, 4 * i, 4);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned bus = draw(4), device = draw(2);
		bool there;

		write_some();
		there = model_reaches(bus, device);
		if (bus)
			ensure((config_in(on_bus(bus, device), 0, 4) != 0xffffffff) == there);
		place_behind();
		ensure(pci_masters(&behind[0].f) ==
		       (!model_down() && !(model[0x44 / 4] & 3) && (model[1] & 4)));
		ensure(behind[0].resets == hot_resets_seen && behind[1].resets == behind[0].resets);
		reached += there;
	}
	ensure(hot_resets_seen > 100 && reached > STEPS / 100);
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
	tcase_add_test(t, masters);
	tcase_add_test(t, requesters);
	tcase_add_test(t, pins);
	tcase_add_test(t, hot_resets);
	tcase_add_test(t, sleeps);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, garbage);
	return t;
}

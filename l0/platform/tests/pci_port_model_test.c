// SPDX-License-Identifier: Apache-2.0
/* Anything written to a root port, beside a plain model of its bits and of who is reached. */
#include "pci_behind.h"
#include "pci_model.h"
#include "platform/pci_internal.h"
#include "suites.h"

#define STEPS 60000

/* From the specifications. */
static const struct pci_model_row rows[] = {
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

static struct behind b;
static uint32_t model[PCI_CONFIG_WORDS];
static unsigned hot_resets_seen;
static uint64_t state = 0x2545f4914f6cdd1d;

static uint32_t draw(uint32_t below)
{
	return pci_model_draw(&state, below);
}

static bool model_down(void)
{
	return (model[0x3c / 4] & 0x400000) || (model[0x70 / 4] & 0x10);
}

static void model_write(unsigned reg, uint32_t value)
{
	uint32_t *word = &model[reg / 4], old = *word;
	bool down = model_down();

	*word = pci_model_written(rows, ROWS, reg, old, UINT32_MAX, value);
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

/* Those behind answer where they are put; the guest might not reach their space to say it. */
static void place_behind(void)
{
	static const uint64_t base[2][2] = {{0xc0000000, 0x1234500000}, {0xc0200000, 0x50000000}};

	for (unsigned n = 0; n < 2; n++) {
		struct pci_function *f = &b.device[n].f;

		pci_enter(f, 0);
		f->config[4] = (uint32_t)base[n][0];
		f->config[8] = (uint32_t)base[n][1] | 0xc;
		f->config[9] = (uint32_t)(base[n][1] >> 32);
		f->config[1] |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
		pci_decode(f);
		pci_leave(f, PCI_NO_VCPU);
		ensure(answers(&b.device[n], 0, base[n][0]) == in_window(base[n][0], SAMPLE_SIZE));
		ensure(answers(&b.device[n], 4, base[n][1]) ==
		       in_window(base[n][1], SAMPLE_MEMORY_SIZE));
	}
}

START_TEST(garbage)
{
	unsigned reached = 0;

	behind_start(&b);
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
		ensure(pci_masters(&b.device[0].f) ==
		       (!model_down() && !(model[0x44 / 4] & 3) && (model[1] & 4)));
		ensure(b.device[0].resets == hot_resets_seen &&
		       b.device[1].resets == b.device[0].resets);
		reached += there;
	}
	ensure(hot_resets_seen > 100 && reached > STEPS / 100);
}
END_TEST

TCase *pci_port_model_tests(void)
{
	TCase *t = tcase_create("PCI root port beside a model");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, garbage);
	return t;
}

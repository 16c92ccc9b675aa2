// SPDX-License-Identifier: Apache-2.0
/* Anything written to configuration space, and what answers then, beside a plain model. */
#include "pci_access.h"
#include "pci_model.h"
#include "suites.h"

#define STEPS 100000
#define COUNT 3

/* The sample's space, from the specifications and not from what made it. */
static const struct pci_model_row rows[] = {
	{0x04, 0x0547, 0xf9000000},
	{0x0c, 0xff, 0},
	{0x10, 0xfffff000, 0},
	{0x14, 0xffffffe0, 0},
	{0x18, 0xffff0000, 0},
	{0x1c, 0xffffffff, 0},
	{0x20, 0xfff00000, 0},
	{0x24, 0xffffffff, 0},
	{0x3c, 0xff, 0},
	{0x44, 0x3, 0},
	{0x48, 0x710000, 0},
	{0x4c, 0xfffffffc, 0},
	{0x50, 0xffffffff, 0},
	{0x54, 0xffff, 0},
	{0x58, 1, 0},
	{0x60, 0xc0000000, 0},
	{0x74, 0xf8ff, 0xf0000},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define POWER   0x44
#define EXPRESS 0x74

static const struct {
	uint32_t size;
	bool io, wide;
} bars[PCI_BARS] = {
	{SAMPLE_SIZE, false, false},       {SAMPLE_IO_SIZE, true, false},
	{SAMPLE_WIDE_SIZE, false, true},   {0, false, false},
	{SAMPLE_MEMORY_SIZE, false, true}, {0, false, false},
};

static struct sample sample[COUNT];
static uint32_t model[COUNT][PCI_CONFIG_WORDS], fresh[PCI_CONFIG_WORDS];
static unsigned resets[COUNT];

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t draw(uint32_t below)
{
	return pci_model_draw(&state, below);
}

static uint32_t draw32(void)
{
	return draw(1u << 31) << 1 ^ draw(1u << 31);
}

static unsigned id_of(unsigned n)
{
	return SAMPLE_SLOT(4 + n);
}

static void start(void)
{
	machine_start(1, false);
	machine_xapic(0);
	for (unsigned n = 0; n < COUNT; n++)
		sample_add(&sample[n], &m.p, (uint16_t)id_of(n));
	for (unsigned n = 0; n < COUNT; n++)
		for (unsigned i = 0; i < PCI_CONFIG_WORDS; i++)
			model[n][i] = config_in(id_of(n), 4 * i, 4);
	memcpy(fresh, model[0], sizeof(fresh));
	for (unsigned i = 0x10 / 4; i < 0x28 / 4; i++)
		fresh[i] &= 0xf;
	fresh[1] = 0x00100000;
	fresh[0x3c / 4] &= ~0xffu;
}

static void model_write(unsigned n, unsigned reg, unsigned size, uint32_t value)
{
	uint32_t *word = &model[n][reg / 4], old = *word;
	uint32_t mask = (uint32_t)((1ull << 8 * size) - 1) << 8 * (reg % 4);

	*word = pci_model_written(rows, ROWS, reg & ~3u, old, mask, value << 8 * (reg % 4));
	if (reg / 4 == POWER / 4 && (*word & 3) != 0 && (*word & 3) != 3)
		*word = old;
	if (reg / 4 == EXPRESS / 4 && (*word & 0x8000)) {
		memcpy(model[n], fresh, sizeof(fresh));
		resets[n]++;
	}
}

/* Likely registers, and values that make BARs meet each other and everything else. */
static uint32_t some_reg(void)
{
	return draw(4) ? rows[draw(ROWS)].reg + draw(4) : draw(0x1000);
}

static uint32_t some_value(unsigned reg)
{
	static const uint32_t likely[] = {0xc0000000, 0xc0010000, 0xc0100000, 0xc0001000,
					  0xfec00000, 0xfee00000, 0xe0000000, 0x0000c000,
					  0x0000c020, 0,          0xffffffff, 7};

	/* Mostly what leaves the function able to answer. */
	if (draw(8) && (reg / 4 == POWER / 4 || reg / 4 == EXPRESS / 4))
		return 0;
	if (draw(8) && reg / 4 == 0x04 / 4)
		return 3;
	return draw(3) ? likely[draw(sizeof(likely) / 4)] + draw(2) * draw(0x2000) : draw32();
}

static void write_some(void)
{
	unsigned n = draw(COUNT), reg = some_reg(), size = 1u << draw(3);
	uint32_t value = some_value(reg);

	if (draw(2) && reg < 0x100) {
		reg &= ~(size - 1);
		port_config_out(id_of(n), reg, size, value);
		model_write(n, reg, size, value);
		return;
	}
	if (reg + size > 0x1000)
		return;
	config_out(id_of(n), reg, size, value);
	for (unsigned at = 0, part; at < size; at += part) {
		part = 4 - (reg + at) % 4 < size - at ? 4 - (reg + at) % 4 : size - at;
		model_write(n, reg + at, part, value >> 8 * at);
	}
}

static uint64_t model_base(unsigned n, unsigned bar)
{
	uint32_t low = model[n][4 + bar], command = model[n][1];

	if (bars[bar].size == 0 || (model[n][POWER / 4] & 3) || !(command & (bars[bar].io ? 1 : 2)))
		return UINT64_MAX;
	if (bars[bar].io)
		return low > 0xffff ? UINT64_MAX : low & ~3u;
	return (low & ~15u) | (bars[bar].wide ? (uint64_t)model[n][5 + bar] << 32 : 0);
}

/* Function and BAR (n * 6 + bar) of a byte, or none (-1). */
static int owner(uint64_t address, bool io)
{
	for (unsigned i = 0; i < COUNT * PCI_BARS; i++) {
		uint64_t base = model_base(i / PCI_BARS, i % PCI_BARS);

		if (bars[i % PCI_BARS].io == io && base != UINT64_MAX && address >= base &&
		    address - base < bars[i % PCI_BARS].size)
			return (int)i;
	}
	return -1;
}

/* What the owner of a byte answers to a read that begins there; false: it has registers there. */
static bool answer(int who, uint64_t address, bool io, uint64_t *value)
{
	unsigned n = (unsigned)who / PCI_BARS, bar = (unsigned)who % PCI_BARS;
	uint64_t offset;

	*value = ~0ull;
	if (who < 0)
		return io || address < 0xdffffff0 || address > 0xffffffff;
	offset = address - model_base(n, bar);
	*value = sample_identity(&sample[n].f, bar, (uint32_t)offset);
	return io ||
	       (address < 0xdffffff0 &&
		(bar != 0 || (offset > 0x20 && offset < 0x7f0) || offset > 0xd00)) ||
	       address > 0xffffffff;
}

static bool expected(uint64_t address, unsigned size, bool io, uint64_t *value)
{
	uint64_t all = size == 8 ? ~0ull : (1ull << 8 * size) - 1, byte;
	int who = owner(address, io);
	bool known = answer(who, address, io, value);
	uint64_t base = who < 0 ? 0 : model_base((unsigned)who / 6, (unsigned)who % 6);

	if (who >= 0 && address - base + size <= bars[who % 6].size) {
		*value &= all;
		return known;
	}
	*value = 0;
	for (unsigned i = 0; i < size; i++) {
		known &= answer(owner(address + i, io), address + i, io, &byte);
		*value |= (byte & 0xff) << 8 * i;
	}
	return known;
}

static unsigned read_some(void)
{
	unsigned who = draw(COUNT * PCI_BARS), bar = who % PCI_BARS, size;
	uint64_t at = model_base(who / PCI_BARS, bar), value, seen;

	if (at == UINT64_MAX)
		return 0;
	at += draw(4) ? draw(bars[bar].size) : bars[bar].size - draw(16);
	size = 1u << draw(bars[bar].io ? 3 : 4);
	if (bars[bar].io && (at < 0x1000 || at + size > 0x10000))
		return 0;
	seen = bars[bar].io ? in((uint16_t)at, size) : mmio_in(at, size);
	if (!expected(at, size, bars[bar].io, &value))
		return 0;
	ensure(seen == value);
	return 1;
}

static void same(unsigned n, unsigned reg)
{
	ensure(config_in(id_of(n), reg, 4) == model[n][reg / 4]);
}

START_TEST(garbage)
{
	unsigned checked = 0;

	start();
	for (unsigned step = 0; step < STEPS; step++) {
		write_some();
		for (unsigned i = 0; i < 4; i++)
			checked += read_some();
		same(draw(COUNT), rows[draw(ROWS)].reg);
		same(draw(COUNT), draw(PCI_CONFIG_WORDS) * 4);
		if (step % 1000 == 0)
			for (unsigned i = 0; i < COUNT * PCI_CONFIG_WORDS; i++)
				same(i % COUNT, i / COUNT * 4);
	}
	for (unsigned n = 0; n < COUNT; n++) {
		ensure(sample[n].resets == resets[n]);
		ensure(resets[n] > 10);
	}
	ensure(checked > STEPS);
}
END_TEST

TCase *pci_model_tests(void)
{
	TCase *t = tcase_create("PCI beside a model");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, garbage);
	return t;
}

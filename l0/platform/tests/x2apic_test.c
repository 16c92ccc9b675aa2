// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

static struct lapic *const l = &m.lapic[0];

/* Which registers exist, from the manual's table and written down again: R read, W write. */
static const struct {
	uint8_t first, last;
	const char *access;
	uint64_t allowed; /* bits that may be written */
} registers[] = {
	{0x02, 0x03, "R", 0},
	{0x08, 0x08, "RW", 0xff},
	{0x0a, 0x0a, "R", 0},
	{0x0b, 0x0b, "W", 0},
	{0x0d, 0x0d, "R", 0},
	{0x0f, 0x0f, "RW", 0x3ff},
	{0x10, 0x27, "R", 0},
	{0x28, 0x28, "RW", 0},
	{0x30, 0x30, "RW", 0xffffffff000cdfff},
	{0x32, 0x32, "RW", 0x710ff},
	{0x33, 0x34, "RW", 0x117ff},
	{0x35, 0x36, "RW", 0x1f7ff},
	{0x37, 0x37, "RW", 0x110ff},
	{0x38, 0x38, "RW", 0xffffffff},
	{0x39, 0x39, "R", 0},
	{0x3e, 0x3e, "RW", 0xb},
	{0x3f, 0x3f, "W", 0xff},
};

static const char *access_of(unsigned reg, uint64_t *allowed)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (reg >= registers[i].first && reg <= registers[i].last) {
			*allowed = registers[i].allowed;
			return registers[i].access;
		}
	return "";
}

START_TEST(which_registers_fault)
{
	machine_start(1, true);
	machine_x2apic(0);
	for (unsigned reg = 0; reg < 0x100; reg++) {
		uint64_t value, allowed = 0;
		const char *access = access_of(reg, &allowed);
		bool reads = access[0] == 'R', writes = reads ? access[1] == 'W' : access[0] == 'W';

		ck_assert_int_eq(lapic_msr_read(l, 0x800 + reg, &value, 0), reads ? 0 : -1);
		ck_assert_int_eq(lapic_msr_write(l, 0x800 + reg, 0, 0), writes ? 0 : -1);
		for (unsigned bit = 0; bit < 64 && writes; bit++)
			ck_assert_int_eq(lapic_msr_write(l, 0x800 + reg, 1ull << bit, 0),
					 allowed >> bit & 1 ? 0 : -1);
	}
}
END_TEST

START_TEST(only_in_x2apic_mode)
{
	uint64_t value;

	machine_start(1, true);
	for (unsigned reg = 0; reg < 0x100; reg++) {
		ck_assert_int_eq(lapic_msr_read(l, 0x800 + reg, &value, 0), -1);
		ck_assert_int_eq(lapic_msr_write(l, 0x800 + reg, 0, 0), -1);
	}
	ck_assert_int_eq(lapic_msr_read(l, 0x900, &value, 0), -1);
	ck_assert_int_eq(lapic_msr_write(l, 0x900, 0, 0), -1);
}
END_TEST

START_TEST(modes)
{
	const uint32_t off = 0xfee00100, on = 0xfee00900, x2 = 0xfee00d00, bad = 0xfee00500;
	const uint32_t from[] = {off, on, x2}, to[] = {off, on, x2, bad};
	/* Rows: from off, xAPIC, x2APIC; columns: to off, xAPIC, x2APIC, the invalid one. */
	const int expected[3][4] = {{0, 0, -1, -1}, {0, 0, 0, -1}, {0, -1, 0, -1}};

	for (unsigned i = 0; i < 12; i++) {
		machine_start(1, true);
		if (from[i / 4] != on)
			ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, from[i / 4], 0), 0);
		ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, to[i % 4], 0),
				 expected[i / 4][i % 4]);
		ck_assert_uint_eq(l->base, expected[i / 4][i % 4] ? from[i / 4] : to[i % 4]);
	}
	machine_start(1, false); /* the knob says no */
	ck_assert_int_eq(lapic_msr_write(l, MSR_APIC_BASE, x2, 0), -1);
}
END_TEST

START_TEST(state_after_the_change)
{
	uint64_t value;

	machine_start(2, true);
	lapic_out(1, 0x310, 0xff000000);
	lapic_out(1, 0xf0, 0x1ff);
	machine_x2apic(1);
	lapic_msr_read(&m.lapic[1], 0x802, &value, 0);
	ck_assert_uint_eq(value, 1);
	lapic_msr_read(&m.lapic[1], 0x80d, &value, 0);
	ck_assert_uint_eq(value, 2);
	lapic_msr_read(&m.lapic[1], 0x830, &value, 0);
	ck_assert_uint_eq(value, 0);
	ck_assert(!platform_mmio_read(&m.p, 1, 0xfee00030, 4, &value, 0));
	/* The other vCPU's page is still there. */
	ck_assert(platform_mmio_read(&m.p, 0, 0xfee00030, 4, &value, 0));
}
END_TEST

TCase *x2apic_tests(void)
{
	TCase *t = tcase_create("x2APIC");

	tcase_add_test(t, which_registers_fault);
	tcase_add_test(t, only_in_x2apic_mode);
	tcase_add_test(t, modes);
	tcase_add_test(t, state_after_the_change);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
#include "pci_access.h"
#include "suites.h"

#define A SAMPLE_SLOT(2)
#define B SAMPLE_SLOT(5)

static struct sample a, b;

static void start(void)
{
	machine_start(2, false);
	machine_xapic(0);
	machine_xapic(1);
	/* The order on the bus is that of the identifiers. */
	sample_add(&b, &m.p, B);
	sample_add(&a, &m.p, A);
}

static uint32_t narrow(const struct sample *s, unsigned bar, uint32_t offset)
{
	return (uint32_t)sample_identity(&s->f, bar, offset);
}

static void set_bar(const struct sample *s, unsigned bar, uint64_t base)
{
	config_out(s->f.id, PCI_REG_BAR + 4 * bar, 4, (uint32_t)base);
	if (bar >= 2)
		config_out(s->f.id, PCI_REG_BAR + 4 * bar + 4, 4, (uint32_t)(base >> 32));
}

START_TEST(assigned)
{
	static const uint32_t size[] = {SAMPLE_SIZE, SAMPLE_IO_SIZE, SAMPLE_WIDE_SIZE, 0,
					SAMPLE_MEMORY_SIZE};

	start();
	ck_assert_uint_eq(config_in(A, PCI_REG_COMMAND, 2), 3);
	for (unsigned bar = 0; bar < 5; bar += bar < 2 ? 1 : 2) {
		uint64_t base = bar_of(&a, bar);

		ck_assert_uint_eq(base % size[bar], 0);
		ck_assert_uint_ge(base, bar == 1 ? PCI_IO_BASE : PCI_WINDOW_BASE);
		ck_assert_uint_le(base + size[bar] - 1, bar == 1 ? PCI_IO_END : PCI_WINDOW_END);
		ck_assert_uint_ne(base, bar_of(&b, bar));
		config_out(A, PCI_REG_BAR + 4 * bar, 4, 0xffffffff);
		ck_assert_uint_eq(config_in(A, PCI_REG_BAR + 4 * bar, 4) & ~15u,
				  ~(size[bar] - 1) & ~15u);
	}
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR, 4) & 15, 0);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR + 4, 4) & 3, 1);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR + 8, 4) & 15, 4);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR + 16, 4) & 15, 12);
	config_out(A, PCI_REG_BAR + 20, 4, 0xffffffff);
	ck_assert_uint_eq(config_in(A, PCI_REG_BAR + 20, 4), 0xffffffff);
}
END_TEST

START_TEST(sizes_and_offsets)
{
	uint64_t base;

	start();
	base = bar_of(&a, 2);
	for (unsigned size = 1; size <= 8; size *= 2) {
		uint64_t all = size == 8 ? ~0ull : (1ull << 8 * size) - 1;

		ck_assert_uint_eq(mmio_in(base + 0x1238, size),
				  sample_identity(&a.f, 2, 0x1238) & all);
		ck_assert_uint_eq(a.last.offset, 0x1238);
		ck_assert_uint_eq(a.last.size, size);
		mmio_out(base + SAMPLE_WIDE_SIZE - size, size, 0x8877665544332211);
		ck_assert_uint_eq(a.written, 0x8877665544332211 & all);
		ck_assert_uint_eq(a.last.offset, SAMPLE_WIDE_SIZE - size);
	}
	/* Unaligned within: the device's business. */
	mmio_in(base + 0x101, 4);
	ck_assert_uint_eq(a.last.offset, 0x101);
	ck_assert_uint_eq(a.last.size, 4);
	sample_out(&a, SAMPLE_SCRATCH, 0x1234);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0), 4), 0x1234);
	ck_assert_uint_eq(b.accesses, 0);
	ck_assert_uint_eq(m.p.unclaimed_mmio, 0);
}
END_TEST

START_TEST(across_the_end)
{
	uint64_t end;
	unsigned before;

	start();
	set_bar(&a, 2, 0xc8000000);
	set_bar(&b, 2, 0xc8000000 + SAMPLE_WIDE_SIZE);
	end = 0xc8000000 + SAMPLE_WIDE_SIZE;
	ck_assert_uint_eq(mmio_in(end - 1, 2), (narrow(&a, 2, SAMPLE_WIDE_SIZE - 1) & 0xff) |
						       (narrow(&b, 2, 0) & 0xff) << 8);
	ck_assert_uint_eq(a.last.size, 1);
	ck_assert_uint_eq(b.last.size, 1);
	/* At the end of all there is nobody: ones. */
	end += SAMPLE_WIDE_SIZE;
	ck_assert_uint_eq(mmio_in(end - 2, 4) >> 16, 0xffff);
	ck_assert_uint_eq(mmio_in(0xc8000000 - 3, 4) & 0xffffff, 0xffffff);
	before = b.accesses;
	mmio_out(end - 3, 8, 0);
	ck_assert_uint_eq(b.accesses, before + 3);
	ck_assert_uint_eq(m.p.unclaimed_mmio, 0);
	mmio_in(end, 8);
	ck_assert_uint_eq(m.p.unclaimed_mmio, 1);
	ck_assert_uint_eq(m.nobody, end);
}
END_TEST

START_TEST(decoding_off)
{
	uint64_t memory;
	uint16_t port;

	start();
	memory = bar_of(&a, 2);
	port = (uint16_t)bar_of(&a, 1);
	ck_assert_uint_eq(mmio_in(memory, 4), narrow(&a, 2, 0));
	ck_assert_uint_eq(in(port, 4), narrow(&a, 1, 0));
	config_out(A, PCI_REG_COMMAND, 2, PCI_COMMAND_IO);
	ck_assert_uint_eq(mmio_in(memory, 4), 0xffffffff);
	ck_assert_uint_eq(in(port, 4), narrow(&a, 1, 0));
	config_out(A, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(mmio_in(memory, 4), narrow(&a, 2, 0));
	ck_assert_uint_eq(in(port, 4), 0xffffffff);
	ck_assert_uint_eq(m.p.unclaimed_ports, 4); /* bytes */
}
END_TEST

START_TEST(moved)
{
	start();
	mmio_in(bar_of(&a, 2), 4);
	set_bar(&a, 2, 0x1234567890000);
	ck_assert_uint_eq(mmio_in(0x1234567890010, 4), narrow(&a, 2, 0x10));
	set_bar(&a, 2, 0xcafe0000);
	ck_assert_uint_eq(mmio_in(0x1234567890010, 4), 0xffffffff);
	ck_assert_uint_eq(mmio_in(0xcafe0010, 4), narrow(&a, 2, 0x10));
	/* By bytes: each has its effect at once. */
	config_out(A, PCI_REG_BAR + 11, 1, 0xcb);
	ck_assert_uint_eq(mmio_in(0xcbfe0010, 4), narrow(&a, 2, 0x10));
	/* The other vCPU remembers for itself. */
	for (unsigned i = 0; i < 2; i++) {
		uint64_t value;

		platform_mmio_read(&m.p, 1, 0xcbfe0020, 4, &value, m.now);
		ck_assert_uint_eq(value, i ? 0xffffffff : narrow(&a, 2, 0x20));
		set_bar(&a, 2, 0xcc000000);
	}
}
END_TEST

START_TEST(overlapping)
{
	unsigned before;

	start();
	set_bar(&b, 2, 0xc8000000);
	ck_assert_uint_eq(mmio_in(0xc8000000, 4), narrow(&b, 2, 0));
	set_bar(&a, 2, 0xc8000000);
	before = b.accesses;
	ck_assert_uint_eq(mmio_in(0xc8000000, 4), narrow(&a, 2, 0));
	ck_assert_uint_eq(b.accesses, before);
	set_bar(&a, 0, 0xc8000000); /* a lower BAR of the same */
	ck_assert_uint_eq(mmio_in(0xc8000ffc, 4), narrow(&a, 0, 0xffc));
	ck_assert_uint_eq(mmio_in(0xc8001000, 4), narrow(&a, 2, 0x1000));
	ck_assert_uint_eq(mmio_in(0xc8000ffe, 4) >> 16,
			  (narrow(&a, 2, 0x1000) & 0xff) | (narrow(&a, 2, 0x1001) & 0xff) << 8);
	config_out(A, PCI_REG_COMMAND, 2, 0);
	ck_assert_uint_eq(mmio_in(0xc8000000, 4), narrow(&b, 2, 0));
}
END_TEST

/* What a vCPU remembers of a page does not hide whom else it belongs to. */
START_TEST(shared_page)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x1042};
	static struct sample small, large;

	start();
	pci_function_init(&small.f, SAMPLE_SLOT(6), &identity, a.f.ops);
	pci_function_init(&large.f, SAMPLE_SLOT(7), &identity, a.f.ops);
	pci_add_bar(&small.f, 1, PCI_BAR_32, 64);
	pci_add_bar(&large.f, 1, PCI_BAR_32, 4096);
	ck_assert(pci_register(&m.p, &small.f) && pci_register(&m.p, &large.f));
	set_bar(&large, 1, 0xc8000000);
	set_bar(&small, 1, 0xc8000040);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(mmio_in(0xc8000000, 4), narrow(&large, 1, 0));
		ck_assert_uint_eq(mmio_in(0xc8000040, 4), narrow(&small, 1, 0));
		ck_assert_uint_eq(mmio_in(0xc8000080, 4), narrow(&large, 1, 0x80));
	}
}
END_TEST

START_TEST(where_others_are)
{
	start();
	set_bar(&a, 2, 0xfee00000);
	ck_assert_uint_eq(lapic_in(0, 0x30) & 0xff, 0x14);
	set_bar(&a, 2, IOAPIC_BASE);
	ck_assert_uint_eq(ioapic_in(1), 0x170020);
	ck_assert_uint_eq(a.accesses, 0);
	ck_assert_uint_eq(mmio_in(IOAPIC_BASE + 0x1000, 4), narrow(&a, 2, 0x1000));
	set_bar(&a, 2, PCI_ECAM_BASE);
	ck_assert_uint_eq(config_in(0, 0, 4), 0x12378086);
	ck_assert_uint_eq(a.accesses, 1);
}
END_TEST

START_TEST(ports)
{
	uint16_t port;

	start();
	port = (uint16_t)bar_of(&b, 1);
	for (unsigned size = 1; size <= 4; size *= 2) {
		ck_assert_uint_eq(in((uint16_t)(port + 4), size),
				  narrow(&b, 1, 4) & (0xffffffffu >> (32 - 8 * size)));
		ck_assert_uint_eq(b.last.size, size);
	}
	out((uint16_t)(port + 8), 2, 0x12345678);
	ck_assert_uint_eq(b.written, 0x5678);
	/* Across the end: bytes, some of which are nobody's. */
	set_bar(&b, 1, 0x8000);
	ck_assert_uint_eq(in(0x801e, 4) >> 16, 0xffff);
	ck_assert_uint_eq(b.last.offset, 0x1f);
	ck_assert_uint_eq(b.last.size, 1);
	ck_assert_uint_eq(in(0x7ffe, 4) & 0xffff, 0xffff);
	/* Fixed ports win; beyond 64 KiB there are none. */
	set_bar(&b, 1, 0xce0);
	ck_assert_uint_eq(in(0xce0, 1), narrow(&b, 1, 0) & 0xff);
	set_bar(&b, 1, 0x3e0);
	ck_assert_uint_eq(in(0x3e0, 1), narrow(&b, 1, 0) & 0xff);
	ck_assert_uint_ne(in(0x3fd, 1), 0xff);
	ck_assert_uint_ne(b.last.offset, 0x1d);
	set_bar(&b, 1, 0x18000);
	ck_assert_uint_eq(in(0x8000, 4), 0xffffffff);
	set_bar(&b, 1, 0xffe0);
	ck_assert_uint_eq(in(0xfffe, 4) >> 16, 0xffff);
}
END_TEST

TCase *pci_bar_tests(void)
{
	TCase *t = tcase_create("PCI base addresses");

	tcase_add_test(t, assigned);
	tcase_add_test(t, sizes_and_offsets);
	tcase_add_test(t, across_the_end);
	tcase_add_test(t, decoding_off);
	tcase_add_test(t, moved);
	tcase_add_test(t, overlapping);
	tcase_add_test(t, shared_page);
	tcase_add_test(t, where_others_are);
	tcase_add_test(t, ports);
	return t;
}

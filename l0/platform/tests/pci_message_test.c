// SPDX-License-Identifier: Apache-2.0
/* What a function sends by itself: messages, and DMA. */
#include "pci_access.h"
#include "suites.h"

#define A SAMPLE_SLOT(2)

#define CONTROL 2 /* in both capabilities */

static struct sample a;

static void start(void)
{
	machine_start(2, false);
	machine_xapic(0);
	machine_xapic(1);
	sample_add(&a, &m.p, A);
	master(&a);
}

static void set_msi(uint32_t mask, bool on)
{
	config_out(A, a.f.msi + PCI_MSI_ADDRESS, 4, 0xfee01000);
	config_out(A, a.f.msi + PCI_MSI_DATA, 4, 0x12340061);
	config_out(A, a.f.msi + PCI_MSI_MASK, 4, mask);
	config_out(A, a.f.msi + CONTROL, 2, on);
}

static void set_entry(unsigned vector, uint64_t address, uint32_t data, uint32_t control)
{
	uint64_t at = bar_of(&a, 0) + SAMPLE_TABLE + 16 * vector;

	mmio_out(at, 8, address);
	mmio_out(at + 8, 4, data);
	mmio_out(at + 12, 4, control);
}

static void set_msix(uint32_t control)
{
	config_out(A, a.f.msix.capability + CONTROL, 2, control >> 16);
}

static unsigned pending(void)
{
	return (unsigned)mmio_in(bar_of(&a, 0) + SAMPLE_PENDING, 8);
}

START_TEST(msi)
{
	start();
	sample_out(&a, SAMPLE_MESSAGE, 0);
	ck_assert_uint_eq(m.messages, 0); /* nothing is on */
	set_msi(0, true);
	ck_assert_uint_eq(config_in(A, a.f.msi + CONTROL, 2), 0x0181);
	ck_assert_uint_eq(config_in(A, a.f.msi + PCI_MSI_DATA, 4), 0x0061);
	sample_out(&a, SAMPLE_MESSAGE, 3); /* there is one, whatever the device calls it */
	ck_assert_uint_eq(m.messages, 1);
	ck_assert_uint_eq(m.message_source, A);
	ck_assert_uint_eq(m.message_address, 0xfee01000);
	ck_assert_int_eq(machine_ack(1), 0x61);
	ck_assert_int_eq(machine_ack(0), -1);
	config_out(A, a.f.msi + CONTROL, 2, 0);
	sample_out(&a, SAMPLE_MESSAGE, 0);
	ck_assert_uint_eq(m.messages, 1);
}
END_TEST

START_TEST(msi_masked)
{
	start();
	set_msi(0xffffffff, true);
	ck_assert_uint_eq(config_in(A, a.f.msi + PCI_MSI_MASK, 4), 1);
	sample_out(&a, SAMPLE_MESSAGE, 0);
	sample_out(&a, SAMPLE_MESSAGE, 0);
	ck_assert_uint_eq(m.messages, 0);
	ck_assert_uint_eq(config_in(A, a.f.msi + PCI_MSI_PENDING, 4), 1);
	config_out(A, a.f.msi + PCI_MSI_PENDING, 4, 0);
	ck_assert_uint_eq(config_in(A, a.f.msi + PCI_MSI_PENDING, 4), 1);
	config_out(A, a.f.msi + PCI_MSI_MASK, 4, 0);
	ck_assert_uint_eq(m.messages, 1);
	ck_assert_uint_eq(config_in(A, a.f.msi + PCI_MSI_PENDING, 4), 0);
}
END_TEST

START_TEST(msix_table)
{
	uint64_t at;

	start();
	at = bar_of(&a, 0) + SAMPLE_TABLE;
	ck_assert_uint_eq(config_in(A, a.f.msix.capability + CONTROL, 2), SAMPLE_VECTORS - 1);
	ck_assert_uint_eq(config_in(A, a.f.msix.capability + 4u, 4), SAMPLE_TABLE);
	ck_assert_uint_eq(config_in(A, a.f.msix.capability + 8u, 4), SAMPLE_PENDING);
	for (unsigned i = 0; i < SAMPLE_VECTORS; i++) {
		ck_assert_uint_eq(mmio_in(at + 16 * i, 8), 0);
		ck_assert_uint_eq(mmio_in(at + 16 * i + 8, 8), 1ull << 32);
		set_entry(i, 0x123456789abcdef0 + i, 0x11111111 * i, 0xfffffff0 + i);
		ck_assert_uint_eq(mmio_in(at + 16 * i, 8), 0x123456789abcdef0 + (i & ~3u));
		ck_assert_uint_eq(mmio_in(at + 16 * i + 4, 4), 0x12345678);
		ck_assert_uint_eq(mmio_in(at + 16 * i + 8, 4), 0x11111111 * i);
		ck_assert_uint_eq(mmio_in(at + 16 * i + 12, 4), i & 1);
	}
	/* The device sees nothing of that; what follows the table is its own. */
	ck_assert_uint_eq(a.accesses, 0);
	ck_assert_uint_eq(mmio_in(at + 16 * SAMPLE_VECTORS, 4),
			  (uint32_t)sample_identity(&a.f, 0, SAMPLE_TABLE + 16 * SAMPLE_VECTORS));
	/* Across two entries, and across the end. */
	mmio_out(at + 12, 8, ~0ull);
	ck_assert_uint_eq(mmio_in(at + 12, 8), 0xfffffffc00000001);
	mmio_out(at + 16 * SAMPLE_VECTORS - 4, 8, 0);
	ck_assert_uint_eq(mmio_in(at + 16 * SAMPLE_VECTORS - 4, 4), 0);
	mmio_out(bar_of(&a, 0) + SAMPLE_PENDING, 8, ~0ull);
	ck_assert_uint_eq(pending(), 0);
}
END_TEST

START_TEST(msix_masks)
{
	start();
	set_entry(1, 0xfee00000, 0x51, 0);
	set_entry(2, 0xfee01000, 0x52, 1);
	set_msix(PCI_MSIX_ON | PCI_MSIX_MASK);
	sample_out(&a, SAMPLE_MESSAGE, 1);
	sample_out(&a, SAMPLE_MESSAGE, 2);
	sample_out(&a, SAMPLE_MESSAGE, SAMPLE_VECTORS); /* it has no such */
	sample_out(&a, SAMPLE_MESSAGE, 0xffffffff);
	ck_assert_uint_eq(m.messages, 0);
	ck_assert_uint_eq(pending(), 6);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0) + SAMPLE_PENDING + 4, 4), 0);
	set_msix(PCI_MSIX_ON);
	ck_assert_uint_eq(m.messages, 1);
	ck_assert_int_eq(machine_ack(0), 0x51);
	ck_assert_uint_eq(pending(), 4);
	set_entry(2, 0xfee01000, 0x53, 0);
	ck_assert_uint_eq(m.messages, 2);
	ck_assert_int_eq(machine_ack(1), 0x53);
	ck_assert_uint_eq(pending(), 0);
	sample_out(&a, SAMPLE_MESSAGE, 1);
	ck_assert_uint_eq(m.messages, 3);
	/* MSI-X before MSI, should both be on. */
	set_msi(0, true);
	sample_out(&a, SAMPLE_MESSAGE, 1);
	ck_assert_uint_eq(m.message_data, 0x51);
}
END_TEST

START_TEST(not_a_master)
{
	static uint8_t bytes[16];

	start();
	set_msi(0, true);
	config_out(A, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY);
	sample_out(&a, SAMPLE_MESSAGE, 0);
	ck_assert_uint_eq(m.messages, 0);
	sample_out(&a, SAMPLE_COPY, 16);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0) + SAMPLE_COPY, 4), 0);
	ck_assert(!pci_dma_write(&a.f, 0, bytes, sizeof(bytes)));
	ck_assert_uint_eq(m.dma_source, 0);
}
END_TEST

START_TEST(dma)
{
	static const uint32_t sizes[] = {1, 16, 0x1000, 0x1234};
	static const uint32_t starts[] = {0, 0x10, 0xff8, 0xfff};

	start();
	for (unsigned i = 0; i < 16; i++) {
		uint32_t size = sizes[i % 4], from = starts[i / 4];

		for (unsigned n = 0; n < MACHINE_RAM; n++)
			m.ram[n] = (uint8_t)(n * 7);
		sample_out(&a, SAMPLE_ADDRESS, from);
		sample_out(&a, SAMPLE_COPY, size);
		ck_assert_uint_eq(mmio_in(bar_of(&a, 0) + SAMPLE_COPY, 4), 1);
		for (unsigned n = 0; n < MACHINE_RAM; n++) {
			bool copied = n >= from + size && n < from + 2 * size;

			ensure(m.ram[n] ==
			       (copied ? (uint8_t) ~((n - size) * 7) : (uint8_t)(n * 7)));
		}
	}
	ck_assert_uint_eq(m.dma_source, A);
	ck_assert(m.dma_write);
	/* Part of it is no memory. */
	sample_out(&a, SAMPLE_ADDRESS, MACHINE_RAM - 8);
	sample_out(&a, SAMPLE_COPY, 16);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0) + SAMPLE_COPY, 4), 0);
	sample_out(&a, SAMPLE_COPY, 8);
	ck_assert_uint_eq(mmio_in(bar_of(&a, 0) + SAMPLE_COPY, 4), 0);
}
END_TEST

TCase *pci_message_tests(void)
{
	TCase *t = tcase_create("PCI messages and DMA");

	tcase_add_test(t, msi);
	tcase_add_test(t, msi_masked);
	tcase_add_test(t, msix_table);
	tcase_add_test(t, msix_masks);
	tcase_add_test(t, not_a_master);
	tcase_add_test(t, dma);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
/* Virtual functions: who is there, where their BARs are, and what their space says. */
#include "pci_access.h"
#include "platform/pci_internal.h"
#include "suites.h"

#define PF    SAMPLE_SLOT(3)
#define FIRST SAMPLE_SLOT(16)
#define VFS   4
#define SIZE  0x4000u
#define PAGE  0x3000u /* of a VF's BAR is RAM */

static struct sample pf, vf[VFS];
static struct pci_iov iov;
static uint8_t ram[VFS][4096];

static const struct pci_identity identity = {
	.vendor = 0x1af4, .device = SAMPLE_DEVICE, .class_code = 0xff0000, .pin = 1};

static void make_virtual(unsigned n)
{
	struct pci_function *f = &vf[n].f;

	memset(&vf[n], 0, sizeof(vf[n]));
	pci_function_init(f, (uint16_t)(FIRST + n), &identity, &sample_ops);
	pci_add_msix(f, 0, SAMPLE_VECTORS, SAMPLE_TABLE, SAMPLE_PENDING);
	pci_add_express(f);
	pci_add_acs(f);
	pci_share_page(f, 0, PAGE, ram[n]);
	ck_assert(pci_register_virtual(&pf.f, f));
}

static void start(void)
{
	static const struct pci_iov_plan plan = {
		.total = VFS, .first = FIRST - PF, .stride = 1, .device = SAMPLE_DEVICE};

	machine_start(2, true);
	memset(&pf, 0, sizeof(pf));
	pci_function_init(&pf.f, PF, &identity, &sample_ops);
	pci_add_bar(&pf.f, 0, PCI_BAR_32, SAMPLE_SIZE);
	pci_add_power(&pf.f);
	pci_add_express(&pf.f);
	pci_add_iov(&pf.f, &iov, &plan);
	pci_add_iov_bar(&pf.f, 0, PCI_BAR_64, SIZE);
	ck_assert(pci_register(&m.p, &pf.f));
	for (unsigned n = 0; n < VFS; n++)
		make_virtual(n);
}

static uint32_t in_iov(unsigned reg, unsigned size)
{
	return config_in(PF, iov.capability + reg, size);
}

static void out_iov(unsigned reg, unsigned size, uint32_t value)
{
	config_out(PF, iov.capability + reg, size, value);
}

static void enable(unsigned number)
{
	out_iov(PCI_IOV_CONTROL, 2, 0);
	out_iov(PCI_IOV_NUMBER, 2, number);
	out_iov(PCI_IOV_CONTROL, 2, PCI_IOV_ENABLE | PCI_IOV_MEMORY);
}

static uint64_t base(void)
{
	return in_iov(PCI_IOV_BAR, 4) & ~0xfu;
}

/* Those that answer, a bit for each: by their space, and by their BAR. */
static unsigned present(void)
{
	unsigned there = 0;

	for (unsigned n = 0; n < VFS; n++)
		if (config_in(FIRST + n, PCI_REG_REVISION, 4) != 0xffffffff)
			there |= 1u << n;
	return there;
}

static unsigned answering(uint64_t at, uint32_t step)
{
	unsigned there = 0;

	for (unsigned n = 0; n < VFS; n++)
		if (mmio_in(at + n * step + 0x100, 4) ==
		    (uint32_t)sample_identity(&vf[n].f, 0, 0x100))
			there |= 1u << n;
	return there;
}

START_TEST(capability)
{
	start();
	ck_assert_uint_eq(in_iov(0, 4), 0x00010010);
	ck_assert_uint_eq(in_iov(PCI_IOV_INITIAL, 2), VFS);
	ck_assert_uint_eq(in_iov(PCI_IOV_TOTAL, 2), VFS);
	ck_assert_uint_eq(in_iov(PCI_IOV_FIRST, 2), FIRST - PF);
	ck_assert_uint_eq(in_iov(PCI_IOV_STRIDE, 2), 1);
	ck_assert_uint_eq(in_iov(PCI_IOV_DEVICE, 2), SAMPLE_DEVICE);
	ck_assert_uint_eq(in_iov(PCI_IOV_PAGE, 4), 1);
	out_iov(PCI_IOV_TOTAL, 2, 8);
	out_iov(PCI_IOV_FIRST, 4, 0);
	out_iov(PCI_IOV_CONTROL, 2, 0xfff6);
	ck_assert_uint_eq(in_iov(PCI_IOV_TOTAL, 2), VFS);
	ck_assert_uint_eq(in_iov(PCI_IOV_FIRST, 4), (FIRST - PF) | 1u << 16);
	ck_assert_uint_eq(in_iov(PCI_IOV_CONTROL, 2), 0);
	out_iov(PCI_IOV_BAR, 4, 0xffffffff);
	out_iov(PCI_IOV_BAR + 4, 4, 0xffffffff);
	ck_assert_uint_eq(in_iov(PCI_IOV_BAR, 4), ~(SIZE - 1) | PCI_BAR_TYPE_64);
	ck_assert_uint_eq(in_iov(PCI_IOV_BAR + 4, 4), 0xffffffff);
	ck_assert_uint_eq(in_iov(PCI_IOV_BAR + 8, 4), 0);
}
END_TEST

START_TEST(on_and_off)
{
	start();
	for (unsigned round = 0; round < 20; round++) {
		unsigned number = round % (VFS + 1), all = (1u << number) - 1;

		ck_assert_uint_eq(present(), 0);
		ck_assert_uint_eq(answering(base(), SIZE), 0);
		enable(number);
		ck_assert_uint_eq(present(), all);
		ck_assert_uint_eq(answering(base(), SIZE), all);
		out_iov(PCI_IOV_NUMBER, 2, VFS); /* too late */
		ck_assert_uint_eq(in_iov(PCI_IOV_NUMBER, 2), number);
		out_iov(PCI_IOV_CONTROL, 2, PCI_IOV_ENABLE);
		ck_assert_uint_eq(present(), all);
		ck_assert_uint_eq(answering(base(), SIZE), 0);
		out_iov(PCI_IOV_CONTROL, 2, 0);
	}
	enable(0xffff);
	ck_assert_uint_eq(present(), (1u << VFS) - 1);
}
END_TEST

START_TEST(moved)
{
	start();
	enable(2);
	out_iov(PCI_IOV_BAR, 4, 0xd0000000);
	ck_assert_uint_eq(answering(0xd0000000, SIZE), 3);
	out_iov(PCI_IOV_BAR + 4, 4, 1);
	ck_assert_uint_eq(answering(0xd0000000, SIZE), 0);
	ck_assert_uint_eq(answering(0x1d0000000, SIZE), 3);
}
END_TEST

/* A BAR is no smaller than a page of the system. */
START_TEST(page_sizes)
{
	start();
	out_iov(PCI_IOV_PAGE, 4, 4); /* not there */
	ck_assert_uint_eq(in_iov(PCI_IOV_PAGE, 4), 1);
	out_iov(PCI_IOV_PAGE, 4, 3); /* two at once */
	ck_assert_uint_eq(in_iov(PCI_IOV_PAGE, 4), 1);
	out_iov(PCI_IOV_PAGE, 4, 0x10); /* 64 KiB */
	out_iov(PCI_IOV_BAR, 4, 0xffffffff);
	ck_assert_uint_eq(in_iov(PCI_IOV_BAR, 4), 0xffff0000 | PCI_BAR_TYPE_64);
	out_iov(PCI_IOV_BAR, 4, 0xd0000000);
	enable(VFS);
	out_iov(PCI_IOV_PAGE, 4, 1); /* too late */
	ck_assert_uint_eq(in_iov(PCI_IOV_PAGE, 4), 0x10);
	ck_assert_uint_eq(answering(0xd0000000, 0x10000), (1u << VFS) - 1);
}
END_TEST

/* Identity is the physical function's; the command register has bus mastering alone. */
START_TEST(space)
{
	start();
	enable(1);
	ck_assert_uint_eq(config_in(FIRST, PCI_REG_VENDOR, 4), 0xffffffff);
	ck_assert_uint_eq(config_in(FIRST, PCI_REG_PIN, 1), 0);
	config_out(FIRST, PCI_REG_COMMAND, 2, 0xffff);
	ck_assert_uint_eq(config_in(FIRST, PCI_REG_COMMAND, 2), PCI_COMMAND_MASTER);
	for (unsigned reg = PCI_REG_BAR; reg < PCI_REG_BARS_END; reg += 4) {
		config_out(FIRST, reg, 4, 0xffffffff);
		ck_assert_uint_eq(config_in(FIRST, reg, 4), 0);
	}
	ck_assert_uint_eq(answering(base(), SIZE), 1);
}
END_TEST

static bool reaches(struct sample *s)
{
	uint32_t size = 4;
	bool there;

	pci_enter(&s->f, m.now);
	there = pci_dma(&s->f, 0x1000, &size, true) != NULL;
	pci_leave(&s->f, PCI_NO_VCPU);
	return there;
}

/* Who is not there reaches nothing, and comes back as at power-on. */
START_TEST(stopped)
{
	start();
	enable(2);
	config_out(FIRST + 1, PCI_REG_COMMAND, 2, PCI_COMMAND_MASTER);
	ck_assert(reaches(&vf[1]) && !reaches(&vf[0]));
	ck_assert_uint_eq(m.dma_source, FIRST + 1);
	out_iov(PCI_IOV_CONTROL, 2, 0);
	ck_assert(!reaches(&vf[1]));
	ck_assert_uint_eq(vf[1].resets, 1);
	ck_assert_uint_eq(vf[2].resets, 0); /* it never was */
	enable(2);
	ck_assert_uint_eq(config_in(FIRST + 1, PCI_REG_COMMAND, 2), 0);
	ck_assert(!reaches(&vf[1]));
}
END_TEST

/* One's own resets nobody else; the physical one's takes them all away, and so does its sleep. */
START_TEST(resets)
{
	start();
	enable(2);
	for (unsigned n = 0; n < 2; n++)
		config_out(FIRST + n, PCI_REG_COMMAND, 2, PCI_COMMAND_MASTER);
	config_out(FIRST, vf[0].f.express + PCI_EXPRESS_CONTROL, 2, PCI_EXPRESS_FLR);
	ck_assert_uint_eq(vf[0].resets, 1);
	ck_assert(!reaches(&vf[0]) && reaches(&vf[1]));
	ck_assert_uint_eq(answering(base(), SIZE), 3);
	config_out(PF, pf.f.power + PCI_POWER_CONTROL, 2, 3);
	ck_assert_uint_eq(present(), 0);
	config_out(PF, pf.f.power + PCI_POWER_CONTROL, 2, 0);
	ck_assert_uint_eq(present(), 3);
	ck_assert(!reaches(&vf[1]));
	config_out(PF, pf.f.express + PCI_EXPRESS_CONTROL, 2, PCI_EXPRESS_FLR);
	ck_assert_uint_eq(present(), 0);
	ck_assert_uint_eq(in_iov(PCI_IOV_NUMBER, 2), 0);
}
END_TEST

/* The page goes where the BAR goes, in the window alone; L0's own way to it is the same memory. */
START_TEST(page)
{
	start();
	enable(1);
	ck_assert_ptr_eq(m.page, ram[0]);
	ck_assert_uint_eq(m.page_at, base() + PAGE);
	mmio_out(base() + PAGE + 8, 4, 0x12345678);
	ck_assert_uint_eq(*(uint32_t *)(ram[0] + 8), 0x12345678);
	ck_assert_uint_eq(mmio_in(base() + PAGE + 10, 2), 0x1234);
	mmio_out(base() + PAGE + 0xffc, 8, ~0ull);
	ck_assert_uint_eq(mmio_in(base() + PAGE + 0xffc, 4), 0xffffffff);
	ck_assert_uint_eq(vf[0].accesses, 0);
	out_iov(PCI_IOV_BAR, 4, PCI_ECAM_BASE - SIZE);
	ck_assert_uint_eq(m.page_at, PCI_ECAM_BASE - SIZE + PAGE);
	out_iov(PCI_IOV_BAR, 4, 0xfee00000 - SIZE);
	ck_assert_uint_eq(m.page_at, PCI_BAR_OFF);
	out_iov(PCI_IOV_BAR, 4, 0xd0000000);
	ck_assert_uint_eq(m.page_at, 0xd0000000 + PAGE);
	out_iov(PCI_IOV_CONTROL, 2, 0);
	ck_assert_uint_eq(m.page_at, PCI_BAR_OFF);
}
END_TEST

/* Another number than its place, and one too many. */
START_TEST(places)
{
	static struct sample other;

	start();
	pci_function_init(&other.f, FIRST + VFS, &identity, &sample_ops);
	ck_assert(!pci_register_virtual(&pf.f, &other.f));
	iov.vf[VFS - 1] = NULL;
	ck_assert(!pci_register_virtual(&pf.f, &other.f));
}
END_TEST

/* Whatever is written, those are there whom control and number name, and they only. */
START_TEST(random_writes)
{
	uint32_t state = 12345;

	start();
	for (unsigned i = 0; i < 100000; i++) {
		unsigned reg, id, wanted;

		state = state * 1664525 + 1013904223;
		id = state >> 28 == 0 ? FIRST + (state >> 24 & 3) : PF;
		reg = id == PF ? iov.capability + (state >> 8 & 0x3c) : state >> 8 & 0xffc;
		config_out(id, reg, 4, state * 0x9e3779b1u >> (state >> 20 & 31));
		wanted = in_iov(PCI_IOV_NUMBER, 2);
		wanted = wanted < VFS ? wanted : VFS;
		if (!(in_iov(PCI_IOV_CONTROL, 2) & PCI_IOV_ENABLE))
			wanted = 0;
		ensure(present() == (1u << wanted) - 1);
		ensure(iov.enabled == wanted);
	}
}
END_TEST

TCase *pci_iov_tests(void)
{
	TCase *t = tcase_create("PCI virtual functions");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, capability);
	tcase_add_test(t, on_and_off);
	tcase_add_test(t, moved);
	tcase_add_test(t, page_sizes);
	tcase_add_test(t, space);
	tcase_add_test(t, stopped);
	tcase_add_test(t, resets);
	tcase_add_test(t, page);
	tcase_add_test(t, places);
	tcase_add_test(t, random_writes);
	return t;
}

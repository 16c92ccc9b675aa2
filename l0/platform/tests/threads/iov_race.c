// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "lib/relax.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "threads.h"
#include "vcpus.h"

/*
 * vCPUs make, remove, reset and use virtual functions, while another CPU polls them all and each
 * sends messages, for which it goes inside the bus. Who takes locks in another order than the
 * others never ends.
 */
#define VFS    4
#define PF     (3 << 3)
#define FIRST  (16 << 3)
#define SIZE   0x4000u
#define BASE   PCI_WINDOW_BASE
#define TABLE  0x800
#define ROUNDS 6000u

static struct device {
	struct pci_function f;
	unsigned calls;
} pf, vf[VFS];

static struct pci_iov iov;
static uint8_t page[VFS][4096];
static atomic_bool done;
static pthread_t fabric;

static void write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	(void)a;
	((struct device *)f)->calls++;
	pci_message(f, (unsigned)value & 1);
	pci_set_due(f, 0);
}

static void run(struct pci_function *f, uint64_t now)
{
	((struct device *)f)->calls++;
	pci_message(f, now & 1);
}

static void reset(struct pci_function *f)
{
	((struct device *)f)->calls++;
}

static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x5a5a};
static const struct pci_ops ops = {.write = write, .run = run, .reset = reset};

static void describe(struct device *d, unsigned id)
{
	pci_function_init(&d->f, (uint16_t)id, &identity, &ops);
	d->f.polled = true;
	pci_add_msix(&d->f, 0, 2, TABLE, 0xc00);
	pci_add_express(&d->f);
}

static void *poll(void *argument)
{
	for (uint64_t now = 0; !atomic_load(&done); now++) {
		pci_poll(&pf.f, now);
		for (unsigned n = 0; n < VFS; n++)
			pci_poll(&vf[n].f, now);
		cpu_relax();
	}
	return argument;
}

static void add_functions(void)
{
	static const struct pci_iov_plan plan = {.total = VFS, .first = FIRST - PF, .stride = 1};

	describe(&pf, PF);
	pci_add_power(&pf.f);
	pci_add_bar(&pf.f, 0, PCI_BAR_64, SIZE);
	pci_add_iov(&pf.f, &iov, &plan);
	pci_add_iov_bar(&pf.f, 0, PCI_BAR_64, SIZE);
	require(pci_register(&platform, &pf.f));
	for (unsigned n = 0; n < VFS; n++) {
		describe(&vf[n], FIRST + n);
		pci_share_page(&vf[n].f, 0, 0x3000, page[n]);
		require(pci_register_virtual(&pf.f, &vf[n].f));
	}
	pthread_create(&fabric, NULL, poll, NULL);
}

static uint32_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* A dword of the physical function, or of a virtual one, and what may be written to it. */
static void configure(struct lapic *l, uint64_t *state)
{
	const struct {
		unsigned id, reg;
		uint32_t mask;
	} way[] = {
		{PF, iov.capability + PCI_IOV_CONTROL, 0xffff},
		{PF, iov.capability + PCI_IOV_NUMBER, 7},
		{PF, iov.capability + PCI_IOV_BAR, SIZE * 4},
		{PF, pf.f.power + PCI_POWER_CONTROL, draw(state) % 8 ? 0 : 3},
		{PF, pf.f.express + PCI_EXPRESS_CONTROL, draw(state) % 8 ? 0 : PCI_EXPRESS_FLR},
		{PF, PCI_REG_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER},
		{PF, pf.f.msix.capability, 0xffffffff},
		{FIRST + draw(state) % VFS, PCI_REG_COMMAND, PCI_COMMAND_MASTER},
		{FIRST + draw(state) % VFS, pf.f.msix.capability, 0xffffffff},
		{FIRST + draw(state) % VFS, vf[0].f.express + PCI_EXPRESS_CONTROL, PCI_EXPRESS_FLR},
	};
	unsigned n = draw(state) % (sizeof(way) / sizeof(way[0]));
	uint32_t value = (draw(state) << 1 ^ draw(state)) & way[n].mask;

	platform_mmio_write(&platform, l->id, PCI_ECAM_BASE + way[n].id * 0x1000 + way[n].reg, 4,
			    n == 2 ? BASE + value : value, 0);
}

static void *mixed(void *argument)
{
	struct lapic *l = argument;
	uint64_t state = l->id + 7, value;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t gpa = BASE + draw(&state) % (6 * SIZE) / 4 * 4;

		configure(l, &state);
		platform_mmio_write(&platform, l->id, gpa, 4, draw(&state), 0);
		platform_mmio_write(&platform, l->id, gpa / SIZE * SIZE + TABLE + 12, 4, 0, 0);
		platform_mmio_read(&platform, l->id, gpa ^ 8, 8, &value, 0);
		pci_wake(&vf[draw(&state) % VFS].f, draw(&state) % 2);
		lapic_drain(l);
		while (lapic_ack(l) >= 0)
			lapic_msr_write(l, REG_EOI, 0, 0);
	}
	return NULL;
}

void iov_race(void)
{
	unsigned calls = pf.calls;

	vcpus_run(add_functions, mixed);
	atomic_store(&done, true);
	pthread_join(fabric, NULL);
	for (unsigned n = 0; n < VFS; n++) {
		require(vf[n].f.absent == (n >= iov.enabled));
		calls += vf[n].calls;
	}
	report("SR-IOV: %u vCPUs and the CPU that polls, %u calls", VCPUS, calls);
}

// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "lib/relax.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"
#include "threads.h"
#include "vcpus.h"

/* Functions whose words are plain: callbacks that are not one after the other are a report. */
#define DEVICES 3
#define SIZE    0x1000u

static struct device {
	struct pci_function f;
	unsigned calls, payload;
	atomic_uint runs;
} device[DEVICES];

static atomic_bool done;

static uint64_t read(struct pci_function *f, const struct pci_access *a)
{
	return ((struct device *)f)->calls++ + a->offset;
}

static void write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	((struct device *)f)->calls++;
	pci_intx(f, value & 1);
	pci_message(f, (unsigned)value >> 1 & 1);
	if (value & 4)
		pci_set_due(f, a->now + (value & 0xffff));
}

static void run(struct pci_function *f, uint64_t now)
{
	struct device *d = (struct device *)f;

	(void)now;
	d->calls++;
	require(d->payload >= atomic_load(&d->runs)); /* what the waker wrote before */
	atomic_fetch_add(&d->runs, 1);
	pci_intx(f, d->calls & 1);
}

static void reset(struct pci_function *f)
{
	((struct device *)f)->calls++;
}

static void add_devices(void)
{
	static const struct pci_identity identity = {.vendor = 0x1af4, .device = 0x5a5a, .pin = 1};
	static const struct pci_ops ops = {
		.read = read, .write = write, .run = run, .reset = reset};

	for (unsigned i = 0; i < DEVICES; i++) {
		struct pci_function *f = &device[i].f;

		pci_function_init(f, (uint16_t)((1 + i) << 3), &identity, &ops);
		pci_add_bar(f, 0, PCI_BAR_32, SIZE);
		pci_add_power(f);
		pci_add_msi(f);
		pci_add_msix(f, 0, 2, 0x800, 0xc00);
		pci_add_express(f);
		require(pci_register(&platform, f));
	}
}

/*
 * A thread wakes the devices one after the other and waits for each to have run; the owner sleeps
 * whenever nothing is due. A lost wake-up is a test that never ends.
 */
#define WAKES 30000u

static void *waker(void *argument)
{
	for (unsigned i = 0; i < WAKES; i++) {
		struct device *d = &device[i % DEVICES];
		unsigned before = atomic_load(&d->runs);

		d->payload = before + 1;
		pci_wake(&d->f, i % 2);
		while (atomic_load(&d->runs) == before)
			cpu_relax();
	}
	atomic_store(&done, true);
	pci_wake(&device[0].f, 0);
	return argument;
}

static void *owner(void *argument)
{
	struct lapic *l = argument;
	pthread_t thread;
	unsigned sleeps = 0;

	if (l->id != PLATFORM_OWNER)
		return NULL;
	pthread_create(&thread, NULL, waker, NULL);
	for (; !atomic_load(&done); sleeps++) {
		vcpus_sleep(l);
		lapic_drain(l);
		/* It may be woken while it runs the devices; the core looks again too. */
		while (platform_due(&platform, l->id) <= 1)
			platform_run(&platform, 1);
	}
	pthread_join(thread, NULL);
	report("PCI: woken %u times, %u sleeps", WAKES, sleeps);
	return NULL;
}

void wake_race(void)
{
	vcpus_run(add_devices, owner);
}

/* vCPUs and a CPU that is none use, move, reset and wake the same devices. */
#define ROUNDS 8000u

static uint32_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void poke(struct pci_function *f, uint64_t now)
{
	((struct device *)f)->calls++;
	pci_intx(f, now & 1);
	pci_set_due(f, now + 100);
}

static void *sidecore(void *argument)
{
	uint64_t state = 99;

	for (uint64_t i = 0; !atomic_load(&done); i++) {
		struct pci_function *f = &device[draw(&state) % DEVICES].f;

		pci_work(f, poke, i);
		pci_wake(f, i + draw(&state) % 1000);
		pci_set_absent(f, i % 16 == 0);
		cpu_relax();
	}
	return argument;
}

static uint64_t config(unsigned n, unsigned reg)
{
	return PCI_ECAM_BASE + (uint64_t)(1 + n) * 0x8000 + reg;
}

static void configure(struct lapic *l, uint64_t *state, uint64_t now)
{
	static const uint16_t reg[] = {0x04, 0x10, 0x44, 0x48, 0x60, 0x74};
	unsigned n = draw(state) % DEVICES, at = reg[draw(state) % 6];
	uint32_t value = draw(state) << 1 ^ draw(state);

	if (at == 0x10)
		value = PCI_WINDOW_BASE + draw(state) % 4 * SIZE;
	else if (at == 0x04)
		value = (value & PCI_COMMAND_INTX_OFF) | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	else if (at != 0x48 && at != 0x60 && draw(state) % 8)
		value = 0; /* seldom a reset, or asleep */
	if (draw(state) % 2) {
		platform_mmio_write(&platform, l->id, config(n, at), 4, value, now);
		return;
	}
	platform_port_write(&platform, l->id, 0xcf8, 4, 0x80000000 | (1 + n) << 11 | at, now);
	platform_port_write(&platform, l->id, 0xcfc, 4, value, now);
}

static void *mixed(void *argument)
{
	struct lapic *l = argument;
	uint64_t state = l->id + 7, now = 0, value;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t gpa = PCI_WINDOW_BASE + draw(&state) % (5 * SIZE) / 4 * 4;

		now += draw(&state) % 500;
		if (draw(&state) % 4 == 0)
			configure(l, &state, now);
		platform_mmio_write(&platform, l->id, gpa, 4, draw(&state), now);
		platform_mmio_read(&platform, l->id, gpa ^ 8, 8, &value, now);
		if (now >= platform_due(&platform, l->id))
			platform_run(&platform, now);
		lapic_drain(l);
		while (lapic_ack(l) >= 0)
			lapic_msr_write(l, REG_EOI, 0, now);
	}
	return NULL;
}

/* Whatever came last: lines and deadline are those of the functions as they are now. */
static void settled(void)
{
	bool line[PCI_LINES] = {false};
	uint64_t due = CLOCK_NEVER;

	for (unsigned i = 0; i < DEVICES; i++) {
		const struct pci_function *f = &device[i].f;
		bool hears = !(f->config[1] & PCI_COMMAND_INTX_OFF) && !pci_message_mode(f) &&
			     !(f->config[0x44 / 4] & 3);

		line[i % PCI_LINES] |= f->intx && hears && !f->absent;
		due = f->due < due ? f->due : due;
		due = f->wake < due ? f->wake : due;
	}
	for (unsigned i = 0; i < PCI_LINES; i++)
		require(line[i] == (platform.ioapic.lines >> (PCI_GSI + i) & 1));
	/* A wake that was told of when its function had run already is one look too many. */
	require(platform.pci.due <= due || platform.pci.wake <= due);
	require(platform_due(&platform, PLATFORM_OWNER) <= due);
}

static pthread_t other;

static void add_devices_and_sidecore(void)
{
	add_devices();
	for (unsigned i = 0; i < DEVICES; i++)
		device[i].payload = ~0u;
	pthread_create(&other, NULL, sidecore, NULL);
}

void pci_race(void)
{
	unsigned calls = 0;

	vcpus_run(add_devices_and_sidecore, mixed);
	atomic_store(&done, true);
	pthread_join(other, NULL);
	settled();
	for (unsigned i = 0; i < DEVICES; i++)
		calls += device[i].calls;
	report("PCI: %u vCPUs and another CPU, %u calls", VCPUS, calls);
}

// SPDX-License-Identifier: Apache-2.0
/* What a kick costs: from the access of the guest to the return, with all of the device's work. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/devices_host.h"
#include "devices/net/bench/steps.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_net.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

#define RAM     (1u << 20)
#define STEPPED 32u
#define SIZE    256u /* of the rings */
#define TX      1u

static struct platform platform;
static struct lapic lapic;
static struct net_switch net_switch;
static struct switch_port port[2];
static struct virtio_net net[2];
static struct virtio_blk blk;
static uint8_t ram[RAM] __attribute__((aligned(4096)));
static uint8_t queue[2][1 << 18] __attribute__((aligned(64)));
static uint8_t disk[1 << 20], dirty[VIRTIO_BLK_BITMAP(1 << 20)];
static uint64_t now = 5000;

uint64_t devices_now(const struct pci_function *f)
{
	(void)f;
	abort();
}

uint64_t devices_sent(const struct pci_function *f)
{
	(void)f;
	return 0;
}

const void *devices_mapped(struct pci_function *f, uint64_t address)
{
	(void)f;
	(void)address;
	abort();
}

bool devices_own(struct pci_function *f, uint64_t address, const void *host)
{
	(void)f;
	(void)address;
	(void)host;
	abort();
}

void devices_console_put(struct virtio_console *console, uint8_t c)
{
	(void)console;
	(void)c;
}

/* No IOMMU: as L0 does it for a machine without one. */
void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	(void)p;
	(void)source;
	(void)write;
	if (address >= RAM)
		return NULL;
	if (*size > RAM - address)
		*size = (uint32_t)(RAM - address);
	return ram + address;
}

static void bar_out(const struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	if (!pci_mmio_write(&platform, 0, v->function.bar[0].base + offset, size, value, now))
		abort();
}

/* Rings of queue q lie at 64 KiB times (first + q), 0, 4096 and 8192 bytes on. */
static void start_queue(const struct virtio_pci *v, unsigned q, uint64_t at)
{
	bar_out(v, 0x16, 2, q);
	bar_out(v, 0x20, 8, at);
	bar_out(v, 0x28, 8, at + 4096);
	bar_out(v, 0x30, 8, at + 8192);
	bar_out(v, 0x1c, 2, 1);
}

static void start(struct virtio_pci *v, unsigned first)
{
	if (!pci_register(&platform, &v->function))
		abort();
	pci_mmio_write(&platform, 0, PCI_ECAM_BASE + ((uint64_t)v->function.id << 12) + 4, 2, 6,
		       now);
	bar_out(v, 0x08, 4, 0);
	bar_out(v, 0x0c, 4, (uint32_t)v->offered);
	bar_out(v, 0x08, 4, 1);
	bar_out(v, 0x0c, 4, (uint32_t)(v->offered >> 32));
	bar_out(v, 0x14, 1, 11);
	for (unsigned q = 0; q < v->queues; q++)
		start_queue(v, q, (uint64_t)(first + q) << 16);
	bar_out(v, 0x14, 1, 15);
	if (v->status != 15)
		abort();
}

static void make(void)
{
	const struct platform_config config = {.tsc_khz = 1000000, .start = 5000, .vcpus = 1};
	struct virtio_blk_config b = {
		.pci.id = 0x30, .disk = disk, .bytes = sizeof(disk), .dirty = dirty};

	platform_init(&platform, &config);
	lapic_init(&lapic, &platform, 0);
	switch_init(&net_switch, 1000000000);
	for (unsigned i = 0; i < 2; i++) {
		struct virtio_net_config n = {.pci.id = (uint16_t)(0x18 + 8 * i),
					      .port = &port[i],
					      .filter.mac = {2, 0, 0, 0, 0, (uint8_t)i}};

		if (!switch_add_port(&net_switch, &port[i], queue[i], sizeof(queue[i])))
			abort();
		virtio_net_init(&net[i], &n);
		start(&net[i].pci, 4 * i);
	}
	virtio_blk_init(&blk, &b);
	start(&blk.pci, 8);
}

static void put(uint64_t at, uint64_t value, unsigned bytes)
{
	memcpy(ram + at, &value, bytes);
}

static void descriptor(uint64_t ring, unsigned i, uint64_t address, uint32_t size, unsigned flags)
{
	put(ring + 16 * i, address, 8);
	put(ring + 16 * i + 8, size, 4);
	put(ring + 16 * i + 12, flags, 2);
	put(ring + 16 * i + 14, i + 1, 2);
}

/* One chain more, which begins at descriptor 0. */
static void add(uint64_t ring)
{
	uint16_t index;

	memcpy(&index, ram + ring + 4096 + 2, 2);
	put(ring + 4096 + 4 + 2 * (index % SIZE), 0, 2);
	put(ring + 4096 + 2, index + 1u, 2);
}

/* ---- what is measured ---- */

static void tell(const struct virtio_pci *v, unsigned q)
{
	bar_out(v, VIRTIO_NOTIFY_PAGE + VIRTIO_NOTIFY_STRIDE * q, 2, q);
}

static void send_frames(const void *what)
{
	const unsigned at_once = *(const unsigned *)what;

	for (unsigned i = 0; i < STEPPED; i++) {
		for (unsigned n = 0; n < at_once; n++)
			add(TX << 16);
		tell(&net[0].pci, TX);
	}
}

static void add_only(const void *what)
{
	const unsigned at_once = *(const unsigned *)what;

	for (unsigned i = 0; i < STEPPED * at_once; i++)
		add(TX << 16);
}

static void receive_frames(const void *what)
{
	(void)what;
	pci_run(&platform, now + 10000);
}

static void read_blocks(const void *what)
{
	(void)what;
	for (unsigned i = 0; i < STEPPED; i++) {
		add(8ull << 16);
		tell(&blk.pci, 0);
	}
}

static void poll_empty(const void *what)
{
	for (unsigned i = 0; i < STEPPED; i++)
		pci_work((struct pci_function *)what, virtio_poll, now);
}

static void report(const char *name, uint64_t steps)
{
	printf("%-52s %6" PRIu64 " instructions\n", name, steps / STEPPED);
}

static void measure_sending(const char *name, uint32_t size, unsigned at_once)
{
	descriptor(TX << 16, 0, 0xe0000, 12 + size, 0);
	report(name, steps_of(send_frames, &at_once) - steps_of(add_only, &at_once));
}

/* In the queue of a driver that has buffers for all. */
static void measure_receiving(void)
{
	descriptor(4ull << 16, 0, 0xf0000, 2048, 2);
	for (unsigned i = 0; i < 128; i++)
		add(4ull << 16);
	put(4u * 65536 + 4096 + 4 + 2 * SIZE, 0x8000, 2);
	for (unsigned i = 0; i < STEPPED; i++)
		add(TX << 16);
	tell(&net[0].pci, TX);
	report("run: a frame of 1514 bytes received, of 32 at once",
	       steps_of(receive_frames, NULL));
}

int main(void)
{
	make();
	put(0xe0000 + 12 + 5, 1, 1); /* to the other one */
	put(0xe0000 + 12, 2, 1);
	put(0xe0000 + 18, 2, 1);
	measure_sending("kick: one frame of 64 bytes sent", 64, 1);
	measure_sending("kick: one frame of 1514 bytes sent", 1514, 1);
	measure_receiving();
	measure_sending("kick: 4 frames of 64 bytes sent", 64, 4);
	descriptor(8ull << 16, 0, 0xe8000, 16, 1);
	descriptor(8ull << 16, 1, 0xe9000, 4096, 3);
	descriptor(8ull << 16, 2, 0xe8010, 1, 2);
	report("kick: 4 KiB read from the disk", steps_of(read_blocks, NULL));
	report("poll: nothing to do, three queues", steps_of(poll_empty, &net[0].pci.function));
	return 0;
}

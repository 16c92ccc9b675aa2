// SPDX-License-Identifier: Apache-2.0
/*
 * Drivers that do anything: registers, configuration space, rings and what they point to, at any
 * time. The sanitizers and the invariants are the judges; afterwards each device is as good as new.
 */
#include <string.h>

#include "fuzz.h"

#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_console.h"
#include "devices/virtio/virtio_rng.h"
#include "net_pair.h"
#include "suites.h"

#define ROUNDS  400000
#define BYTES   (64u << 10)
#define DEVICES 5

static struct switch_port outside;
static uint8_t outside_queue[FRAME_QUEUE_MIN] __attribute__((aligned(64)));
static struct virtio_blk blk;
static struct virtio_rng rng;
static struct virtio_console console;
static uint8_t disk[BYTES], dirty[VIRTIO_BLK_BITMAP(BYTES)];
static struct virtio_pci *devices[DEVICES];
static struct driver drivers[DEVICES];
static uint32_t bars[DEVICES][2];
static unsigned broken, starts;

static void make_net(unsigned n)
{
	struct virtio_net_config config = {.pci.id = (uint16_t)(0x18 + 8 * n),
					   .port = &side[n].port,
					   .pairs = (uint8_t)(1 + n),
					   .filter.mac = {2, 0, 0, 0, 0, (uint8_t)n},
					   .mtu = 1500};

	ensure(switch_add_port(&net_switch, &side[n].port, side[n].queue, NET_QUEUE));
	virtio_net_init(&side[n].net, &config);
	devices[n] = &side[n].net.pci;
}

static void make(void)
{
	const struct virtio_blk_config blk_config = {.pci.id = 0x28,
						     .disk = disk,
						     .bytes = BYTES,
						     .dirty = dirty,
						     .queues = 2,
						     .latency = 3000};
	const struct virtio_rng_config rng_config = {.pci.id = 0x30};
	const struct virtio_console_config console_config = {.pci.id = 0x38, .pci.bar = PCI_BAR_32};

	switch_init(&net_switch, 1ull << 40);
	make_net(0);
	make_net(1);
	ensure(switch_add_port(&net_switch, &outside, outside_queue, sizeof(outside_queue)));
	virtio_blk_init(&blk, &blk_config);
	virtio_rng_init(&rng, &rng_config);
	virtio_console_init(&console, &console_config);
	devices[2] = &blk.pci;
	devices[3] = &rng.pci;
	devices[4] = &console.pci;
	for (unsigned i = 0; i < DEVICES; i++) {
		ensure(pci_register(&host.p, &devices[i]->function));
		driver_find(&drivers[i], &devices[i]->function, true);
		for (unsigned n = 0; n < 2; n++)
			bars[i][n] = config_in(&devices[i]->function, 0x10 + 4 * n, 4);
	}
}

static uint64_t some_value(void)
{
	switch (draw() % 5) {
	case 0:
		return draw();
	case 1:
		return 1ull << draw() % 64;
	case 2:
		return draw() % 4;
	case 3:
		return draw() % HOST_RAM & ~15ull;
	default:
		return draw() & 0xff;
	}
}

static uint32_t some_offset(void)
{
	static const uint32_t pages[] = {0, 0x1000, 0x2000, 0x3000, 0x3000, 0x4000, 0x4800};

	if (draw() % 16 == 0)
		return (uint32_t)(draw() % (VIRTIO_BAR_SIZE - 8));
	return pages[draw() % 7] + (uint32_t)(draw() % 0x40);
}

/* Not after a reset by configuration space, until the next start. */
static bool answers(const struct virtio_pci *v)
{
	return v->function.bar[0].base != PCI_BAR_OFF;
}

static void registers(unsigned i)
{
	unsigned size = 1u << draw() % 4;
	struct pci_function *f = &devices[i]->function;

	if (!answers(devices[i]))
		return;
	if (draw() % 4)
		bar_out(f, some_offset(), size, some_value());
	else
		bar_in(f, some_offset(), size);
}

static void configuration(unsigned i)
{
	struct pci_function *f = &devices[i]->function;
	unsigned reg = 0x40 + (unsigned)(draw() % 0xc0), size = 1u << draw() % 3;

	if (draw() % 64 == 0)
		config_out(f, 4, 2, (uint32_t)draw());
	else if (draw() % 2)
		config_out(f, reg & ~(size - 1), size, (uint32_t)some_value());
	else
		config_out(f, devices[i]->window + 4u + 4 * (unsigned)(draw() % 4), 4,
			   (uint32_t)(draw() % 0x40));
}

/* A driver that begins well; its rings lie over those of another now and then. */
static void begin(unsigned i)
{
	uint64_t want = draw() % 2 ? UINT64_MAX : draw() | 3ull << 32;

	memory_again();
	memory((uint32_t)(draw() % 16 ? i : draw() % DEVICES) * 0x8000 + 16, 16);
	for (unsigned n = 0; n < 2; n++)
		config_out(&devices[i]->function, 0x10 + 4 * n, 4, bars[i][n]);
	config_out(&devices[i]->function, 4, 2, 6);
	if (!driver_negotiate(&drivers[i], want))
		return;
	for (unsigned q = 0; q < devices[i]->queues; q++)
		driver_ring(&drivers[i], q, (uint16_t)(1u << draw() % 6));
	if (devices[i]->status == 11)
		common_out(&drivers[i], 0x14, 1, 15);
	starts += devices[i]->status == 15;
}

static void garbage_descriptor(uint64_t at, uint16_t size, uint16_t good_flags)
{
	static const uint32_t likely[] = {1, 12, 16, 512, 513, 1024};
	uint64_t address = draw() % 64 ? draw() % HOST_RAM : some_value();
	uint32_t bytes = (uint32_t)(draw() % 64 ? draw() % 2000 : draw());

	if (draw() % 2)
		bytes = likely[draw() % 6];
	host_write(at, &address, 8);
	host_write(at + 8, &bytes, 4);
	/* Mostly chains of one kind, for one that is not breaks the device. */
	host_put16(at + 12, (uint16_t)(draw() % 16 ? good_flags : draw() % 8));
	host_put16(at + 14, (uint16_t)(draw() % (size + (draw() % 32 ? 0u : 1u))));
}

/* One more is available, or an index from nowhere; and a kick. */
static void tell(unsigned i, const struct ring *r)
{
	uint16_t index = host_get16(r->driver + 2);

	if (draw() % 64 == 0)
		host_put16(r->driver + 2, (uint16_t)draw());
	else if ((uint16_t)(index - host_get16(r->device + 2)) < r->size)
		host_put16(r->driver + 2, (uint16_t)(index + 1));
	bar_out(&devices[i]->function, (uint32_t)r->notify, 2, 0);
}

/* Descriptors of any kind, some made available, and a kick. */
static void rings(unsigned i)
{
	struct ring *r = &drivers[i].ring[draw() % devices[i]->queues];
	uint16_t size = r->size ? r->size : 1;

	if (!r->size || !answers(devices[i]))
		return;
	for (uint64_t n = draw() % 8; n; n--) {
		uint16_t flags = (uint16_t)(draw() % 4 ? r->queue % 2 ? 0 : 2 : draw() % 4);

		garbage_descriptor(r->descriptors + 16 * (draw() % size), size, flags);
		host_put16(r->driver + 4 + 2 * (draw() % size), (uint16_t)(draw() % size));
	}
	host_put16(r->driver + 4 + 2u * size, (uint16_t)draw());
	host_put16(r->driver, draw() % 2);
	tell(i, r);
}

/* A request of the disk that may be good; descriptors 0 to 2, from whichever of them. */
static void requests(unsigned i)
{
	static const uint64_t types[] = {0, 1, 4, 8, 11, 13, 2, 0xffffffff};
	struct ring *r = &drivers[2].ring[draw() % 2];
	uint64_t header = HOST_RAM / 2, type = types[draw() % 8];
	uint64_t sector = draw() % 16 ? draw() % (BYTES / 512) : draw();
	const struct piece pieces[3] = {
		{header, 16}, {header + 64, (uint32_t)(draw() % 9) * 512}, {header + 32, 1}};

	(void)i;
	if (r->size < 4 || !answers(devices[2]))
		return;
	host_write(header, &type, 8);
	host_write(header + 8, &sector, 8);
	for (unsigned n = 0; n < 3; n++) {
		uint64_t at = r->descriptors + 16 * n;

		host_write(at, &pieces[n].address, 8);
		host_write(at + 8, &pieces[n].size, 4);
		host_put16(at + 12, (uint16_t)(n == 0 ? 1 : n == 1 ? 1 | (type & 1 ? 0 : 2) : 2));
		host_put16(at + 14, (uint16_t)(n + 1));
	}
	host_put16(r->driver + 4 + 2u * (host_get16(r->driver + 2) % r->size),
		   draw() % 16 ? 0 : (uint16_t)(draw() % 4));
	tell(2, r);
}

/* Frames and requests that make sense now and then, so that more than headers is tried. */
static void contents(unsigned i)
{
	static const uint64_t words[] = {0, 1, 4, 8, 11, 13, 0x0101, 0x0108, 0xffffffffffff};
	uint64_t word = words[draw() % 9], at = draw() % (HOST_RAM - 8);

	(void)i;
	host_write(at, &word, 8);
}

/* A good frame for one of the two, large or not. */
static void frame_from_outside(void)
{
	static const uint8_t from[6] = {2, 0, 0, 0, 1, 0};
	static uint8_t bytes[NET_TCP_HEADERS + 20000];
	const uint8_t to[6] = {2, 0, 0, 0, 0, (uint8_t)(draw() % 2)};
	struct frame frame = {.bytes = bytes};

	if (draw() % 2) {
		frame.size = net_frame(bytes, to, from, 60 + (uint32_t)(draw() % 1455));
	} else {
		frame.size = net_tcp_frame(bytes, to, from, 1 + (uint32_t)(draw() % 20000));
		frame.offload = (struct frame_offload){
			true, FRAME_GSO_TCP4, NET_TCP_HEADERS, (uint16_t)(500 + draw() % 900), 34,
			16};
	}
	ensure(frame_valid(&frame));
	switch_send(&outside, &frame, host.now);
}

static void surroundings(unsigned i)
{
	switch (draw() % 7) {
	case 0:
		pci_work(&devices[i]->function, virtio_poll, host.now);
		break;
	case 1:
		driver_polled(devices[i], draw() % 2);
		break;
	case 2:
		virtio_console_receive(&console, (uint8_t)draw(), host.now);
		break;
	case 3:
		net_plug(&side[draw() % 2].net, draw() % 4);
		break;
	case 4:
		host.hole = draw() % 16 ? 0 : draw() % HOST_RAM;
		break;
	case 5:
		frame_from_outside();
		break;
	default:
		host_advance(draw() % 10000);
	}
}

static void invariants(void)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		const struct virtio_pci *v = devices[i];

		ensure(v->common.broken == !!(v->status & VIRTIO_NEEDS_RESET));
		ensure(!(v->status & VIRTIO_DRIVER_OK) || (v->status & VIRTIO_FEATURES_OK));
		for (unsigned q = 0; q < v->queues && !v->common.broken; q++) {
			const struct virtqueue *r = &v->queue[q];

			ensure(r->used == r->published);
			ensure((uint16_t)(r->taken - r->used) <= r->size);
			ensure((uint16_t)(r->seen - r->used) <= r->size);
			ensure(r->size && r->size <= r->limit && !(r->size & (r->size - 1)));
		}
	}
	ensure(blk.count <= VIRTIO_BLK_PENDING && console.count <= VIRTIO_CONSOLE_FIFO);
	ensure(host.dmas < 100000);
	host.dmas = 0;
}

static void (*const what[])(unsigned i) = {registers, configuration, rings,       rings,
					   contents,  requests,      surroundings};

static void one_round(void)
{
	unsigned i = (unsigned)(draw() % DEVICES);

	if (draw() % 32 == 0 || devices[i]->common.broken) {
		broken += devices[i]->common.broken;
		begin(i);
	} else {
		what[draw() % 7](i);
	}
	invariants();
}

/* After all that: what one device sends the other gets. */
static void still_good(void)
{
	static const uint8_t plain[NET_HEADER];
	uint8_t sent[100], got[FRAME_MAX], header[NET_HEADER];

	host.hole = 0;
	begin(0); /* for their BARs: it may put the rings of one over the other's */
	begin(1);
	memory_again();
	for (unsigned n = 0; n < 2; n++) {
		driver_polled(&side[n].net.pci, false);
		net_plug(&side[n].net, true);
		driver_start(&side[n].driver, &side[n].net.pci.function, UINT64_MAX, NET_BUFFERS);
		side[n].transmit = memory(4096, 2);
		side[n].buffer_bytes = 2048;
		net_fill(&side[n], NET_RX);
	}
	net_frame(sent, (const uint8_t[]){2, 0, 0, 0, 0, 1}, (const uint8_t[6]){2}, 100);
	net_send(&side[0], NET_TX, plain, sent, 100, 3);
	ck_assert_uint_eq(net_receive_one(&side[1], NET_RX, header, got), 100);
	ck_assert_mem_eq(sent, got, 100);
}

static void forget(void)
{
	memset(side, 0, sizeof(side));
	memset(&outside, 0, sizeof(outside));
	memset(&blk, 0, sizeof(blk));
	memset(&rng, 0, sizeof(rng));
	memset(&console, 0, sizeof(console));
	memset(drivers, 0, sizeof(drivers));
}

int fuzz_devices(const uint8_t *data, size_t size)
{
	forget();
	host_start(size & 1);
	make();
	draw_from(data, size);
	while (draw_left())
		one_round();
	still_good();
	return 0;
}

START_TEST(anything_anywhere)
{
	host_start(_i);
	make();
	for (unsigned i = 0; i < ROUNDS; i++)
		one_round();
	ck_assert_uint_gt(starts, 1000);
	ck_assert_uint_gt(broken, 1000);
	ck_assert_uint_gt(side[0].net.counters.sent + side[1].net.counters.sent, 100);
	ck_assert_uint_gt(side[0].net.counters.received + side[1].net.counters.received, 100);
	ck_assert_uint_gt(blk.counters.reads + blk.counters.writes, 100);
	ck_assert_uint_gt(host.console_count, 1000);
	still_good();
}
END_TEST

TCase *fuzz_tests(void)
{
	TCase *t = tcase_create("anything anywhere");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, anything_anywhere, 0, 2);
	return t;
}

// SPDX-License-Identifier: Apache-2.0
// Frames in both directions and commands, while another processor rewrites the rings, the buffers
// and the IOMMU's tables under the device, and the device is taken away. It breaks or goes on; it
// writes nowhere but where a descriptor has named.
#include "acpi.h"
#include "engine.h"
#include "pci.h"
#include "smp.h"
#include "vtd.h"
#include "ways.h"

#define SCRATCH       0x3000000ULL /* rings, and behind them buffers: nothing else of ours */
#define BUFFERS       (SCRATCH + 0x10000)
#define BUFFERS_BYTES 0xe0000ULL
#define SCRATCH_BYTES (0x10000 + BUFFERS_BYTES + 0x10000) /* a frame may begin in the last one */
#define GUARD_BYTES   0x10000ULL
#define GUARD         0xa5c3a5c3a5c3a5c3ULL

#define RINGS  2
#define ROUNDS 1500
#define MOST   (10 * ROUNDS) /* if that has not been enough */

/* A header of 12 bytes (virtio 1.2, 5.1.6), then a frame: who has 10.0.0.2? The peer answers. */
static uint8_t request[72] = {
	0,    0,    0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0x52, 0x54, 0, 0, 0,  0, 8, 6, 0, 1, 8, 0, 6,    4,    0,    1,    0x52, 0x54,
	0,    0,    0, 0, 10, 0, 0, 9, 0, 0, 0, 0, 0,    0,    10,   0,    0,    2,
};

/* The address that it sends with, its configuration's first six bytes: none other is let out. */
#define CONFIG_MAC  0x2000
#define FRAME_FROM  18
#define SENDER_FROM 34
#define OPERATION   33 /* its low byte: 1 a request, 2 an answer */

static struct domain domain;
static bool translated;
static volatile uint32_t stop, turns;
static uint64_t state;

static uint64_t draw(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 20;
}

static volatile struct engine_ring *ring(unsigned int queue)
{
	return queue < RINGS ? (volatile struct engine_ring *)(SCRATCH + queue * PAGE_SIZE)
			     : &engine_ring;
}

static uint64_t buffer(void)
{
	return BUFFERS + draw() % BUFFERS_BYTES;
}

/* In front of what it may reach and behind it. */
static volatile uint64_t *guard(unsigned int n)
{
	return (volatile uint64_t *)(n ? SCRATCH + SCRATCH_BYTES : SCRATCH - GUARD_BYTES);
}

static void set_guards(void)
{
	for (unsigned int n = 0; n < 2; n++)
		for (unsigned int i = 0; i < GUARD_BYTES / 8; i++)
			guard(n)[i] = GUARD;
}

static bool guards_are_whole(void)
{
	for (unsigned int n = 0; n < 2; n++)
		for (unsigned int i = 0; i < GUARD_BYTES / 8; i++)
			if (guard(n)[i] != GUARD)
				return false;
	return true;
}

static void read_address(void)
{
	for (unsigned int i = 0; i < 6; i++)
		request[FRAME_FROM + i] = request[SENDER_FROM + i] =
			*(volatile uint8_t *)(engine.base + CONFIG_MAC + i);
}

/* What a good driver would have there: the request to be sent, room for the answer. */
static void mend(unsigned int queue)
{
	volatile struct engine_ring *r = ring(queue);
	volatile uint8_t *frame = (volatile uint8_t *)BUFFERS;

	for (unsigned int i = 0; i < sizeof(request); i++)
		frame[i] = request[i];
	for (uint16_t i = 0; i < ENGINE_ENTRIES; i++) {
		r->descriptor[i].address = queue == 1 ? BUFFERS : BUFFERS + 0x1000 * (i + 1U);
		r->descriptor[i].size = queue == 1 ? sizeof(request) : 0x1000;
		r->descriptor[i].flags = queue == 1 ? 0 : ENGINE_WRITE;
		r->entry[i] = i;
	}
}

/* Answers in the buffers that are for them. */
static unsigned int arrived(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ENGINE_ENTRIES; i++) {
		volatile uint8_t *frame = (volatile uint8_t *)BUFFERS + 0x1000 * (i + 1U);

		n += frame[OPERATION] == 2;
		frame[OPERATION] = 0;
	}
	return n;
}

/* ---- the other processor ---- */

static void spoil_descriptor(volatile struct engine_descriptor *d)
{
	static const uint64_t places[] = {0xb0000000, 0xfee00000,   0xfed90000, 0xe0000000,
					  BIT(36),    BIT(52) - 64, BIT(63),    ~0ULL - 7};

	d->address = draw() % 4 ? buffer() : places[draw() % ARRAY_SIZE(places)];
	d->size = (uint32_t)(draw() % 4 ? draw() % 0x1000 : draw());
	d->flags = (uint16_t)(draw() & 7);
	d->next = (uint16_t)(draw() % 4 ? draw() % ENGINE_ENTRIES : draw());
}

static void spoil_ring(volatile struct engine_ring *r)
{
	uint64_t n = draw();

	switch (draw() % 6) {
	case 0:
		r->entry[n % ENGINE_ENTRIES] = (uint16_t)(draw() % 20);
		break;
	case 1:
		r->index = (uint16_t)(draw() % 8 ? r->index + draw() % 4 : draw());
		break;
	case 2:
		r->used_index = (uint16_t)draw();
		break;
	case 3:
		((volatile uint8_t *)r)[n % PAGE_SIZE] = (uint8_t)draw();
		break;
	default:
		spoil_descriptor(&r->descriptor[n % ENGINE_ENTRIES]);
	}
}

/* A page of the buffers comes, goes, or is another one, with and without a word to the unit. */
static void spoil_table(void)
{
	const uint64_t bad[] = {0, NOWHERE | S_RW, buffer() & ~(PAGE_SIZE - 1), BIT(62) | S_RW,
				~0ULL};
	uint64_t at = buffer() & ~(PAGE_SIZE - 1);
	uint64_t good = at | S_RW, value = draw() % 4 ? good : bad[draw() % 5];

	__atomic_store_n(domain_entry(&domain, at, 1), value, __ATOMIC_RELAXED);
	if (draw() % 4 == 0) {
		vtd_put(Q_IOTLB(3, domain.id), at);
		vtd_tell();
	}
}

static void spoil(void)
{
	while (!stop) {
		unsigned int queue = (unsigned int)(draw() % (RINGS + 1));

		if (draw() % 2)
			mend(queue);
		else
			spoil_ring(ring(queue));
		if (translated)
			spoil_table();
		spend(draw() % 4 * 2000);
		turns = turns + 1;
	}
}

/* ---- this one ---- */

static bool start(void)
{
	const uint64_t rings[RINGS] = {address_of(ring(0)), address_of(ring(1))};

	if (!engine_start_with(rings))
		return false;
	for (unsigned int queue = 0; queue <= RINGS; queue++) {
		ring(queue)->index = ring(queue)->used_index = 0;
		mend(queue);
	}
	return true;
}

static void push(unsigned int queue)
{
	ring(queue)->index = (uint16_t)(ring(queue)->index + 1 + draw() % 3);
	engine_kick((uint16_t)queue);
}

static bool begin(void)
{
	if (!smp_begin() || !ways_begin())
		return false;
	if (engine.queues != RINGS) {
		skip("no network device is the engine");
		return false;
	}
	read_address();
	state = option_number("seed", 1);
	stop = turns = 0;
	set_guards();
	return true;
}

static bool works(void)
{
	volatile uint64_t *target = (volatile uint64_t *)BUFFERS;

	*target = 0;
	return engine_start() && engine_write(BUFFERS) == ENGINE_DONE && engine_wrote(target);
}

/*
 * `taken`: every so many rounds the device is taken away; 0: never. With the word `alone` there may
 * be nobody who answers.
 */
static void race(unsigned int taken)
{
	unsigned int broken = 0, frames = 0;
	bool wanted = !option("alone");

	run_on(1, spoil);
	for (unsigned int i = 0; i < ROUNDS || (wanted && frames <= 10 && i < MOST); i++) {
		if (i % 64 == 0 || engine_broken()) {
			broken += engine_broken();
			check("started", start());
		}
		for (unsigned int queue = 0; queue <= RINGS; queue++)
			push(queue);
		frames += arrived();
		if (!taken || i % taken)
			continue;
		way_take(i / taken);
		spend(draw() % 3000);
		way_back();
		check("started", start());
	}
	stop = 1;
	check("stopped", wait_for(1));
	check("some broke it", broken > 10);
	print("INFO broken %u times, %u answers\n", broken, frames);
	check("some came through", !wanted || frames > 10);
	check("nothing beside the buffers", guards_are_whole());
}

TEST(rings_under_way)
{
	if (!begin())
		return;
	race(0);
	check("works afterwards", ways_begin() && works());
}

TEST(rings_under_way_and_taken)
{
	if (!begin())
		return;
	race(20);
	check("works afterwards", ways_begin() && works());
}

/* The same behind an IOMMU whose tables change: what is not mapped is not reached. */
TEST(rings_and_tables_under_way)
{
	if (!begin())
		return;
	if (engine.function >> 8) {
		skip("the tables are bus 0's");
		return;
	}
	if (!vtd_engine(&domain, 4))
		return;
	for (uint64_t at = SCRATCH; at < SCRATCH + SCRATCH_BYTES; at += PAGE_SIZE)
		domain_map(&domain, at, at, 1);
	check("the queue", vtd_queue(0));
	vtd_flush();
	translated = true;
	race(50);
	translated = false;
	check("alive", vtd_wait());
	check("faults", vtd_get32(R_FSTS) & F_PPF);
	vtd_clear_faults();
	check("off", vtd_command(G_TE, false) && vtd_command(G_STAYS, false));
	check("works afterwards", ways_begin() && works());
}

/* ---- for who wants to end a machine amid its traffic ---- */

/* All that it has room for: frames to be sent and for those that come, and commands. */
static void push_all(void)
{
	for (unsigned int queue = 0; queue <= RINGS; queue++) {
		volatile struct engine_ring *r = ring(queue);

		r->index = (uint16_t)(r->used_index + ENGINE_ENTRIES);
		engine_kick((uint16_t)queue);
	}
}

/* Only by name, for it does not end: what the device reads and writes is as it has to be. */
TEST(traffic)
{
	unsigned int answers = 0;

	if (!option("tests")) {
		skip("only by name");
		return;
	}
	if (!ways_begin() || engine.queues != RINGS)
		return;
	read_address();
	check("started", start());
	for (unsigned int turn = 1; !engine_broken(); turn++) {
		push_all();
		spend(2000);
		answers += arrived();
		if (turn % 50 == 0 && answers)
			print("NOTE %u answers\n", answers);
	}
	check("it goes on", false);
}

// SPDX-License-Identifier: Apache-2.0
#include "engine.h"
#include "pci.h"
#include "processor.h"

/* Places in BAR 0: a page for each structure. */
#define NOTIFY     0x3000U /* 4 bytes for each queue */
#define MSIX_TABLE 0x4000U

/* The common configuration, virtio 1.2, 4.1.4.3. */
enum common {
	DRIVER_SELECT = 0x08,
	DRIVER_FEATURES = 0x0c,
	STATUS = 0x14,
	QUEUE_SELECT = 0x16,
	QUEUE_SIZE = 0x18,
	QUEUE_VECTOR = 0x1a,
	QUEUE_ENABLE = 0x1c,
	QUEUE_DESCRIPTORS = 0x20,
	QUEUE_DRIVER = 0x28,
	QUEUE_DEVICE = 0x30,
};

enum status { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

#define INDIRECT_LOW  BIT(28)
#define CONTROL_QUEUE BIT(17)
#define VERSION_1     BIT(0) /* of the upper 32 features */
#define ACCESS_BY_IDS BIT(1)

#define NO_NOTIFY BIT(0) /* in the used ring's flags */

#define PATIENCE     2000000ULL
#define STATUS_LOOKS 256 /* at the ring, for each at the status */

volatile struct engine_ring engine_ring __attribute__((aligned(4096)));
struct engine engine;

/*
 * Whatever the buffers of its queue hold, the device writes to them at once: random bytes, or the
 * one byte of a network device's answer to a command that is none (virtio 1.2, 5.1.6.5), an error.
 */
static const struct kind {
	uint32_t id, features;
	uint16_t queue;
	uint32_t writes;
} kinds[] = {
	{0x10441af4, 0, 0, PAGE_SIZE},
	{0x10411af4, CONTROL_QUEUE, 2, 1},
};

static const struct kind *kind;
static uint16_t sent; /* buffers since the start */

static void put8(uint32_t at, uint8_t value)
{
	*(volatile uint8_t *)(engine.base + at) = value;
}

static void put16(uint32_t at, uint16_t value)
{
	*(volatile uint16_t *)(engine.base + at) = value;
}

static void put32(uint32_t at, uint32_t value)
{
	*(volatile uint32_t *)(engine.base + at) = value;
}

static void put64(uint32_t at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

uint8_t engine_status(void)
{
	return *(volatile uint8_t *)(engine.base + STATUS);
}

static bool find(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		engine.function = pci_find(kinds[i].id);
		kind = &kinds[i];
		if (engine.function)
			return true;
	}
	return false;
}

bool engine_begin(void)
{
	if (!find()) {
		skip("no device that is an engine");
		return false;
	}
	engine.base = pci_read(engine.function, PCI_BAR0) & ~15U;
	engine.physical = 0;
	if (option("vf") && pci_extended(engine.function, PCI_EXT_IOV)) {
		engine.physical = engine.function;
		engine.function = pci_virtual(engine.physical, &engine.base);
	}
	pci_enable(engine.function);
	engine.writes = kind->writes;
	engine.queues = kind->queue;
	engine.rings = address_of(&engine_ring);
	engine_message(0, 0);
	put8(STATUS, 0);
	engine.started = false;
	return true;
}

static void clear_rings(void)
{
	volatile uint64_t *words = (volatile uint64_t *)&engine_ring;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		words[i] = 0;
	sent = 0;
}

static bool negotiate(void)
{
	put8(STATUS, 0);
	put8(STATUS, ACKNOWLEDGE | DRIVER);
	put32(DRIVER_SELECT, 0);
	put32(DRIVER_FEATURES, (uint32_t)(INDIRECT_LOW | kind->features));
	put32(DRIVER_SELECT, 1);
	put32(DRIVER_FEATURES, VERSION_1 | ACCESS_BY_IDS);
	put8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	return engine_status() & FEATURES_OK;
}

static void set_queue(uint16_t queue, uint64_t rings)
{
	put16(QUEUE_SELECT, queue);
	put16(QUEUE_SIZE, ENGINE_ENTRIES);
	put16(QUEUE_VECTOR, 0);
	put64(QUEUE_DESCRIPTORS, rings);
	put64(QUEUE_DRIVER, rings + offsetof(struct engine_ring, flags));
	put64(QUEUE_DEVICE, rings + 0x800);
	put16(QUEUE_ENABLE, 1);
}

bool engine_start_with(const uint64_t *others)
{
	engine.started = false;
	if (!negotiate())
		return false;
	clear_rings();
	for (uint16_t queue = 0; others && queue < kind->queue; queue++)
		set_queue(queue, others[queue]);
	set_queue(kind->queue, engine.rings);
	put8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	engine.started = true;
	return true;
}

bool engine_start(void)
{
	return engine_start_with(NULL);
}

void engine_kick(uint16_t queue)
{
	put16(NOTIFY + 4U * queue, queue);
}

bool engine_broken(void)
{
	return engine_status() & NEEDS_RESET;
}

/* Its status is a register, which exits; the ring is not. */
static bool seems_broken(uint32_t look)
{
	return look % STATUS_LOOKS == 0 && engine_broken();
}

static enum engine_end end(void)
{
	uint64_t start = rdtsc();
	uint32_t look = 0;

	do {
		if (engine_idle())
			return ENGINE_DONE;
		if (seems_broken(++look)) {
			engine.started = false;
			return ENGINE_BROKEN;
		}
	} while (rdtsc() - start < PATIENCE);
	engine.started = false;
	return ENGINE_SILENT;
}

/* Where somebody looks at the ring by himself the device says so (virtio 1.2, 2.7.10). */
static bool wants_kick(void)
{
	asm volatile("mfence" ::: "memory");
	return !(engine_ring.used_flags & NO_NOTIFY);
}

void engine_post(void)
{
	engine_ring.entry[sent % ENGINE_ENTRIES] = 0;
	engine_ring.index = ++sent;
	if (wants_kick())
		engine_kick(kind->queue);
}

bool engine_idle(void)
{
	return engine_ring.used_index == sent;
}

enum engine_end engine_go(void)
{
	engine_post();
	return end();
}

enum engine_end engine_claim(uint16_t index)
{
	sent = index;
	engine_ring.index = index;
	engine_kick(kind->queue);
	return end();
}

static enum engine_end one(uint64_t address, uint32_t size, uint16_t flags)
{
	if (!engine.started && !engine_start())
		return ENGINE_BROKEN;
	engine_ring.descriptor[0].address = address;
	engine_ring.descriptor[0].size = size;
	engine_ring.descriptor[0].flags = flags;
	return engine_go();
}

enum engine_end engine_fill(uint64_t address, uint32_t size)
{
	return one(address, size, ENGINE_WRITE);
}

enum engine_end engine_write(uint64_t address)
{
	return engine_fill(address, 8);
}

enum engine_end engine_read(uint64_t address)
{
	return one(address, sizeof(struct engine_descriptor), ENGINE_INDIRECT);
}

bool engine_wrote(volatile uint64_t *where)
{
	bool wrote = *where;

	*where = 0;
	return wrote;
}

void engine_message(uint64_t address, uint32_t data)
{
	uint32_t msix = pci_capability(engine.function, PCI_CAP_MSIX);
	bool on = address | data;

	put64(MSIX_TABLE, address);
	put32(MSIX_TABLE + 8, data);
	put32(MSIX_TABLE + 12, !on);
	pci_write(engine.function, msix, on ? 0x80000000U : 0);
}

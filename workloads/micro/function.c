// SPDX-License-Identifier: Apache-2.0
// Source: virtio 1.2, 2.7 (split rings), 4.1.4 (structures), 5.1.6.5 (control queue).
#include "function.h"

#include "cpu.h"
#include "pci.h"

#define ID 0x10411af4u // a network device

// Places in its BAR: Testudo's have a page for each structure (l0/devices/README.md).
#define NOTIFY     0x3000u // 4 bytes for each queue
#define SENT       0x3ff8u
#define MSIX_TABLE 0x4000u

enum common {
	DEVICE_SELECT = 0x00,
	DEVICE_FEATURES = 0x04,
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

#define ACKNOWLEDGE 1u
#define DRIVER      2u
#define DRIVER_OK   4u
#define FEATURES_OK 8u

#define CONTROL_QUEUE 2u // of one that has a pair of others
#define HAS_CONTROL   (1u << 17)
#define VERSION_1     1u // of the upper 32 features
#define ACCESS_BY_BUS 2u
#define IS_HARDWARE   0x10u // ORDER_PLATFORM: of those of Testudo's only the fabric's have it
#define MSIX_ON       (1u << 31)
#define APIC_MESSAGE  0xfee00000u

#define ENTRIES 2u
#define WRITES  2u // descriptor flag

static struct {
	struct {
		uint64_t address;
		uint32_t size;
		uint16_t flags, next;
	} descriptor[ENTRIES];
	volatile uint16_t flags, index, entry[ENTRIES];
	uint8_t gap[64]; // the device's part is aligned to 4
	volatile struct {
		uint16_t flags, index;
		struct {
			uint32_t head, written;
		} entry[ENTRIES];
	} used;
	uint8_t answer[8];
} ring __attribute__((aligned(4096)));

static uint64_t registers;

static void set8(uint32_t offset, uint8_t value)
{
	*(volatile uint8_t *)(registers + offset) = value;
}

static void set16(uint32_t offset, uint16_t value)
{
	*(volatile uint16_t *)(registers + offset) = value;
}

static void set32(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(registers + offset) = value;
}

static void set64(uint32_t offset, uint64_t value)
{
	set32(offset, (uint32_t)value);
	set32(offset + 4, (uint32_t)(value >> 32));
}

static bool is_of_the_fabric(void)
{
	set32(DEVICE_SELECT, 1);
	return *(volatile uint32_t *)(registers + DEVICE_FEATURES) & IS_HARDWARE;
}

static bool negotiate(void)
{
	set8(STATUS, 0);
	set8(STATUS, ACKNOWLEDGE | DRIVER);
	set32(DRIVER_SELECT, 0);
	set32(DRIVER_FEATURES, HAS_CONTROL);
	set32(DRIVER_SELECT, 1);
	set32(DRIVER_FEATURES, VERSION_1 | ACCESS_BY_BUS);
	set8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	return *(volatile uint8_t *)(registers + STATUS) & FEATURES_OK;
}

static void start_queue(void)
{
	ring.index = ring.used.index = 0;
	ring.descriptor[0].address = (uint64_t)ring.answer;
	ring.descriptor[0].size = sizeof(ring.answer);
	ring.descriptor[0].flags = WRITES;
	set16(QUEUE_SELECT, CONTROL_QUEUE);
	set16(QUEUE_SIZE, ENTRIES);
	set16(QUEUE_VECTOR, 0);
	set64(QUEUE_DESCRIPTORS, (uint64_t)ring.descriptor);
	set64(QUEUE_DRIVER, (uint64_t)&ring.flags);
	set64(QUEUE_DEVICE, (uint64_t)&ring.used);
	set16(QUEUE_ENABLE, 1);
	set8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

static void interrupt_by(uint8_t msix, uint8_t devfn, uint8_t vector)
{
	pci_write(devfn, msix, MSIX_ON);
	set64(MSIX_TABLE, APIC_MESSAGE);
	set32(MSIX_TABLE + 8, vector);
	set32(MSIX_TABLE + 12, 0);
}

static const char *find(uint8_t *devfn)
{
	if (!pci_find(ID, devfn))
		return "no network function";
	if (pci_read(*devfn, PCI_BAR0 + 4) != 0)
		return "the network function's registers are above 4 GiB";
	registers = pci_read(*devfn, PCI_BAR0) & PCI_BAR_ADDRESS;
	pci_enable(*devfn);
	return is_of_the_fabric() ? NULL : "the network function is none of the fabric's";
}

const char *function_start(uint8_t vector)
{
	uint8_t devfn, msix;
	const char *why = find(&devfn);

	if (why != NULL)
		return why;
	msix = pci_capability(devfn, PCI_MSIX);
	if (msix == 0 || !negotiate())
		return "the network function has no MSI-X, or no control queue";
	interrupt_by(msix, devfn, vector);
	start_queue();
	return NULL;
}

void function_ask(void)
{
	ring.entry[ring.index % ENTRIES] = 0;
	asm volatile("" : : : "memory");
	ring.index++;
	asm volatile("mfence" : : : "memory");
	set16(NOTIFY + 4 * CONTROL_QUEUE, CONTROL_QUEUE);
}

uint64_t function_sent(void)
{
	return *(volatile uint64_t *)(registers + SENT);
}

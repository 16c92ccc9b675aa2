// SPDX-License-Identifier: Apache-2.0
// RTC, PM timer, UART, PCI configuration space, and memory with its holes.
#include "acpi.h"
#include "platform.h"

static uint8_t cmos(uint8_t reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

TEST(rtc)
{
	uint8_t seconds, b = cmos(0x0b);

	while (cmos(0x0a) & 0x80)
		;
	seconds = cmos(0);
	check("24-hour mode", b & 2);
	check("seconds in range", b & 4 ? seconds < 60 : (seconds & 15) < 10 && seconds < 0x60);
	check("valid time and RAM", cmos(0x0d) & 0x80);
	check("month in range", cmos(8) >= 1 && cmos(8) <= 0x12);
}

/* ---- ACPI: the PM timer's port stands in the FADT ---- */

TEST(pm_timer)
{
	const volatile uint8_t *fadt = acpi_table("FACP");
	uint64_t tsc, hertz = tsc_hertz();
	uint32_t start, ticks;
	uint16_t port;

	NEED_PLATFORM(fadt, "no FADT found");
	port = (uint16_t) * (const volatile uint32_t *)(fadt + 76);
	start = inl(port);
	tsc = rdtsc();
	/* About 5.6 ms. */
	do
		ticks = (inl(port) - start) & 0xffffff;
	while (ticks < 20000 && rdtsc() - tsc < 4000000000ULL);
	tsc = rdtsc() - tsc;
	check("counts", ticks >= 20000);
	if (!under_l0())
		return;
	/* 3.579545 MHz against the rate that CPUID tells, within one per cent. */
	tsc = tsc * 3579545 / ticks;
	check("rate against the TSC", tsc > hertz - hertz / 100 && tsc < hertz + hertz / 100);
}

/* ---- 16550 ---- */

#define UART 0x3f8

TEST(uart_registers)
{
	uint8_t lcr = inb(UART + 3);

	outb(UART + 7, 0xa5);
	check_eq("scratch", 0xa5, inb(UART + 7));
	outb(UART + 3, 0x83);
	check_eq("divisor low", 1, inb(UART));
	check_eq("divisor high", 0, inb(UART + 1));
	outb(UART + 3, lcr);
	check_eq("line control", lcr, inb(UART + 3));
	outb(UART + 2, 1);
	check_eq("FIFO on, nothing pending", 0xc1, inb(UART + 2));
}

TEST(uart_loopback)
{
	uint64_t start = rdtsc();

	while (!(inb(UART + 5) & 0x40))
		;
	outb(UART + 4, 0x1f);
	check_eq("modem lines come back", 0xf0, inb(UART + 6) & 0xf0);
	outb(UART, 0x5a);
	while (!(inb(UART + 5) & 1) && rdtsc() - start < 200000000)
		;
	check("data ready", inb(UART + 5) & 1);
	check_eq("data", 0x5a, inb(UART));
	outb(UART + 4, 0x03);
}

/* ---- PCI ---- */

static uint32_t pci_read(uint32_t bus, uint32_t device, uint32_t reg)
{
	outl(0xcf8, 0x80000000U | bus << 16 | device << 11 | reg);
	return inl(0xcfc);
}

TEST(pci_configuration)
{
	check("a host bridge", (pci_read(0, 0, 0) & 0xffff) != 0xffff);
	check_eq("its class", 0x0600, pci_read(0, 0, 8) >> 16);
	check_eq("an absent device", 0xffffffff, pci_read(0, 31, 0));
	check_eq("an absent bus", 0xffffffff, pci_read(200, 0, 0));
	outl(0xcf8, 0x80000104);
	check_eq("address register", 0x80000104, inl(0xcf8));
}

/* One function by both ways: each dword, and parts of one; the interrupt line keeps what is
 * written. */
static void check_ecam(uint64_t base, uint32_t device)
{
	const volatile uint8_t *space = map_physical(base + (device << 15));
	volatile uint8_t *line = map_physical(base + (device << 15) + 0x3c);
	uint32_t id = pci_read(0, device, 0), old = pci_read(0, device, 0x3c);

	check_eq("identifier", id, *(const volatile uint32_t *)space);
	if (id == 0xffffffff)
		return;
	for (uint32_t reg = 4; reg < 0x100; reg += 4)
		check_eq("the same by ECAM", pci_read(0, device, reg),
			 *(const volatile uint32_t *)(space + reg));
	check_eq("a word", id >> 16, *(const volatile uint16_t *)(space + 2));
	check_eq("eight bytes", (uint64_t)pci_read(0, device, 4) << 32 | id,
		 *(const volatile uint64_t *)space);
	*line = (uint8_t)~old;
	check("only the line may change", !((pci_read(0, device, 0x3c) ^ old) & ~0xffu));
	check_eq("it reads back by ports", *line, pci_read(0, device, 0x3c) & 0xff);
	*line = (uint8_t)old;
	check_eq("it is as before", old, pci_read(0, device, 0x3c));
}

TEST(pci_ecam)
{
	const volatile uint8_t *mcfg = acpi_table("MCFG");

	NEED_PLATFORM(mcfg, "no MCFG found");
	check_eq("one range, from bus 0", 60, *(const volatile uint32_t *)(mcfg + 4));
	for (uint32_t device = 0; device < 32; device++)
		check_ecam(*(const volatile uint64_t *)(mcfg + 44), device);
}

TEST(absent_ports)
{
	check_eq("a port that nobody has", 0xff, inb(0x1234));
	check_eq("the same, 32 bits", 0xffffffff, inl(0x1230));
}

/* ---- memory ---- */

struct memory_range {
	uint32_t size;
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

/* Calls back for each range of the multiboot map that is RAM; flags bit 6 says there is a map. */
static bool each_range(void (*visit)(uint64_t base, uint64_t end))
{
	const uint32_t *info = (const uint32_t *)(uintptr_t)multiboot_info;
	uint64_t at, end;

	if (multiboot_magic != 0x2badb002 || !(info[0] & BIT(6)))
		return false;
	at = info[12];
	end = at + info[11];
	while (at < end) {
		const struct memory_range *r = (const struct memory_range *)(uintptr_t)at;

		if (r->type == 1)
			visit(r->base, r->base + r->length);
		at += r->size + 4;
	}
	return true;
}

static uint64_t ram_end, ram_total;

static void check_word(uint64_t pa)
{
	volatile uint64_t *p = map_physical(pa);
	uint64_t old = *p;

	*p = pa ^ 0x5a5a5a5a5a5a5a5a;
	check_eq("RAM", pa ^ 0x5a5a5a5a5a5a5a5a, *p);
	*p = old;
}

/* One word of every 2 MiB, and the last of the range. */
static void visit_ram(uint64_t base, uint64_t end)
{
	ram_total += end - base;
	if (end <= 0x100000)
		return;
	ram_end = end > ram_end ? end : ram_end;
	for (uint64_t pa = (base + 7) & ~7ULL; pa + 8 <= end; pa += BIT(21))
		check_word(pa);
	check_word((end - 8) & ~7ULL);
}

TEST(memory_map)
{
	NEED_PLATFORM(each_range(visit_ram), "no memory map");
	check("at least 64 MiB", ram_total >= 64 << 20);
}

static uint64_t probe;
static bool probe_is_ram;

static void visit_probe(uint64_t base, uint64_t end)
{
	if (probe >= base && probe < end)
		probe_is_ram = true;
}

/* Reads and writes where the map has no RAM: all ones, and nothing keeps what is written. */
static void check_hole(uint64_t pa)
{
	volatile uint64_t *p;

	probe = pa;
	probe_is_ram = false;
	each_range(visit_probe);
	if (probe_is_ram)
		return;
	p = map_physical(pa);
	*p = 0x1122334455667788;
	check_eq("a hole", ~0ULL, *p);
}

/* L0's memory is nowhere: between RAM and devices, above 4 GiB, and up to the last address. */
TEST(holes)
{
	uint64_t top = BIT(cpuid(0x80000008, 0).eax & 0xff);

	NEED_PLATFORM(under_l0(), "only under L0");
	NEED_PLATFORM(each_range(visit_probe), "no memory map");
	for (uint64_t pa = BIT(24); pa < 0xc0000000; pa += BIT(21) + 0x3008)
		check_hole(pa & ~7ULL);
	for (uint64_t pa = BIT(32); pa < BIT(36) && pa < top; pa += BIT(26) + 0x5008)
		check_hole(pa & ~7ULL);
	for (uint64_t pa = BIT(36); pa < top; pa <<= 1)
		check_hole(pa);
	check_hole(top - 8);
}

/* Ones are no instruction: FF /7. */
TEST(code_nowhere)
{
	volatile void *hole = map_physical(BIT(36));

	check_eq("jump there", UD, (uint64_t)CATCH(asm volatile("jmp *%0" ::"r"(hole))));
	check_eq("at", address_of((const void *)hole), last_fault.rip);
}

/* An entry of ones has reserved bits set. */
static void check_table_at(volatile uint64_t *entry, uint64_t table)
{
	uint64_t old = *entry;
	volatile uint64_t *p = map_physical(BIT(24));

	*entry = table | 7;
	invlpg(address_of((const void *)p));
	check_eq("read", PF, (uint64_t)CATCH(*p));
	check_eq("error code: P, RSVD", 9, last_fault.error);
	check_eq("CR2", address_of((const void *)p), read_cr2());
	check_eq("write", PF, (uint64_t)CATCH(*p = 1));
	check_eq("error code: P, W, RSVD", 11, last_fault.error);
	*entry = old;
	invlpg(address_of((const void *)p));
}

TEST(page_tables_nowhere)
{
	uint64_t *top = &pml4[address_of((const void *)map_physical(BIT(24))) >> 39 & 511];

	check_table_at((uint64_t *)(uintptr_t)(*top & ~0xfffULL), BIT(36));
	check_table_at(top, BIT(36));
}

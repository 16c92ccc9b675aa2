// SPDX-License-Identifier: Apache-2.0
// The interrupt descriptor table wherever a kernel may have it, and whatever becomes of it while
// interrupts come: SDM vol. 3, 6.10 to 6.15. What an L0 that puts a table of its own in the way
// must not show.
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"

#define LINEAR   BIT(39) /* a slot of the root table that nothing else uses */
#define PAGES    4U
#define PATIENCE 2000000ULL
#define PATTERN  0xa5

/* Linear pages at LINEAR; each has a frame of its own until a test says otherwise. */
static uint64_t *table;
static uint8_t *frame[PAGES];

static void map(unsigned int page, unsigned int to)
{
	table[page] = address_of(frame[to]) | 3;
	invlpg(LINEAR + page * PAGE_SIZE);
}

static void map_pages(void)
{
	uint64_t *high = page_alloc(), *middle = page_alloc();

	table = page_alloc();
	pml4[1] = address_of(high) | 3;
	high[0] = address_of(middle) | 3;
	middle[0] = address_of(table) | 3;
	for (unsigned int i = 0; i < PAGES; i++) {
		frame[i] = page_alloc();
		for (unsigned int at = 0; at < PAGE_SIZE; at++)
			frame[i][at] = PATTERN;
		map(i, i);
	}
}

static void load_idt(uint64_t base, uint16_t limit)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {limit, base};

	asm volatile("lidt %0" ::"m"(idtr));
}

/* ---- gates ---- */

static volatile uint8_t *gate_at(uint64_t base, unsigned int vector)
{
	return (volatile uint8_t *)(base + 16ULL * vector);
}

/* The gate of @vector leads to the library's handler of @to. Byte by byte: it may lie anywhere. */
static void set_gate(uint64_t base, unsigned int vector, unsigned int to)
{
	const uint8_t *from = (const uint8_t *)&idt_l1[2ULL * to];

	for (unsigned int i = 0; i < 16; i++)
		gate_at(base, vector)[i] = from[i];
}

static void fill(uint64_t base, unsigned int gates)
{
	for (unsigned int v = 0; v < gates; v++)
		set_gate(base, v, v);
}

/* Every test begins so: no table of its own before, the library's after. */
static void begin(void)
{
	trap_reload();
	apic_enable();
	map_pages();
}

static void end(void)
{
	trap_reload();
	pml4[1] = 0;
	write_cr3(read_cr3());
}

/* ---- interrupts ---- */

/* One that comes from elsewhere takes its time. */
static void expect_requested(uint8_t vector)
{
	uint64_t start = rdtsc();

	while (!apic_bit(APIC_IRR, vector) && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	check("requested", apic_bit(APIC_IRR, vector));
}

static void request(uint8_t vector)
{
	apic_self_ipi(vector);
	expect_requested(vector);
}

/* It comes, once, to the handler of @to. */
static void expect_comes(uint8_t vector, uint8_t to)
{
	uint32_t before = irq_count[to];

	request(vector);
	check_eq("no exception", (uint64_t)NO_FAULT, (uint64_t)CATCH(sti()));
	cli();
	check_eq("it came", before + 1, irq_count[to]);
	check("and was ended", !apic_bit(APIC_ISR, vector));
}

/* Its gate is not good: the exception says which one, and the interrupt is in service. */
static void expect_fault(uint8_t vector, int fault)
{
	uint32_t before = irq_count[vector];

	request(vector);
	check_eq("an exception", (uint64_t)fault, (uint64_t)CATCH(sti()));
	cli();
	check_eq("its error code", (uint64_t)vector << 3 | 3, last_fault.error);
	check_eq("its RF", RFLAGS_RF, last_fault.rflags & RFLAGS_RF);
	check_eq("no handler", before, irq_count[vector]);
	check("in service", apic_bit(APIC_ISR, vector));
	apic_eoi();
}

#define SOFTWARE 0x6f

/* INT n; the library's handler writes EOI, which is one too many. */
static void expect_int(int fault)
{
	uint32_t before = irq_count[SOFTWARE];

	check_eq("INT n", (uint64_t)fault, (uint64_t)CATCH(asm volatile("int $0x6f" ::: "memory")));
	if (fault == NO_FAULT)
		check_eq("it came", before + 1, irq_count[SOFTWARE]);
	else
		check_eq("its error code", SOFTWARE << 3 | 2, last_fault.error);
}

/* ---- where it lies ---- */

TEST(places)
{
	static const struct {
		uint16_t offset, limit;
	} rows[] = {
		{0, 0xfff},     {0x800, 0xfff}, {0xff0, 0xfff}, {0xff8, 0xfff}, {0xffb, 0xfff},
		{0x10, 0xffff}, {7, 0x6ff},     {0xa00, 0x6fe}, {0xa00, 0x5ff}, {0x123, 0x31f},
	};
	static const uint8_t vectors[] = {0x31, 0x6e, 0x6f, 0x70, 0xe1, 0xfe};

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t base = LINEAR + rows[i].offset;

		fill(base, 256);
		load_idt(base, rows[i].limit);
		for (unsigned int n = 0; n < ARRAY_SIZE(vectors); n++) {
			if (16U * vectors[n] + 15 <= rows[i].limit)
				expect_comes(vectors[n], vectors[n]);
			else
				expect_fault(vectors[n], GP);
		}
		expect_int(16U * SOFTWARE + 15 <= rows[i].limit ? NO_FAULT : GP);
	}
	end();
}

/* The page has other data too, which is written all the time and stays what it is. */
TEST(shared_page)
{
	volatile uint8_t *before = (volatile uint8_t *)LINEAR, *after = before + 0x1b00;

	begin();
	fill(LINEAR + 0xb00, 256);
	load_idt(LINEAR + 0xb00, 0xfff);
	for (unsigned int i = 0; i < 200; i++) {
		before[i] = (uint8_t)i;
		after[i] = (uint8_t)~i;
		if (i % 20 == 0)
			expect_comes(0x41, 0x41);
	}
	for (unsigned int i = 0; i < 200; i++)
		check("as written", before[i] == (uint8_t)i && after[i] == (uint8_t)~i);
	check_eq("as it was, before", PATTERN, before[0xaff]);
	check_eq("as it was, behind", PATTERN, after[0x4ff]);
	end();
}

/* Both of its pages are one frame: its two halves lie in it the other way round. */
TEST(one_frame_twice)
{
	begin();
	map(2, 1);
	fill(LINEAR + 0x1800, 256);
	load_idt(LINEAR + 0x1800, 0xfff);
	expect_comes(0x41, 0x41);
	expect_comes(0xe1, 0xe1);
	gate_at(LINEAR + 0x1800, 0xe1)[5] &= 0x7f;
	expect_fault(0xe1, NP);
	expect_comes(0x41, 0x41);
	end();
}

/* ---- what becomes of it ---- */

TEST(moved_by_lidt)
{
	begin();
	for (unsigned int i = 0; i < 60; i++) {
		uint64_t base = LINEAR + i * 0xb8;
		uint8_t to = (uint8_t)(0x50 + i);

		fill(base, 256);
		set_gate(base, 0x41, to);
		load_idt(base, 0xfff);
		expect_comes(0x41, to);
		expect_int(NO_FAULT);
	}
	check_eq("not canonical", GP, (uint64_t)CATCH(load_idt(BIT(47), 0xfff)));
	expect_comes(0x42, 0x42);
	end();
}

/* Other frames under the same address, and no instruction names the table. */
TEST(moved_by_page_tables)
{
	begin();
	for (unsigned int i = 0; i < 3; i++) {
		fill(LINEAR + i * PAGE_SIZE, 256);
		set_gate(LINEAR + i * PAGE_SIZE, 0x41, 0x50 + i);
	}
	load_idt(LINEAR, 0xfff);
	for (unsigned int i = 0; i < 30; i++) {
		map(0, i % 3);
		expect_comes(0x41, (uint8_t)(0x50 + i % 3));
		map(0, (i + 1) % 3);
		write_cr3(read_cr3());
		expect_comes(0x41, (uint8_t)(0x50 + (i + 1) % 3));
	}
	end();
}

/* Gates of the guest's own that are not present, of another type, none at all; and back. */
TEST(rewritten_gates)
{
	static const struct {
		uint8_t flags;
		int fault;
	} rows[] = {
		{0xee, NO_FAULT}, {0x6e, NP}, {0xef, NO_FAULT}, {0x6f, NP},
		{0xec, GP},       {0x0c, GP}, {0x00, GP},       {0x85, GP},
		{0xee, NO_FAULT}, {0x0e, NP}, {0x8e, NO_FAULT},
	};
	volatile uint8_t *flags = gate_at(LINEAR + 0xfa8, 0x41) + 5;

	begin();
	fill(LINEAR + 0xfa8, 256);
	load_idt(LINEAR + 0xfa8, 0xfff);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		*flags = rows[i].flags;
		if (rows[i].fault == NO_FAULT)
			expect_comes(0x41, 0x41);
		else
			expect_fault(0x41, rows[i].fault);
		expect_comes(0x42, 0x42);
	}
	end();
}

/* By instructions that read and write in one: whatever they read is the guest's own. */
TEST(changed_gates)
{
	volatile uint8_t *flags = gate_at(LINEAR, SOFTWARE) + 5;

	begin();
	fill(LINEAR, 256);
	load_idt(LINEAR, 0xfff);
	for (unsigned int i = 0; i < 10; i++) {
		asm volatile("lock andb $0x7f, %0" : "+m"(*flags));
		expect_int(NP);
		asm volatile("orb $0x80, %0" : "+m"(*flags));
		expect_int(NO_FAULT);
		asm volatile("lock btrl $15, %0" : "+m"(*(volatile uint32_t *)(flags - 1)));
		expect_fault(SOFTWARE, NP);
		asm volatile("lock xorb $0x80, %0" : "+m"(*flags));
		expect_comes(SOFTWARE, SOFTWARE);
	}
	check_eq("the gate", idt_l1[2 * SOFTWARE], *(volatile uint64_t *)(flags - 5));
	end();
}

/* A gate that is written, string by string, while interrupts are on and come. */
TEST(copied_gates)
{
	uint32_t before = irq_count[0x41];

	begin();
	fill(LINEAR, 256);
	load_idt(LINEAR, 0xfff);
	for (unsigned int i = 0; i < 20; i++) {
		const void *from = &idt_l1[2 * 0x60];
		uint64_t to = LINEAR + 16 * 0x60, count = 128;

		apic_self_ipi(0x41);
		sti();
		asm volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(count)::"memory");
		cli();
	}
	check_eq("all came", before + 20, irq_count[0x41]);
	expect_comes(0x61, 0x61);
	end();
}

/* ---- too much of everything ---- */

TEST(int_storm)
{
	uint32_t before = irq_count[SOFTWARE];

	begin();
	for (unsigned int i = 0; i < 2000; i++)
		asm volatile("int $0x6f" ::: "memory");
	check_eq("all of them", before + 2000, irq_count[SOFTWARE]);
	expect_comes(0x41, 0x41);
	end();
}

TEST(eoi_storm)
{
	begin();
	for (unsigned int i = 0; i < 2000; i++)
		apic_eoi();
	expect_comes(0x41, 0x41);
	end();
}

/* Interrupts off, or priority at its highest, for long: nothing is lost, nothing comes early. */
TEST(closed_for_long)
{
	begin();
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t start = rdtsc();
		uint32_t before = irq_count[0xe1];

		write_cr8(i ? 15 : 0);
		request(0xe1);
		if (i)
			sti();
		while (rdtsc() - start < 5000000)
			asm volatile("pause");
		check_eq("none came", before, irq_count[0xe1]);
		write_cr8(0);
		sti();
		cli();
		check_eq("it came", before + 1, irq_count[0xe1]);
	}
	end();
}

/* A class after the other in service, none of them ended; then all are. */
TEST(never_ended)
{
	begin();
	irq_keep = true;
	for (unsigned int class = 2; class < 15; class ++) {
		uint8_t vector = (uint8_t)(class << 4 | 1);
		uint32_t before = irq_count[vector];

		request(vector);
		sti();
		cli();
		check_eq("above the last", before + 1, irq_count[vector]);
	}
	request(0x42);
	sti();
	cli();
	irq_keep = false;
	for (unsigned int class = 14; class >= 2; class --) {
		check("still in service", apic_bit(APIC_ISR, class << 4 | 1));
		check("held back", class < 4 || apic_bit(APIC_IRR, 0x42));
		apic_eoi();
		check("ended", !apic_bit(APIC_ISR, class << 4 | 1));
		sti();
		cli();
	}
	check("in the end it came", !apic_bit(APIC_IRR, 0x42));
	end();
}

/* A device's interrupt through a table that moves each time. */
TEST(device)
{
	if (!engine_begin())
		return;
	begin();
	engine_start();
	for (unsigned int i = 0; i < 50; i++) {
		uint64_t base = LINEAR + i * 0x5a;
		uint32_t before = irq_count[0x50 + i];

		fill(base, 256);
		set_gate(base, 0x43, 0x50 + i);
		load_idt(base, 0xfff);
		engine_message(0xfee00000, 0x43);
		check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
		expect_requested(0x43);
		sti();
		cli();
		check_eq("it came", before + 1, irq_count[0x50 + i]);
	}
	end();
}

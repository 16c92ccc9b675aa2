// SPDX-License-Identifier: Apache-2.0
// Tables, gates and stacks that are not good, or do not stay.
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

#define GATE    (2 * DEVICE)
#define GATE_P  BIT(47)
#define IST(n)  ((uint64_t)(n) << 32)
#define TYPE(n) ((uint64_t)(n) << 40)

void threat_jammed_gate(void)
{
	threat_table[GATE] &= ~GATE_P;
	while (threat_goes_on())
		threat_taken();
}

void threat_wrong_gates(void)
{
	static const struct {
		uint64_t and, or, high;
	} rows[] = {
		{~TYPE(15), TYPE(5), 0},             /* a task gate */
		{~TYPE(15), TYPE(6), 0},             /* of 16 bits */
		{~TYPE(31), 0, 0},                   /* of nothing */
		{~BITS(31, 16), 0, 0},               /* no selector */
		{~BITS(31, 16), SEL_DATA << 16, 0},  /* no code */
		{~BITS(31, 16), 0xfff8ULL << 16, 0}, /* beyond the GDT */
		{~0ULL, 0, 0x8000},                  /* not canonical */
		{~0ULL, IST(7), 0},                  /* a stack that nobody has set */
	};
	uint64_t good = threat_gates[GATE];

	for (unsigned int i = 0; threat_goes_on(); i = (i + 1) % ARRAY_SIZE(rows)) {
		threat_table[GATE] = (good & rows[i].and) | rows[i].or ;
		threat_table[GATE + 1] = rows[i].high;
		threat_taken();
	}
}

/* One exception in another's delivery: the double fault's gate is good. */
void threat_no_np(void)
{
	threat_table[GATE] &= ~GATE_P;
	threat_table[2 * NP] &= ~GATE_P;
	while (threat_goes_on())
		threat_taken();
}

/* The 64-bit TSS, by the GDT; a stack of its own for double faults. */
static void double_fault_stack(void)
{
	static uint8_t stack[4096] __attribute__((aligned(16)));
	uint64_t low = gdt[SEL_TSS / 8];
	uint64_t base = (low >> 16 & 0xffffff) | (low >> 32 & 0xff000000);

	*(volatile uint64_t *)(base + 36) = address_of(stack + sizeof(stack));
	threat_table[2 * DF] |= IST(1);
}

static int taken_on(uint64_t rsp)
{
	return CATCH(asm volatile(
		"mov %%rsp, %%rbx; mov %0, %%rsp; sti; nop\n1: pause; dec %%ecx; jnz 1b; "
		"cli; mov %%rbx, %%rsp" ::"r"(rsp),
		"c"(2000)
		: "rbx", "memory"));
}

static void end_all(void)
{
	cli();
	for (uint32_t v = 32; v < 256; v++)
		if (apic_bit(APIC_ISR, v))
			apic_eoi();
}

void threat_no_stack(void)
{
	double_fault_stack();
	while (threat_goes_on()) {
		threat_message();
		taken_on(BIT(62));
		end_all();
	}
}

/* 128 gates, and above them, in the same page, what the frames go to. */
void threat_stack_in_table(void)
{
	static uint64_t page[512] __attribute__((aligned(4096)));

	for (unsigned int i = 0; i < 256; i++)
		page[i] = threat_gates[i];
	threat_lidt(page, 16 * 128 - 1);
	while (threat_goes_on()) {
		threat_message();
		taken_on(address_of(page + 512));
	}
	threat_lidt(threat_table, 0xfff);
}

static uint64_t others[2][512] __attribute__((aligned(4096)));

static void copy_table(void)
{
	for (unsigned int i = 0; i < 512; i++)
		others[0][i] = others[1][i] = threat_gates[i];
}

void threat_moving_table(void)
{
	copy_table();
	for (unsigned int i = 0; threat_goes_on(); i++) {
		threat_lidt(others[i % 2], 0xfff);
		threat_taken();
	}
	threat_lidt(threat_table, 0xfff);
}

void threat_written_table(void)
{
	volatile uint64_t *gate = &threat_table[2 * SELF];

	sti();
	while (threat_goes_on())
		*gate = *gate;
}

/* A page of the window's, beside map_physical()'s, which one of two frames lies under. */
#define REMAPPED (BIT(39) + BIT(30))

void threat_remap(unsigned int which)
{
	static uint64_t tables[2][512] __attribute__((aligned(4096)));

	map_physical(0);
	((uint64_t *)(uintptr_t)(pml4[1] & ~0xfffULL))[1] = address_of(tables[0]) | 3;
	tables[0][0] = address_of(tables[1]) | 3;
	tables[1][0] = address_of(others[which % 2]) | 3;
	invlpg(REMAPPED);
}

void threat_begin_remapping(void)
{
	copy_table();
	threat_remap(0);
	threat_lidt((const void *)REMAPPED, 0xfff);
}

void threat_remapped_table(void)
{
	threat_begin_remapping();
	for (unsigned int i = 1; threat_goes_on(); i++) {
		threat_remap(i);
		threat_taken();
		messages_wait(1000);
	}
	threat_lidt(threat_table, 0xfff);
}

/* None is delivered while it lies there. */
void threat_table_nowhere(void)
{
	const struct {
		uint64_t base;
		uint16_t limit;
	} places[] = {
		{address_of(threat_table), 0},
		{address_of(threat_table), 14},
		{address_of(threat_table) + 8, 0xffff},
		{0xfee00000, 0xfff}, /* the local APIC, the IOMMU, the device */
		{0xfed90000, 0xfff},
		{engine.base, 0xfff},
		{engine.base + 0x3000, 0xfff},
		{0xbfff0000, 0xfff}, /* no RAM, and the firmware's */
		{0xf0000, 0xfff},
		{address_of(pml4), 0xfff},
		{address_of(pd), 0xfff},
		{address_of(&engine_ring), 0xfff},
		{0x7ffffffff800,
		 0xfff}, /* neither is mapped, and one goes on where nothing can be */
		{0xffff800000000000, 0xfff},
		{0xfffffffffffff800, 0xfff},
	};

	for (unsigned int i = 0; threat_goes_on(); i = (i + 1) % ARRAY_SIZE(places)) {
		threat_lidt((const void *)(uintptr_t)places[i].base, places[i].limit);
		threat_message();
		messages_wait(3000);
	}
	threat_lidt(threat_table, 0xfff);
}

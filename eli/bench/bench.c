// SPDX-License-Identifier: Apache-2.0
/* Time of what stands on the way of an entry, an exit, and of a shadow made anew. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "eli_apic.h"
#include "eli_fault.h"
#include "eli_guard.h"
#include "eli_host.h"
#include "eli_mode.h"
#include "vmx_bits.h"

#define ROUNDS 20u
#define COUNT  20000u
#define BASE   UINT64_C(0xfffffe0000000000)
#define GPA    UINT64_C(0x1000000)

static uint8_t guest[2][ELI_PAGE_SIZE], room[2][ELI_PAGE_SIZE];
static struct eli_idt idt;
static struct eli_guard guard;
static struct eli_vectors open_vectors, l0;
static volatile uint64_t sink;

/* Two pages, side by side: no walk is in these times. */
const uint8_t *eli_host_page(const struct eli_idt *of, uint64_t linear, uint64_t *gpa)
{
	uint64_t page = linear / ELI_PAGE_SIZE % 2;

	(void)of;
	*gpa = GPA + page * ELI_PAGE_SIZE;
	return guest[page];
}

static void make_one(void)
{
	sink += eli_idt_make(&idt, BASE, 0xfff, &open_vectors);
}

static void make_two(void)
{
	sink += eli_idt_make(&idt, BASE + 0x800, 0xfff, &open_vectors);
}

static void moved(void)
{
	sink += eli_idt_moved(&idt, BASE + 0x800, 0xfff);
}

static void written(void)
{
	sink += eli_idt_written(&idt, GPA + 0xa00, 8);
}

static void decide(void)
{
	struct eli_entry entry = {.way = ELI_FULL, .able = true, .x2apic = true, .tpr = sink & 15};

	sink += eli_decide(&entry).tpr;
}

static void answer(void)
{
	const struct eli_exit exit = {
		.info = EVENT_VALID | EVENT_HARDWARE << EVENT_TYPE_SHIFT | EVENT_ERROR | 11,
		.error = 0x80 << 3 | 2,
		.vectoring = EVENT_VALID | EVENT_SOFTWARE_INTERRUPT << EVENT_TYPE_SHIFT | 0x80,
		.length = 2,
		.limit = 0xfff,
	};

	sink += eli_answer(&idt, &l0, &exit).length;
}

static void whose_eoi(void)
{
	struct eli_view view = {{-1, (int)(sink & 15) - 1}, {0x31, 0x41}, 0};

	sink += eli_eoi(&view);
}

static void move(void)
{
	struct eli_vectors moved_on, found;

	sink += eli_move(&open_vectors, &l0, &moved_on, &found);
}

static void count(void)
{
	sink += eli_guard_count(&guard, ELI_TROUBLE_SOFTWARE, sink);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *name, void (*what)(void))
{
	double best = 1e18;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now();

		for (unsigned i = 0; i < COUNT; i++)
			what();
		start = now() - start;
		if (start < best)
			best = start;
	}
	printf("%-52s %7.1f ns\n", name, best / COUNT);
}

int main(void)
{
	static const struct eli_guard_knobs knobs = {1000, 3, 10000, 100000};
	uint8_t *const rooms[ELI_PAGES] = {room[0], room[1]};

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned v = 0; v < 256; v++)
			guest[i][v * 16 + 5] = 0xee;
	}
	eli_idt_init(&idt, rooms);
	eli_guard_init(&guard, &knobs, 0);
	eli_vectors_add(&open_vectors, 0x31);
	eli_vectors_add(&l0, 0xf2);
	measure("a shadow, IDT in one page", make_one);
	measure("a shadow, IDT in two pages", make_two);
	measure("has the IDT moved? (two pages, without walks)", moved);
	measure("a write of 8 bytes to a gate", written);
	measure("controls of an entry", decide);
	measure("a #NP: INT n of a masked gate", answer);
	measure("whose EOI", whose_eoi);
	measure("what is in service, moved", move);
	measure("trouble counted", count);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Page faults of the program's own, and first touches. A window of 512 pages at 512 GiB has
 * tables of its own; all its pages stand for one frame, so a fault there touches no new memory:
 * with EPT no hypervisor need hear of it, with shadow page tables it must.
 */
#include "cpu.h"
#include "idt.h"
#include "memory.h"
#include "operations.h"
#include "percpu.h"

#define PAGE          4096u
#define WINDOW        (1ull << 39) // second entry of the PML4
#define WINDOW_PAGES  512u
#define PRESENT_WRITE 3u
/* With A and D, as a kernel writes the entries of its own pages. */
#define PRESENT_USED 0x63u

typedef uint64_t table[512] __attribute__((aligned(PAGE)));

extern table pml4;
static PER_CPU table window_pdpt, window_pd, window_pt;
static uint8_t frame_of_all[PAGE] __attribute__((aligned(PAGE)));
static uint8_t other_frame[PAGE] __attribute__((aligned(PAGE)));
static PER_CPU volatile uint64_t faults;
static PER_CPU volatile uint64_t fault_frame; // what a fault maps

static void *window_page(uint64_t i)
{
	return (void *)(WINDOW + (i % WINDOW_PAGES) * PAGE);
}

__attribute__((interrupt)) static void map_window(struct interrupt_frame *frame, uint64_t code)
{
	uint64_t page = (read_cr2() - WINDOW) / PAGE;

	if (page >= WINDOW_PAGES) {
		idt_fault(VECTOR_PF, code, frame);
		return;
	}
	((volatile uint64_t *)window_pt)[page] = fault_frame | PRESENT_WRITE;
	faults++;
}

const char *prepare_page_fault(void)
{
	window_pd[0] = physical(window_pt) | PRESENT_WRITE;
	window_pdpt[0] = physical(window_pd) | PRESENT_WRITE;
	pml4[WINDOW >> 39] = physical(window_pdpt) | PRESENT_WRITE;
	idt_set(VECTOR_PF, (const void *)map_window);
	fault_frame = (uint64_t)frame_of_all;
	for (uint64_t i = 0; i < WINDOW_PAGES; i++)
		*(volatile uint8_t *)window_page(i) = 1;
	return NULL;
}

bool op_page_fault(uint64_t *ticks)
{
	uint64_t before = faults, start;
	volatile uint8_t *page = window_page(before);

	start = rdtsc();
	((volatile uint64_t *)window_pt)[before % WINDOW_PAGES] = 0;
	invlpg(page);
	*page = 1;
	*ticks = rdtsc() - start;
	return faults == before + 1;
}

// The entry stays present and changes its frame: no fault but a shadow pager's.
bool op_pte_rewrite(uint64_t *ticks)
{
	static PER_CPU uint64_t turn;
	volatile uint8_t *page = window_page(++turn);
	uint64_t frame = turn / WINDOW_PAGES % 2 ? (uint64_t)other_frame : (uint64_t)frame_of_all;
	uint64_t before = faults, start;

	start = rdtsc();
	((volatile uint64_t *)window_pt)[turn % WINDOW_PAGES] = frame | PRESENT_USED;
	invlpg(page);
	*page = 1;
	*ticks = rdtsc() - start;
	return faults == before;
}

const char *prepare_fresh_fault(void)
{
	return memory_fresh_left() == 0 ? "no memory behind the program" : prepare_page_fault();
}

// A demand-paged page: the program's own fault maps a frame that nothing has touched.
bool op_fresh_fault(uint64_t *ticks)
{
	uint64_t before = faults, start, frame = (uint64_t)memory_fresh();
	volatile uint8_t *page = window_page(before);

	if (frame == 0)
		return false;
	fault_frame = frame;
	((volatile uint64_t *)window_pt)[before % WINDOW_PAGES] = 0;
	invlpg(page);
	start = rdtsc();
	*page = 1;
	*ticks = rdtsc() - start;
	return faults == before + 1;
}

const char *prepare_ept_fault(void)
{
	return memory_fresh_left() == 0 ? "no memory behind the program" : NULL;
}

// A write, so that whoever provides the page cannot give a shared page of zeroes.
bool op_ept_fault(uint64_t *ticks)
{
	volatile uint64_t *page = memory_fresh();
	uint64_t start;

	if (page == NULL)
		return false;
	start = rdtsc();
	*page = 1;
	*ticks = rdtsc() - start;
	return true;
}

// SPDX-License-Identifier: Apache-2.0
// Starting the other CPUs, each with its own copy of what is PER_CPU, and giving them work.
#include "cpus.h"

#include <stdbool.h>
#include <stddef.h>

#include "apic.h"
#include "cpu.h"
#include "idt.h"
#include "memory.h"
#include "percpu.h"

#define START_PAGE    0x70u // free once the loader's information has been read
#define INIT_TICKS    2000000u
#define PATIENCE      (1ull << 30) // ticks
#define PRESENT_WRITE 3u
#define LARGE         0x80u
#define LARGE_SHIFT   21

typedef uint64_t table[512];

extern table pml4, pdpt, pd[4];
extern const char trampoline[], trampoline_end[];
extern char percpu_start[], percpu_end[];

// For boot.S, which starts one CPU at a time.
uint64_t start_tables, start_number;
void cpus_serve(unsigned int number);

static PER_CPU unsigned int own_number;
static PER_CPU uint64_t own_offset; // of its frame from the first one's
static unsigned int count = 1, arrived, finished;
static volatile unsigned int meetings, alive;
static PER_CPU volatile uint64_t woken;
static void (*volatile work)(unsigned int cpu);

unsigned int cpus_count(void)
{
	return count;
}

unsigned int cpu_number(void)
{
	return own_number;
}

uint64_t physical(const volatile void *own)
{
	return (uint64_t)own + own_offset;
}

__attribute__((interrupt)) static void on_wake(struct interrupt_frame *frame)
{
	(void)frame;
	apic_eoi();
	woken++;
}

// A variable's place in the copy that begins at @frame.
static void *copy_of(char *frame, const volatile void *own)
{
	return frame + ((const volatile char *)own - percpu_start);
}

// The new CPU's tables: the first one's, but that the copy stands where the original does.
static void make_tables(char *frame)
{
	table *tables = copy_of(frame, pd);
	uint64_t *top = copy_of(frame, pml4), *next = copy_of(frame, pdpt);
	uint64_t page = (uint64_t)percpu_start >> LARGE_SHIFT;

	__builtin_memcpy(tables, pd, sizeof(pd));
	tables[0][page] = (uint64_t)frame | LARGE | PRESENT_WRITE;
	for (unsigned int i = 0; i < 4; i++)
		next[i] = (uint64_t)tables[i] | PRESENT_WRITE;
	top[0] = (uint64_t)next | PRESENT_WRITE;
}

static void *make_frame(unsigned int number)
{
	char *frame = memory_large();

	if (frame == NULL)
		return NULL;
	__builtin_memset(frame, 0, (size_t)(percpu_end - percpu_start));
	make_tables(frame);
	*(unsigned int *)copy_of(frame, &own_number) = number;
	*(uint64_t *)copy_of(frame, &own_offset) = (uint64_t)(frame - percpu_start);
	return frame;
}

static void wait(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		relax();
}

// SDM vol. 3, "MP Initialization Protocol": INIT, and a start-up IPI when it has been taken.
static bool start(unsigned int number)
{
	char *frame = make_frame(number);
	uint64_t begin = rdtsc();

	if (frame == NULL)
		return false;
	start_tables = (uint64_t)copy_of(frame, pml4);
	start_number = number;
	apic_send(number, ICR_INIT);
	wait(INIT_TICKS);
	apic_send(number, ICR_STARTUP | START_PAGE);
	while (alive < number && rdtsc() - begin < PATIENCE)
		relax();
	return alive == number;
}

unsigned int cpus_start(unsigned int wanted)
{
	if (wanted == 1)
		return 1;
	__builtin_memcpy((void *)(START_PAGE << 12ull), trampoline,
			 (size_t)(trampoline_end - trampoline));
	idt_set(VECTOR_WAKE, (const void *)on_wake);
	while (count < wanted && start(count))
		count++;
	return count;
}

// Where a started CPU lives: a wake-up for each turn, so that none is left over for a measurement.
// It asks with interrupts off, so none comes before the HLT.
void cpus_serve(unsigned int number)
{
	idt_load();
	apic_enable();
	alive = number;
	for (uint64_t turn = 1;; turn++) {
		while (woken < turn) {
			halt_interruptible();
			interrupts_off();
		}
		work(number);
		__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
	}
}

void cpus_run(void (*job)(unsigned int cpu))
{
	work = job;
	finished = 0;
	for (unsigned int other = 1; other < count; other++)
		apic_send(other, VECTOR_WAKE);
	job(0);
	while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) != count - 1)
		relax();
}

// No PAUSE: under a hypervisor it may exit.
void cpus_meet(void)
{
	unsigned int meeting = meetings;

	if (__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST) == count) {
		arrived = 0;
		meetings = meeting + 1;
	}
	while (meetings == meeting)
		;
}

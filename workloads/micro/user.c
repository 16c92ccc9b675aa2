// SPDX-License-Identifier: Apache-2.0
// micro-user: the unprivileged operations as a Linux program, for use inside an L1 or L2 Linux.
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpu.h"
#include "cpus.h"
#include "measure.h"

#define PAGE       4096u
#define PORT_POST  0x80
#define FRESH_SIZE (256ul << 20) // address space; only what is touched becomes memory

// Rows of operations.def that are for KERNEL alone leave no trace here.
#define ROW_KERNEL(...)
#define ROW_PAIR(...)
#define ROW_NAMED(...)
#define ROW_FUNCTION(...)
#define ROW_ANYWHERE(id, name, iterations, prepare, run, title)                                    \
	{id, name, iterations, prepare, run, title, 1, false, NULL},
#define OPERATION(id, name, where, iterations, prepare, run, title)                                \
	ROW_##where(id, name, iterations, prepare, run, title)
const struct operation operations[] = {
#include "operations.def"
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

static uint8_t *page, *fresh;
static size_t fresh_used;

static uint8_t *reserve(size_t size)
{
	uint8_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

const char *prepare_in_user(void)
{
	// The C library's header for it has port functions that clash with cpu.h.
	return syscall(SYS_ioperm, PORT_POST, 1, 1) == 0 ? NULL : "ioperm is not permitted";
}

const char *prepare_page_fault(void)
{
	page = reserve(PAGE);
	return page == NULL ? "no memory" : NULL;
}

// The kernel's own fault: the page is given back first, outside the timed part, and is likely to
// return as the same, warm frame.
bool op_page_fault(uint64_t *ticks)
{
	uint64_t start;

	if (madvise(page, PAGE, MADV_DONTNEED) < 0)
		return false;
	start = rdtsc();
	*(volatile uint8_t *)page = 1;
	*ticks = rdtsc() - start;
	return true;
}

const char *prepare_ept_fault(void)
{
	fresh = reserve(FRESH_SIZE);
	return fresh == NULL ? "no memory" : NULL;
}

bool op_ept_fault(uint64_t *ticks)
{
	uint64_t start;

	if (fresh_used == FRESH_SIZE)
		return false;
	start = rdtsc();
	*(volatile uint8_t *)(fresh + fresh_used) = 1;
	*ticks = rdtsc() - start;
	fresh_used += PAGE;
	return true;
}

// One thread, which is as many CPUs as it needs.
unsigned int cpus_count(void)
{
	return 1;
}

unsigned int cpu_number(void)
{
	return 0;
}

void cpus_run(void (*job)(unsigned int cpu))
{
	job(0);
}

void cpus_meet(void)
{
}

static void print(struct line *line)
{
	puts(line->text);
}

int main(int argc, char **argv)
{
	static struct options options;
	static char words[1024];

	for (int i = 1; i < argc; i++) {
		if (strlen(words) + strlen(argv[i]) + 2 > sizeof(words)) {
			fputs("micro-user: the command line is too long\n", stderr);
			return 2;
		}
		strcat(strcat(words, argv[i]), " ");
	}
	if (!options_parse(&options, words)) {
		fprintf(stderr, "micro-user: %s is not known; ops=NAME,... n=N level=L verbose\n",
			options.wrong);
		return 2;
	}
	if (options.cpus > 1) {
		fputs("micro-user: cpus=1 alone: it is one thread\n", stderr);
		return 2;
	}
	return measure_all(&options, print, print) ? 0 : 1;
}

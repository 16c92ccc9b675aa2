// SPDX-License-Identifier: Apache-2.0
/*
 * A workload of page-table changes: many short processes, as a shell starts them, each of which
 * maps, touches, protects, moves, drops and unmaps pages. A static Linux program for any level.
 *
 *	pages [ROUNDS [PAGES]]
 *
 * One round:
 *
 *	parent                      child                             what it makes
 *	maps and writes PAGES pages                                   faults on fresh pages
 *	forks --------------------> reads them, writes every second   copies on write
 *	                            protects, unprotects, writes      faults on pages there
 *	                            moves them elsewhere, reads       other addresses
 *	                            drops half of them, writes        fresh pages
 *	waits at a pipe             execs this program: PAGES pages   a new address space
 *	reads the sum <------------ writes their sum, exits           its end
 *	reads its own, unmaps
 *
 * All that was written is read again, at each step: a translation that somebody below forgot to
 * take away shows as a wrong sum. The same numbers make the same work. Status 0, or 1 after a line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE       4096ul
#define ROUNDS     40
#define PAGES      64
#define NUMBER_MAX 1000000
#define PIECE      16ul /* Linux flushes up to 33 pages by INVLPG each, more by a load of CR3 */

struct pages {
	volatile uint64_t *base;
	size_t count;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static _Noreturn void wrong(const char *step, uint64_t sum, uint64_t expected)
{
	fprintf(stderr, "pages: %s: the sum is %lx, not %lx\n", step, sum, expected);
	exit(1);
}

static uint64_t *word_of(const struct pages *p, size_t i)
{
	return (uint64_t *)(p->base + i * (PAGE / sizeof(uint64_t)));
}

static struct pages map_pages(size_t count)
{
	void *base = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (base == MAP_FAILED)
		die("mmap");
	return (struct pages){base, count};
}

/* One word in each page of [first, count), step by step. */
static void write_pages(const struct pages *p, size_t first, size_t step, uint64_t seed)
{
	for (size_t i = first; i < p->count; i += step)
		*(volatile uint64_t *)word_of(p, i) = seed + i;
}

static uint64_t sum_pages(const struct pages *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->count; i++)
		sum = sum * 31 + *(volatile uint64_t *)word_of(p, i);
	return sum;
}

/* What pages hold that have @even + i in the even places and @odd + i in the odd ones. */
static uint64_t sum_of(size_t count, uint64_t even, uint64_t odd)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = sum * 31 + (i % 2 ? odd : even) + i;
	return sum;
}

static void expect(const char *step, const struct pages *p, uint64_t even, uint64_t odd)
{
	uint64_t sum = sum_pages(p), expected = sum_of(p->count, even, odd);

	if (sum != expected)
		wrong(step, sum, expected);
}

static void protect_and_back(const struct pages *p)
{
	if (mprotect((void *)p->base, p->count * PAGE, PROT_READ) ||
	    mprotect((void *)p->base, p->count * PAGE, PROT_READ | PROT_WRITE))
		die("mprotect");
}

/* To an address that is surely free: one that was just mapped there. */
static void move(struct pages *p)
{
	struct pages place = map_pages(p->count);
	void *base = mremap((void *)p->base, p->count * PAGE, p->count * PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, (void *)place.base);

	if (base == MAP_FAILED)
		die("mremap");
	p->base = base;
}

/* What was dropped reads as zero until it is written. */
static void drop_half(const struct pages *p)
{
	struct pages half = {p->base, p->count / 2};

	for (size_t i = 0; i < half.count; i += PIECE)
		if (madvise(word_of(&half, i),
			    (half.count - i < PIECE ? half.count - i : PIECE) * PAGE,
			    MADV_DONTNEED))
			die("madvise");
	for (size_t i = 0; i < half.count; i += 2)
		if (*(volatile uint64_t *)word_of(&half, i))
			wrong("a dropped page", *word_of(&half, i), 0);
}

static void change_pages(struct pages *p, uint64_t seed)
{
	expect("after fork", p, seed, seed);
	write_pages(p, 1, 2, seed + 1);
	expect("copied on write", p, seed, seed + 1);
	protect_and_back(p);
	write_pages(p, 0, 1, seed + 2);
	expect("protected and back", p, seed + 2, seed + 2);
	move(p);
	expect("moved", p, seed + 2, seed + 2);
	drop_half(p);
	write_pages(p, 0, 1, seed + 3);
	expect("dropped and written", p, seed + 3, seed + 3);
}

static _Noreturn void child(struct pages *p, uint64_t seed, int out)
{
	char count[24], start[24];

	change_pages(p, seed);
	snprintf(count, sizeof(count), "%zu", p->count);
	snprintf(start, sizeof(start), "%lu", seed);
	if (dup2(out, STDOUT_FILENO) < 0)
		die("dup2");
	execl("/proc/self/exe", "pages", "fresh", count, start, (char *)NULL);
	die("exec");
}

/* The program that a child becomes: what it writes fresh, its parent compares. */
static int fresh(size_t count, uint64_t seed)
{
	struct pages p = map_pages(count);
	uint64_t sum;

	write_pages(&p, 0, 1, seed);
	sum = sum_pages(&p);
	return write(STDOUT_FILENO, &sum, sizeof(sum)) != sizeof(sum);
}

static void one_round(size_t count, uint64_t seed)
{
	struct pages p = map_pages(count);
	uint64_t sum = 0, expected = sum_of(count, seed, seed);
	int ends[2], status;
	pid_t process;

	write_pages(&p, 0, 1, seed);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	process = fork();
	if (process == 0)
		child(&p, seed, ends[1]);
	if (process < 0)
		die("fork");
	close(ends[1]);
	if (read(ends[0], &sum, sizeof(sum)) != sizeof(sum) || sum != expected)
		wrong("a new program's pages", sum, expected);
	close(ends[0]);
	if (waitpid(process, &status, 0) < 0 || status)
		die("a child failed");
	expect("the parent's pages", &p, seed, seed);
	munmap((void *)p.base, count * PAGE);
}

/* 0: it is none. */
static size_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *end || value > NUMBER_MAX ? 0 : value;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? number(argv[1]) : ROUNDS;
	size_t count = argc > 2 ? number(argv[2]) : PAGES;

	if (argc == 4 && !strcmp(argv[1], "fresh"))
		return fresh(count, strtoul(argv[3], NULL, 10));
	if (argc > 3 || !rounds || !count) {
		fprintf(stderr, "usage: pages [ROUNDS [PAGES]], each 1 to %d\n", NUMBER_MAX);
		return 2;
	}
	for (size_t i = 0; i < rounds; i++)
		one_round(count, i * count);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The ground under every test guest: tests, output, processor access, memory. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE_SIZE     4096ULL
#define BIT(n)        (1ULL << (n))
#define BITS(hi, lo)  (((2ULL << ((hi) - (lo))) - 1) << (lo))

/* ---- tests: report.c ---- */

struct test {
	const char *name;
	void (*run)(void);
};

/* A test is a function body; the linker gathers all of a guest's tests in link order. */
#define TEST(id)                                                                                   \
	static void test_##id(void);                                                               \
	static const struct test desc_##id                                                         \
		__attribute__((used, aligned(8), section(".tests"))) = {#id, test_##id};           \
	static void test_##id(void)

/* A check that fails marks the running test as failed; the first few of a test are printed. */
void check_eq(const char *what, uint64_t expected, uint64_t got);
void check(const char *what, bool ok);
/* For rows where the engine is known to differ from the manual: either answer passes. */
void check_erratum(const char *what, uint64_t manual, uint64_t engine, uint64_t got);
/* Marks the running test as skipped; the test returns after it. */
void skip(const char *why);
/* `word` or `word=value` on the command line; returns the value, "" or NULL. */
const char *option(const char *word);
/* Its value as a decimal number; `otherwise` without the word, or if it is 0. */
uint64_t option_number(const char *word, uint64_t otherwise);

/* %s %c %d %u %x with l, a width and zero-fill for %x: enough for tests. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same to L0's data channel, which passes whole lines on. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the run: the debug-exit port, then what the bare engine understands. */
_Noreturn void finish(unsigned int status);

/* ---- memory: memory.c ---- */

/* A zeroed page, from 16 MiB on; all are free again when the next test starts. */
void *page_alloc(void);
void *pages_alloc(unsigned int count);
void page_reset(void);
/* Makes any physical 2 MiB frame reachable and returns the pointer to `pa`. */
volatile void *map_physical(uint64_t pa);
/* Lets ring 3 reach the 2 MiB frame of the image under an alias address; returns the alias. */
uint64_t map_user(uint64_t address);

/* ---- what runs it ---- */

/* True when Testudo's L0 answers the IDENTIFY marker. */
bool under_l0(void);
/* How often L2 has exited for this reason, whoever answered: L0's counters, so under L0 alone. */
uint64_t exits_of_l2(uint32_t reason);

extern uint32_t multiboot_info, multiboot_magic;
extern uint64_t pml4[512], pdpt[512], pd[2048], gdt[12];
extern char image_start[], image_end[], boot_stack_top[];

enum selector {
	SEL_CODE64 = 0x08,
	SEL_DATA = 0x10,
	SEL_CODE32 = 0x18,
	SEL_USER_DATA = 0x23,
	SEL_USER_CODE = 0x2b,
	SEL_TSS = 0x30,
	SEL_CODE16 = 0x40,
	SEL_DATA16 = 0x48,
	SEL_SPARE = 0x50,
};

static inline uint64_t address_of(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

#endif

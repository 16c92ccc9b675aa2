// SPDX-License-Identifier: Apache-2.0
// The runner and its output: one line a test on COM1, since a serial character costs many ticks.
#include <stdarg.h>
#include "apic.h"
#include "guest.h"
#include "processor.h"
#include "trap.h"

#define COM1    0x3f8
#define CHANNEL 0xe9

enum { FAILURES_SHOWN = 6 };

extern const struct test tests_start[], tests_end[];

static const struct test *running;
static unsigned int failures;
static bool skipped;
static char command_line[512];

static bool to_channel;

static void put(char c)
{
	if (to_channel) {
		outb(CHANNEL, (uint8_t)c);
		return;
	}
	if (c == '\n')
		put('\r');
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, (uint8_t)c);
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_number(uint64_t v, unsigned int base, unsigned int width)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n < width && n < sizeof(digits))
		digits[n++] = '0';
	while (n)
		put(digits[--n]);
}

static uint64_t argument(va_list *args, bool is_long)
{
	return is_long ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);
}

static void put_all(const char *format, va_list *args)
{
	for (const char *p = format; *p; p++) {
		unsigned int width = 0;
		bool is_long = false;

		if (*p != '%') {
			put(*p);
			continue;
		}
		for (p++; *p >= '0' && *p <= '9'; p++)
			width = width * 10 + (unsigned int)(*p - '0');
		if (*p == 'l') {
			is_long = true;
			p++;
		}
		if (*p == 's')
			put_string(va_arg(*args, const char *));
		else if (*p == 'c')
			put((char)va_arg(*args, int));
		else
			put_number(argument(args, is_long), *p == 'x' ? 16 : 10, width);
	}
}

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_all(format, &args);
	va_end(args);
}

void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	to_channel = true;
	put_all(format, &args);
	to_channel = false;
	va_end(args);
}

/* Counts a failure of the running test; true while it may still be printed. */
static bool failed(void)
{
	if (++failures == FAILURES_SHOWN + 1)
		print("FAIL %s: further failures not shown\n", running->name);
	return failures <= FAILURES_SHOWN;
}

void check_eq(const char *what, uint64_t expected, uint64_t got)
{
	if (expected != got && failed())
		print("FAIL %s: %s: expected 0x%lx, got 0x%lx\n", running->name, what, expected,
		      got);
}

void check(const char *what, bool ok)
{
	if (!ok && failed())
		print("FAIL %s: expected %s, got otherwise\n", running->name, what);
}

void check_erratum(const char *what, uint64_t manual, uint64_t engine, uint64_t got)
{
	if (got != engine)
		check_eq(what, manual, got);
}

void skip(const char *why)
{
	if (skipped)
		return;
	skipped = true;
	print("SKIP %s: %s\n", running->name, why);
}

static bool starts_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

const char *option(const char *word)
{
	const char *p = command_line;

	while (*p) {
		if (starts_with(p, word)) {
			const char *end = p;

			for (const char *w = word; *w; w++)
				end++;
			if (*end == '=')
				return end + 1;
			if (!*end || *end == ' ')
				return "";
		}
		while (*p && *p != ' ')
			p++;
		while (*p == ' ')
			p++;
	}
	return NULL;
}

uint64_t option_number(const char *word, uint64_t otherwise)
{
	const char *text = option(word);
	uint64_t n = 0;

	while (text && *text >= '0' && *text <= '9')
		n = n * 10 + (uint64_t)(*text++ - '0');
	return n ? n : otherwise;
}

/* True when `name` stands in the comma-separated list of tests=; no list means all. */
static bool chosen(const char *name)
{
	const char *list = option("tests");

	if (!list)
		return true;
	while (*list && *list != ' ') {
		const char *n = name;

		while (*n && *n == *list) {
			n++;
			list++;
		}
		if (!*n && (!*list || *list == ',' || *list == ' '))
			return true;
		while (*list && *list != ',' && *list != ' ')
			list++;
		if (*list == ',')
			list++;
	}
	return false;
}

/* Multiboot information: flags bit 2 says that a command line is there, at offset 16. */
static void read_command_line(void)
{
	const uint32_t *info = (const uint32_t *)(uintptr_t)multiboot_info;
	const char *text;
	size_t n = 0;

	if (multiboot_magic != 0x2badb002 || !(info[0] & BIT(2)))
		return;
	for (text = (const char *)(uintptr_t)info[4]; *text && n < sizeof(command_line) - 1; n++)
		command_line[n] = *text++;
}

_Noreturn void finish(unsigned int status)
{
	static const char shutdown[] = "Shutdown";

	/* The last characters must have left the UART before the machine goes. */
	while (!(inb(COM1 + 5) & 0x40))
		;
	outl(0xf4, status);
	for (const char *p = shutdown; *p; p++)
		outb(0x8900, (uint8_t)*p);
	for (;;)
		asm volatile("cli; hlt");
}

bool under_l0(void)
{
	struct cpuid id = cpuid(0x54530000, 0);

	return id.ebx == 0x74736554 && id.ecx == 0x206f6475;
}

uint64_t exits_of_l2(uint32_t reason)
{
	return cpuid(0x54530003, reason).eax;
}

static void uart_setup(void)
{
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x80);
	outb(COM1, 1);
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 3);
	outb(COM1 + 2, 7);
}

int main(void);

/* What the tests of a round came to. */
struct tally {
	uint64_t passed, failed, skipped;
};

static void run(const struct test *t, struct tally *tally)
{
	running = t;
	failures = 0;
	skipped = false;
	page_reset();
	t->run();
	cli();
	if (failures)
		tally->failed++;
	else if (skipped)
		tally->skipped++;
	else
		tally->passed++;
	if (!failures && !skipped)
		print("PASS %s\n", t->name);
}

/* With the word "repeat" again and again, until the machine is ended from outside. */
int main(void)
{
	struct tally tally = {0};

	uart_setup();
	read_command_line();
	trap_setup();
	if (option("x2apic"))
		apic_enable_x2();
	do {
		for (const struct test *t = tests_start; t < tests_end; t++)
			if (chosen(t->name))
				run(t, &tally);
	} while (option("repeat"));
	print("%lu passed, %lu failed, %lu skipped\n", tally.passed, tally.failed, tally.skipped);
	finish(tally.failed ? 1 : 0);
}

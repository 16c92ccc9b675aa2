// SPDX-License-Identifier: Apache-2.0
// A kernel in low memory whose entry point is a virtual address: is all of it where it should be,
// and nothing that the loader left on top of it?
#include <stdbool.h>
#include <stdint.h>

#define COM1       0x3f8
#define LINKED     0x40008000u
#define LOADED     0x8000u
#define PATTERN    0x6000u
#define BSS        0x4000u
#define BOOT_MAGIC 0x2badb002u

struct information {
	uint32_t flags, memory[2], device, words, modules, module_list, symbols[4];
	uint32_t map_size, map, drives[2], table, loader;
};

/* By the distance from the code, not by a table of linked addresses. */
#pragma GCC visibility push(hidden)
extern uint8_t image_start[], image_end[];
#pragma GCC visibility pop

/* So much that the tables of a loader which knows no kernel here would lie in it. */
static volatile uint32_t pattern[PATTERN / 4] = {
	[0] = 0x12345678, [PATTERN / 8] = 0x9abcdef0, [PATTERN / 4 - 1] = 0x0fedcba9};
static volatile uint32_t bss[BSS / 4];
static bool bad;

void low_main(uint32_t magic, const struct information *info, uint32_t entry);

static inline void outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(inb(COM1 + 5) & 0x20))
			;
		outb(COM1, (uint8_t)*text);
	}
}

static void check(const char *what, bool ok)
{
	print(ok ? "PASS " : "FAIL ");
	print(what);
	print("\r\n");
	bad |= !ok;
}

static uint32_t sum(const volatile uint32_t *words, uint32_t count)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < count; i++)
		total += words[i];
	return total;
}

static bool outside(uint32_t at, uint32_t size)
{
	return at + size <= (uint32_t)(uintptr_t)image_start ||
	       at >= (uint32_t)(uintptr_t)image_end;
}

static uint32_t length(uint32_t text)
{
	uint32_t n = 0;

	while (((const char *)(uintptr_t)text)[n])
		n++;
	return n + 1;
}

static void check_information(const struct information *info)
{
	check("information", outside((uint32_t)(uintptr_t)info, sizeof(*info)));
	check("memory map", outside(info->map, info->map_size));
	check("command line", outside(info->words, length(info->words)));
	check("loader's name", outside(info->loader, length(info->loader)));
}

static _Noreturn void finish(void)
{
	print(bad ? "0 passed, 1 failed\r\n" : "1 passed, 0 failed\r\n");
	while (!(inb(COM1 + 5) & 0x40))
		;
	asm volatile("outl %0, %1" ::"a"((uint32_t)bad), "Nd"((uint16_t)0xf4));
	for (const char *p = "Shutdown"; *p; p++)
		outb(0x8900, (uint8_t)*p);
	for (;;)
		asm volatile("cli; hlt");
}

static void uart_setup(void)
{
	static const uint8_t writes[][2] = {{1, 0}, {3, 0x80}, {0, 1}, {1, 0}, {3, 3}, {2, 7}};

	for (uint32_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		outb((uint16_t)(COM1 + writes[i][0]), writes[i][1]);
}

void low_main(uint32_t magic, const struct information *info, uint32_t entry)
{
	uart_setup();
	check("magic", magic == BOOT_MAGIC);
	check("entered where it was loaded", entry >= LOADED && entry < LINKED);
	check("loaded at 8000H", (uint32_t)(uintptr_t)image_start == LOADED);
	check("its data", sum(pattern, PATTERN / 4) == 0x12345678u + 0x9abcdef0u + 0x0fedcba9u);
	check("its zeros", sum(bss, BSS / 4) == 0);
	check_information(info);
	finish();
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What a shell script cannot do: ports, the TSC, and clocks read against each other.
 *
 *	hw outb PORT VALUE	one byte to a port
 *	hw inb PORT		one byte from a port
 *	hw send PORT		standard input to a port, byte by byte
 *	hw tsc			the time stamp counter
 *	hw begin ID		Testudo's mark: the measurement of this number begins
 *	hw end ITERATIONS	the mark that ends it
 *	hw cpuid TIMES		the cheapest, the mean and the dearest of so many CPUIDs, in ticks
 *	hw clock SECONDS	sleep, and say what every clock made of it
 *	hw drain		wait until the console's last character has left the UART
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PM_TIMER_HZ     3579545
#define MARKER_BEGIN    0x54530001u
#define MARKER_END      0x54530002u
#define FADT            "/sys/firmware/acpi/tables/FACP"
#define FADT_PM_TMR_BLK 76 /* ACPI 6, table 5.9: I/O port of the power management timer */

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void cpuid(uint32_t leaf, uint32_t subleaf)
{
	uint32_t ebx, edx;

	__asm__ volatile("cpuid" : "+a"(leaf), "=b"(ebx), "+c"(subleaf), "=d"(edx) : : "memory");
}

/* CPUID leaf 0, which always leaves a guest; the empty pair of RDTSC is part of it. */
static uint64_t time_cpuid(void)
{
	uint64_t start = rdtsc();

	cpuid(0, 0);
	return rdtsc() - start;
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The port of the ACPI PM timer, 0 when the firmware names none. */
static uint16_t pm_timer_port(void)
{
	uint32_t port = 0;
	FILE *fadt = fopen(FADT, "rb");

	if (!fadt)
		return 0;
	if (fseek(fadt, FADT_PM_TMR_BLK, SEEK_SET) || fread(&port, sizeof(port), 1, fadt) != 1)
		port = 0;
	fclose(fadt);
	return (uint16_t)port;
}

static uint8_t cmos(uint8_t reg)
{
	outb(reg, 0x70);
	return inb(0x71);
}

/* Register B, bit 2: the RTC counts in binary, else in BCD. */
static unsigned int rtc_field(uint8_t reg)
{
	uint8_t value = cmos(reg);

	return cmos(0x0b) & 4 ? value : (value >> 4) * 10u + (value & 15u);
}

/* Seconds of the day by the RTC, waiting out an update (register A, bit 7). */
static unsigned int rtc_seconds(void)
{
	while (cmos(0x0a) & 0x80)
		;
	return rtc_field(4) * 3600 + rtc_field(2) * 60 + rtc_field(0);
}

struct clocks {
	uint64_t tsc, us;
	uint32_t pm;
	unsigned int rtc;
};

static struct clocks read_clocks(uint16_t pm_port)
{
	struct clocks now = {.rtc = rtc_seconds()};

	now.us = monotonic_us();
	now.pm = pm_port ? inl(pm_port) : 0;
	now.tsc = rdtsc();
	return now;
}

/* The PM timer may be 24 bits wide, so only its low 24 bits are compared: 4.69 s, then they wrap.
 */
static int do_clock(char **word)
{
	unsigned int seconds = (unsigned int)strtoul(word[0], NULL, 0);
	uint16_t pm_port = pm_timer_port();
	struct clocks a = read_clocks(pm_port), b;
	struct timespec span = {.tv_sec = seconds};
	uint64_t us, turns = 0, pm;

	nanosleep(&span, NULL);
	b = read_clocks(pm_port);
	us = b.us - a.us;
	pm = (b.pm - a.pm) & 0xffffff;
	while (pm_port && (pm + (turns << 24)) * 1000000 / PM_TIMER_HZ + 2300000 < us)
		turns++;
	pm += turns << 24;
	printf("clock: asked_us %u monotonic_us %lu tsc %lu tsc_khz %lu pm_us %lu rtc_s %u\n",
	       seconds * 1000000, us, b.tsc - a.tsc, us ? (b.tsc - a.tsc) * 1000 / us : 0,
	       pm_port ? pm * 1000000 / PM_TIMER_HZ : 0, (b.rtc + 86400 - a.rtc) % 86400);
	return 0;
}

static int do_cpuid(char **word)
{
	uint64_t times = strtoul(word[0], NULL, 0), sum = 0, max = 0, min = UINT64_MAX;

	for (uint64_t i = 0; i < times; i++) {
		uint64_t ticks = time_cpuid();

		sum += ticks;
		min = ticks < min ? ticks : min;
		max = ticks > max ? ticks : max;
	}
	printf("cpuid: times %lu ticks_min %lu ticks_mean %lu ticks_max %lu\n", times, min,
	       times ? sum / times : 0, max);
	return 0;
}

static int do_outb(char **word)
{
	outb((uint8_t)strtoul(word[1], NULL, 0), (uint16_t)strtoul(word[0], NULL, 0));
	return 0;
}

static int do_inb(char **word)
{
	printf("%u\n", inb((uint16_t)strtoul(word[0], NULL, 0)));
	return 0;
}

static int do_send(char **word)
{
	uint16_t port = (uint16_t)strtoul(word[0], NULL, 0);

	for (int byte; (byte = getchar()) != EOF;)
		outb((uint8_t)byte, port);
	return ferror(stdin) ? 1 : 0;
}

static int do_tsc(char **word)
{
	(void)word;
	printf("%lu\n", rdtsc());
	return 0;
}

static int do_begin(char **word)
{
	cpuid(MARKER_BEGIN, (uint32_t)strtoul(word[0], NULL, 0));
	return 0;
}

static int do_end(char **word)
{
	cpuid(MARKER_END, (uint32_t)strtoul(word[0], NULL, 0));
	return 0;
}

/* A machine that is powered off by a port write loses what its UART still holds. */
static int do_drain(char **word)
{
	(void)word;
	return tcdrain(STDOUT_FILENO) ? 1 : 0;
}

static const struct verb {
	const char *name;
	int words;
	bool ports;
	int (*run)(char **word);
} verbs[] = {
	{"outb", 2, true, do_outb},    {"inb", 1, true, do_inb},      {"tsc", 0, false, do_tsc},
	{"cpuid", 1, false, do_cpuid}, {"clock", 1, true, do_clock},  {"drain", 0, false, do_drain},
	{"send", 1, true, do_send},    {"begin", 1, false, do_begin}, {"end", 1, false, do_end},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc < 2 || strcmp(argv[1], verbs[i].name) || argc - 2 != verbs[i].words)
			continue;
		if (verbs[i].ports && iopl(3)) {
			perror("hw: no access to ports");
			return 1;
		}
		return verbs[i].run(argv + 2);
	}
	fprintf(stderr, "usage: hw outb PORT VALUE | inb PORT | send PORT | tsc | cpuid TIMES | "
			"clock SECONDS "
			"| begin ID | end ITERATIONS | drain\n");
	return 2;
}

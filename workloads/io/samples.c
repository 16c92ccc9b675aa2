// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpu.h"
#include "sample.h"

#define CHANNEL_PORT 0xe9
#define SAMPLES_MAX  10000000

static const struct workload {
	uint64_t id;
	const char *name;
} workloads[] = {
#define WORKLOAD(id, name, title) {id, name},
#include "operations.def"
#undef WORKLOAD
};

/* The pages are touched here: a fault in the measured part would be somebody else's ticks. */
bool samples_make(struct samples *s, const char *name, size_t room)
{
	*s = (struct samples){.name = name, .room = room};
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (!strcmp(workloads[i].name, name))
			s->id = workloads[i].id;
	if (!s->id || !room || room > SAMPLES_MAX)
		return false;
	s->ticks = malloc(room * sizeof(*s->ticks));
	if (s->ticks)
		memset(s->ticks, 0xff, room * sizeof(*s->ticks));
	return s->ticks;
}

void samples_fact(struct samples *s, const char *key, uint64_t value)
{
	size_t i = 0;

	while (i < SAMPLES_FACTS && s->facts[i].key)
		i++;
	if (i < SAMPLES_FACTS)
		s->facts[i] = (struct fact){key, value};
}

uint64_t samples_idle(FILE *timer_list)
{
	uint64_t idle = UINT64_MAX, ns;
	char line[256], name[16];

	while (fgets(line, sizeof(line), timer_list))
		if (sscanf(line, " .%15[a-z]_sleeptime : %" SCNu64, name, &ns) == 2)
			idle = idle == UINT64_MAX ? ns : idle + ns;
	return idle;
}

/* Of "  24:   17   0  PCI-MSI 49152-edge  virtio0-input.0" the counts; of "LOC: ..." none. */
static uint64_t interrupts_of(const char *line)
{
	uint64_t sum = 0, count;
	int number, used;

	if (sscanf(line, "%d:%n", &number, &used) != 1)
		return 0;
	for (line += used; sscanf(line, "%" SCNu64 "%n", &count, &used) == 1; line += used)
		sum += count;
	return sum;
}

uint64_t samples_interrupts(FILE *interrupts)
{
	uint64_t sum = 0;
	char line[512];

	while (fgets(line, sizeof(line), interrupts))
		sum += interrupts_of(line);
	return sum;
}

static uint64_t now(const char *path, uint64_t of(FILE *file))
{
	FILE *file = fopen(path, "re");
	uint64_t value = UINT64_MAX;

	if (file) {
		value = of(file);
		fclose(file);
	}
	return value;
}

static const struct account {
	const char *path;
	uint64_t (*of)(FILE *file);
	const char *key;
} accounts[SAMPLES_ACCOUNTS] = {
	{"/proc/timer_list", samples_idle, "idle_ns"},
	{"/proc/interrupts", samples_interrupts, "interrupts"},
};

void samples_begin(struct samples *s)
{
	for (size_t i = 0; i < SAMPLES_ACCOUNTS; i++)
		s->before[i] = now(accounts[i].path, accounts[i].of);
	cpuid(MARKER_BEGIN, (uint32_t)s->id);
}

void samples_add(struct samples *s, uint64_t ticks)
{
	if (s->count < s->room)
		s->ticks[s->count++] = ticks;
}

void samples_end(struct samples *s)
{
	cpuid(MARKER_END, (uint32_t)s->count);
	for (size_t i = 0; i < SAMPLES_ACCOUNTS; i++)
		if (s->before[i] != UINT64_MAX)
			samples_fact(s, accounts[i].key,
				     now(accounts[i].path, accounts[i].of) - s->before[i]);
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

uint64_t samples_percentile(struct samples *s, unsigned int percent)
{
	size_t rank = (s->count * percent + 99) / 100;

	qsort(s->ticks, s->count, sizeof(*s->ticks), by_size);
	return s->ticks[rank ? rank - 1 : 0];
}

static struct histogram histogram_of(const struct samples *s)
{
	struct histogram h;

	histogram_clear(&h);
	for (size_t i = 0; i < s->count; i++)
		histogram_add(&h, s->ticks[i]);
	return h;
}

void samples_line(struct samples *s, struct line *line, const char *level)
{
	struct histogram h = histogram_of(s);

	sample_begin(line, level, s->name, s->id);
	for (const struct fact *fact = s->facts; fact->key; fact++)
		line_count(line, fact->key, fact->value);
	line_count(line, "ticks_p50", samples_percentile(s, 50));
	line_count(line, "ticks_p99", samples_percentile(s, 99));
	sample_numbers(line, &h);
	line_text(line, "}\n");
}

static void say(struct samples *s)
{
	struct histogram h = histogram_of(s);

	printf("%s:", s->name);
	for (const struct fact *fact = s->facts; fact->key; fact++)
		printf(" %s %" PRIu64, fact->key, fact->value);
	printf(" samples %zu ticks min %" PRIu64 " mean %" PRIu64 " p50 %" PRIu64 " p99 %" PRIu64
	       " max %" PRIu64 "\n",
	       s->count, h.min, h.sum / h.count, samples_percentile(s, 50),
	       samples_percentile(s, 99), h.max);
}

/* The C library's header for ioperm has port functions that clash with cpu.h. */
static bool send(const struct line *line)
{
	if (syscall(SYS_ioperm, CHANNEL_PORT, 1, 1)) {
		perror("no access to the data channel");
		return false;
	}
	for (size_t i = 0; i < line->used; i++)
		outb(CHANNEL_PORT, (uint8_t)line->text[i]);
	return true;
}

bool samples_tell(struct samples *s)
{
	static struct line line;
	const char *level = getenv("TESTUDO_LEVEL");

	if (!s->count)
		return false;
	samples_line(s, &line, level && level[0] ? level : level_found());
	say(s);
	return send(&line);
}

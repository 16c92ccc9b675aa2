// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include "cpu.h"
#include "cpus.h"

#define WARM_UP 16 // iterations before the first that counts

const struct operation *measured;

// What a CPU has come to with the operation that is measured.
static struct outcome {
	const char *why; // it cannot be had here
	bool fine;
	struct histogram h;
} outcomes[CPUS_MAX];
static uint64_t iterations_wanted;

const char *always(void)
{
	return NULL;
}

/*
 * Where one CPU serves another, the samples are the other's: both run the same iterations, which
 * the END markers then count once.
 */
static bool has_samples(const struct operation *operation, unsigned int cpu)
{
	return operation->cpus == 1 || (cpu % 2 == 0 && cpu + 1 < cpus_count());
}

// At one address, by which the peer's trace knows it (workloads/peer/marks.awk).
__attribute__((noinline)) static void mark_end(uint32_t iterations)
{
	cpuid(MARKER_END, iterations);
}

bool measure(const struct operation *operation, uint64_t iterations, struct histogram *h)
{
	bool fine = true, samples = has_samples(operation, cpu_number());
	uint64_t ticks = 0;

	histogram_clear(h);
	for (int i = 0; i < WARM_UP && fine; i++)
		fine = operation->run(&ticks);
	cpus_meet();
	// Nothing between the markers but the operation: no output, no preparation.
	cpuid(MARKER_BEGIN, operation->id);
	for (uint64_t i = 0; i < iterations && fine; i++) {
		fine = operation->run(&ticks);
		if (fine)
			histogram_add(h, ticks);
	}
	mark_end(samples ? (uint32_t)h->count : 0);
	if (!samples)
		histogram_clear(h);
	return fine;
}

static void start(struct line *line, const char *type)
{
	line->used = 0;
	line_text(line, "{");
	line_pair(line, "t", type);
}

// With one CPU nothing is said of it.
static void cpu_pair(struct line *line, unsigned int cpu)
{
	if (cpus_count() > 1)
		line_count(line, "cpu", cpu);
}

static void sample_line(struct line *line, const char *level, const struct operation *operation,
			unsigned int cpu)
{
	sample_begin(line, level, operation->name, operation->id);
	cpu_pair(line, cpu);
	if (operation->tell != NULL)
		operation->tell(line, outcomes[cpu].h.count);
	sample_numbers(line, &outcomes[cpu].h);
	line_text(line, "}");
}

static void skip_line(struct line *line, const char *level, const struct operation *operation,
		      const char *why)
{
	start(line, "skip");
	line_pair(line, "level", level);
	line_pair(line, "operation", operation->name);
	line_count(line, "id", operation->id);
	line_pair(line, "why", why);
	line_text(line, "}");
}

void error_line(struct line *line, const struct operation *operation, const char *why)
{
	start(line, "error");
	if (operation != NULL) {
		line_pair(line, "operation", operation->name);
		line_count(line, "id", operation->id);
	}
	line_pair(line, "why", why);
	line_text(line, "}");
}

static void human_line(struct line *line, const char *level, const struct operation *operation,
		       const struct histogram *h)
{
	line->used = 0;
	line_text(line, "micro: ");
	line_text(line, level);
	line_text(line, " ");
	line_text(line, operation->name);
	line_text(line, ": ");
	line_number(line, h->min);
	line_text(line, " ticks at least, ");
	line_number(line, h->sum / h->count);
	line_text(line, " on average of ");
	line_number(line, h->count);
	line_text(line, " (");
	line_text(line, operation->title);
	line_text(line, ")");
}

// One CPU after another, for what they prepare together; what one cannot have no other measures.
static void prepare_in_turn(unsigned int cpu)
{
	for (unsigned int turn = 0; turn < cpus_count(); turn++) {
		if (turn == cpu)
			outcomes[cpu].why = measured->prepare();
		cpus_meet();
	}
}

static const char *reason(void)
{
	for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
		if (outcomes[cpu].why != NULL)
			return outcomes[cpu].why;
	return NULL;
}

static void take_part(unsigned int cpu)
{
	struct outcome *own = &outcomes[cpu];

	prepare_in_turn(cpu);
	if (reason() == NULL)
		own->fine = measure(measured, iterations_wanted, &own->h);
}

static bool tell_cpu(const char *level, unsigned int cpu, const struct options *options,
		     void (*send)(struct line *line), void (*say)(struct line *line))
{
	const struct outcome *own = &outcomes[cpu];
	static struct line line;

	if (!own->fine)
		error_line(&line, measured, "an iteration did not do what it should");
	else if (own->h.count > 0)
		sample_line(&line, level, measured, cpu);
	if (!own->fine || own->h.count > 0)
		send(&line);
	if (options->verbose && own->h.count > 0) {
		human_line(&line, level, measured, &own->h);
		say(&line);
	}
	return own->fine;
}

// What takes two CPUs is no part of "all" where there is one.
static bool wanted(const struct options *options, const struct operation *operation)
{
	if (options->operations == UINT64_MAX)
		return !operation->named && operation->cpus <= cpus_count();
	return options->operations >> operation->id & 1;
}

bool measure_all(const struct options *options, void (*send)(struct line *line),
		 void (*say)(struct line *line))
{
	const char *level = options->level[0] != '\0' ? options->level : level_found();
	static struct line line;
	bool all_fine = true;

	for (const struct operation *op = operations; op < operations + operation_count; op++) {
		if (!wanted(options, op))
			continue;
		measured = op;
		iterations_wanted = options->iterations ? options->iterations : op->iterations;
		cpus_run(take_part);
		if (reason() != NULL) {
			skip_line(&line, level, op, reason());
			send(&line);
			continue;
		}
		for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
			all_fine &= tell_cpu(level, cpu, options, send, say);
	}
	measured = NULL;
	return all_fine;
}

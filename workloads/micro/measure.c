// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include "cpu.h"

#define WARM_UP 16 // iterations before the first that counts

#define SIGNATURE_EBX 0x74736554u // "Test"
#define SIGNATURE_ECX 0x206f6475u // "udo "

const struct operation *measured;

const char *always(void)
{
	return NULL;
}

const char *level_found(void)
{
	static char name[] = "L1";
	struct cpuid r = cpuid(MARKER_IDENTIFY, 0);

	if (r.ebx == SIGNATURE_EBX && r.ecx == SIGNATURE_ECX && r.edx >= 1 && r.edx <= 9) {
		name[1] = (char)('0' + r.edx);
		return name;
	}
	return cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR ? name : "bare";
}

bool measure(const struct operation *operation, uint64_t iterations, struct histogram *h)
{
	uint64_t ticks = 0;
	bool fine = true;

	histogram_clear(h);
	for (int i = 0; i < WARM_UP && fine; i++)
		fine = operation->run(&ticks);
	// Nothing between the markers but the operation: no output, no preparation.
	cpuid(MARKER_BEGIN, operation->id);
	for (uint64_t i = 0; i < iterations && fine; i++) {
		fine = operation->run(&ticks);
		if (fine)
			histogram_add(h, ticks);
	}
	cpuid(MARKER_END, (uint32_t)h->count);
	return fine;
}

static void start(struct line *line, const char *type)
{
	line->used = 0;
	line_text(line, "{");
	line_pair(line, "t", type);
}

static void sample_line(struct line *line, const char *level, const struct operation *operation,
			const struct histogram *h)
{
	const char *comma = "";

	start(line, "sample");
	line_pair(line, "level", level);
	line_pair(line, "operation", operation->name);
	line_count(line, "id", operation->id);
	line_count(line, "iterations", h->count);
	line_count(line, "ticks_min", h->min);
	line_count(line, "ticks_sum", h->sum);
	line_count(line, "ticks_max", h->max);
	line_text(line, ",\"hist\":[");
	for (uint64_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i] == 0)
			continue;
		line_text(line, comma);
		line_text(line, "[");
		line_number(line, i);
		line_text(line, ",");
		line_number(line, h->bucket[i]);
		line_text(line, "]");
		comma = ",";
	}
	line_text(line, "]}");
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

bool measure_all(const struct options *options, void (*send)(struct line *line),
		 void (*say)(struct line *line))
{
	const char *level = options->level[0] != '\0' ? options->level : level_found();
	static struct histogram h;
	static struct line line;
	bool all_fine = true;

	for (const struct operation *op = operations; op < operations + operation_count; op++) {
		const char *why;

		if (!(options->operations >> op->id & 1))
			continue;
		measured = op;
		why = op->prepare();
		if (why != NULL) {
			skip_line(&line, level, op, why);
		} else if (measure(op, options->iterations ? options->iterations : op->iterations,
				   &h)) {
			sample_line(&line, level, op, &h);
		} else {
			error_line(&line, op, "an iteration did not do what it should");
			all_fine = false;
		}
		send(&line);
		if (options->verbose && why == NULL && h.count > 0) {
			human_line(&line, level, op, &h);
			say(&line);
		}
	}
	measured = NULL;
	return all_fine;
}

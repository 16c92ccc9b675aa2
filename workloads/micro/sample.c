// SPDX-License-Identifier: Apache-2.0
#include "sample.h"

#include "cpu.h"

#define SIGNATURE_EBX 0x74736554u // "Test"
#define SIGNATURE_ECX 0x206f6475u // "udo "

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

void sample_begin(struct line *line, const char *level, const char *operation, uint64_t id)
{
	line->used = 0;
	line_text(line, "{");
	line_pair(line, "t", "sample");
	line_pair(line, "level", level);
	line_pair(line, "operation", operation);
	line_count(line, "id", id);
}

static void bucket(struct line *line, uint64_t number, uint64_t count)
{
	line_text(line, "[");
	line_number(line, number);
	line_text(line, ",");
	line_number(line, count);
	line_text(line, "]");
}

void sample_numbers(struct line *line, const struct histogram *h)
{
	const char *comma = "";

	line_count(line, "iterations", h->count);
	line_count(line, "ticks_min", h->min);
	line_count(line, "ticks_sum", h->sum);
	line_count(line, "ticks_max", h->max);
	line_text(line, ",\"hist\":[");
	for (uint64_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i] == 0)
			continue;
		line_text(line, comma);
		bucket(line, i, h->bucket[i]);
		comma = ",";
	}
	line_text(line, "]");
}

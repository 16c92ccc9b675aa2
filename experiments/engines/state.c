// SPDX-License-Identifier: Apache-2.0
#include "engines/state.h"
#include "lib/channel.h"

#include <inttypes.h>

static uint64_t number(const json_t *object, const char *name)
{
	uint64_t value = 0;

	channel_number(object, name, &value);
	return value;
}

static const char *text(const json_t *object, const char *name)
{
	return channel_text(object, name, "n/a");
}

static void print_registers(FILE *to, const json_t *state)
{
	static const char *const names[][6] = {
		{"rip", "cs_base", "rsp", "rflags", "interruptibility"},
		{"cr0", "cr3", "cr4", "efer"},
	};

	for (size_t row = 0; row < sizeof(names) / sizeof(names[0]); row++) {
		fprintf(to, " ");
		for (const char *const *name = names[row]; *name; name++)
			fprintf(to, " %s %s", *name, text(state, *name));
		fprintf(to, "\n");
	}
}

static void print_last(FILE *to, const json_t *state)
{
	const json_t *last = json_object_get(state, "last"), *exit;
	uint64_t now = number(state, "now");
	size_t i;

	if (!json_array_size(last)) {
		fprintf(to, "  no exit since it was asked\n");
		return;
	}
	fprintf(to, "  %16s level %-20s %16s qualification\n", "exits: ticks ago", "reason", "rip");
	json_array_foreach (last, i, exit)
		fprintf(to, "  %16" PRIu64 " %5" PRIu64 " %-20s %16s %s\n",
			now - number(exit, "when"), number(exit, "level"), text(exit, "reason"),
			text(exit, "rip"), text(exit, "qualification"));
}

static void print_counters(FILE *to, const json_t *counters)
{
	const json_t *row, *ticks;
	const char *level;
	size_t i;

	fprintf(to, "  counted so far: %" PRIu64 " ticks", number(counters, "elapsed"));
	json_object_foreach ((json_t *)json_object_get(counters, "ticks"), level, ticks)
		fprintf(to, ", %s %" JSON_INTEGER_FORMAT, level, json_integer_value(ticks));
	fprintf(to, "\n");
	json_array_foreach (json_object_get(counters, "exits"), i, row)
		fprintf(to,
			"  %16" PRIu64 " of level %" PRIu64 " for %-20s %16" PRIu64
			" ticks of L0\n",
			number(row, "count"), number(row, "level"), text(row, "reason"),
			number(row, "ticks"));
}

void state_print(FILE *to, const json_t *state)
{
	fprintf(to,
		"\ntestudo: machine %" PRIu64 ", vCPU %" PRIu64 ", tick %" PRIu64 ": level %" PRIu64
		", %s\n",
		number(state, "machine"), number(state, "vcpu"), number(state, "now"),
		number(state, "level"), text(state, "activity"));
	print_registers(to, state);
	print_last(to, state);
	print_counters(to, json_object_get(state, "counters"));
	fflush(to);
}

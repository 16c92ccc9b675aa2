// SPDX-License-Identifier: Apache-2.0
#include "tables/measurement.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/histogram.h"

#include <stdlib.h>
#include <string.h>

/* The same rows as the guests have them: ids cannot drift apart. */
const struct operation operations[] = {
#define VCPUS_ANYWHERE 1
#define VCPUS_KERNEL   1
#define VCPUS_PAIR     2
#define VCPUS_NAMED    1
#define VCPUS_FUNCTION 1

#define NAMED_ANYWHERE false
#define NAMED_KERNEL   false
#define NAMED_PAIR     false
#define NAMED_NAMED    true
#define NAMED_FUNCTION true
#define OPERATION(id, name, where, iterations, prepare, run, title)                                \
	{id, name, title, VCPUS_##where, NAMED_##where},
#include "../workloads/micro/operations.def"
#undef OPERATION
#define WORKLOAD(id, name, title) {id, name, title, 1, true},
#include "../workloads/macro/operations.def"
#include "../workloads/io/operations.def"
#undef WORKLOAD
};

const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

const struct operation *operation_find(const char *name)
{
	for (size_t i = 0; i < operation_count; i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	return NULL;
}

bool operation_chosen(const json_t *holder, const struct operation *operation)
{
	const json_t *chosen = json_object_get(holder, "operations"), *name;
	const char *vcpus = channel_text(holder, "vcpus", "1");
	size_t i;

	if (operation->vcpus > strtoul(vcpus, NULL, 10))
		return false;
	json_array_foreach (chosen, i, name)
		if (json_is_string(name) && !strcmp(json_string_value(name), operation->name))
			return true;
	return !chosen && !operation->named;
}

/* A guest's lines name the level, L0's have its number. */
static bool is_level(const json_t *event, const char *level)
{
	const json_t *field = json_object_get(event, "level");
	uint64_t number;

	if (json_is_string(field))
		return !strcmp(json_string_value(field), level);
	return channel_number(event, "level", &number) && number <= 9 && level[0] == 'L' &&
	       (uint64_t)(level[1] - '0') == number;
}

/* Of its kind the one with @before others before it: a guest that repeats a line changes nothing
 * of the first. */
static const json_t *find_event(const json_t *events, const char *type, const char *level,
				uint64_t id, size_t before)
{
	const json_t *event;
	uint64_t found;
	size_t i;

	json_array_foreach (events, i, event)
		if (!strcmp(channel_text(event, "t", ""), type) && is_level(event, level) &&
		    channel_number(event, "id", &found) && found == id && !before--)
			return event;
	return NULL;
}

struct measurement measurement_nth(const json_t *events, const char *level,
				   const struct operation *operation, size_t nth)
{
	return (struct measurement){
		.operation = operation,
		.sample = find_event(events, "sample", level, operation->id, nth),
		.measure = find_event(events, "measure", level, operation->id, nth),
		.skip = find_event(events, "skip", level, operation->id, nth),
	};
}

struct measurement measurement_find(const json_t *events, const char *level,
				    const struct operation *operation)
{
	return measurement_nth(events, level, operation, 0);
}

bool measurement_size(const struct measurement *m, uint64_t *size)
{
	return channel_number(m->sample, "message", size) ||
	       channel_number(m->sample, "pages", size) || measurement_bytes(m, size);
}

bool measurement_bytes(const struct measurement *m, uint64_t *bytes)
{
	return channel_number(m->sample, "bytes", bytes);
}

bool measurement_waits(const struct operation *operation)
{
	return !strcmp(operation->name, "interrupt") || !strcmp(operation->name, "hlt-wake");
}

bool measurement_exits(const struct measurement *m, struct ratio *exits)
{
	const json_t *rows = json_object_get(m->measure, "exits"), *row;
	uint64_t count;
	size_t i;

	*exits = (struct ratio){0};
	if (!json_is_array(rows) || !channel_number(m->measure, "iterations", &exits->count))
		return false;
	json_array_foreach (rows, i, row)
		if (channel_number(row, "count", &count))
			exits->sum += count;
	return exits->count != 0;
}

bool measurement_minimum(const struct measurement *m, uint64_t *ticks)
{
	return channel_number(m->sample, "ticks_min", ticks);
}

bool measurement_dearest(const struct measurement *m, uint64_t *ticks)
{
	return channel_number(m->sample, "ticks_min_dearest", ticks) ||
	       measurement_minimum(m, ticks);
}

bool measurement_mean(const struct measurement *m, struct ratio *ticks)
{
	return channel_number(m->sample, "ticks_sum", &ticks->sum) &&
	       channel_number(m->sample, "iterations", &ticks->count) && ticks->count;
}

bool measurement_ticks_in(const struct measurement *m, const char *level, struct ratio *ticks)
{
	return channel_number(json_object_get(m->measure, "ticks"), level, &ticks->sum) &&
	       channel_number(m->measure, "iterations", &ticks->count) && ticks->count;
}

bool measurement_charged(const struct measurement *m, struct ratio *ticks)
{
	return channel_number(m->measure, "charged", &ticks->sum) &&
	       channel_number(m->measure, "iterations", &ticks->count) && ticks->count;
}

bool measurement_uncharged(const struct measurement *m, struct ratio *ticks)
{
	struct ratio charged;

	if (!measurement_mean(m, ticks))
		return false;
	if (!measurement_charged(m, &charged))
		return !m->measure;
	if (charged.count != ticks->count || charged.sum > ticks->sum)
		return false;
	ticks->sum -= charged.sum;
	return true;
}

bool measurement_multiplication(const struct measurement *m, struct ratio *mean, uint64_t *greatest)
{
	const json_t *chains = json_object_get(m->measure, "multiplication");

	return channel_number(chains, "sum", &mean->sum) &&
	       channel_number(chains, "count", &mean->count) && mean->count &&
	       channel_number(chains, "max", greatest);
}

bool measurement_all_ticks(const struct measurement *m, uint64_t *sum)
{
	const json_t *ticks = json_object_get(m->measure, "ticks");
	uint64_t one;
	char level[] = "l0";

	/* L0 to L2 always, and those below that there were; a level has one digit (is_level()). */
	for (*sum = 0; level[1] <= '9'; level[1]++, *sum += one) {
		one = 0;
		if (!channel_number(ticks, level, &one) && level[1] <= '2')
			return false;
	}
	return true;
}

bool measurement_adds_up(const struct measurement *m)
{
	uint64_t sum, elapsed, charged = 0;

	/* Only L0 with a cost model has such ticks. */
	channel_number(m->measure, "charged", &charged);

	return measurement_all_ticks(m, &sum) && channel_number(m->measure, "elapsed", &elapsed) &&
	       sum + charged == elapsed;
}

static void set_percentiles(json_t *object, const char *name, const json_t *histogram,
			    enum histogram_kind kind)
{
	static const struct {
		const char *name;
		unsigned int percent;
	} points[] = {{"p50", 50}, {"p99", 99}};
	json_t *values = json_object();
	uint64_t value;

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		json_object_set_new(values, points[i].name,
				    histogram_percentile(histogram, kind, points[i].percent, &value)
					    ? json_integer((json_int_t)value)
					    : json_string("n/a"));
	json_object_set_new(object, name, values);
}

static void set_ratio(json_t *object, const char *name, bool known, struct ratio ratio)
{
	char text[32];

	ratio_text(text, ratio.sum, known ? ratio.count : 0);
	json_object_set_new(object, name, json_string(text));
}

json_t *measurement_derived(const struct measurement *m)
{
	const json_t *chains = json_object_get(m->measure, "multiplication");
	json_t *object = json_object();
	struct ratio ratio;
	uint64_t greatest;
	bool known;

	known = measurement_exits(m, &ratio);
	set_ratio(object, "exits_per_op", known, ratio);
	known = measurement_mean(m, &ratio);
	set_ratio(object, "ticks_mean", known, ratio);
	known = measurement_multiplication(m, &ratio, &greatest);
	set_ratio(object, "multiplication_mean", known, ratio);
	set_percentiles(object, "ticks", json_object_get(m->sample, "hist"), HISTOGRAM_LOG2);
	set_percentiles(object, "multiplication", json_object_get(chains, "hist"), HISTOGRAM_EXACT);
	return object;
}

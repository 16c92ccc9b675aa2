// SPDX-License-Identifier: Apache-2.0
#include "tables/vcpus.h"
#include "lib/channel.h"

#include <stdint.h>
#include <string.h>

enum rule { SUM, LEAST, GREATEST };

/* Fields that are numbers of one vCPU; what has no row is the same for all, and the first's. */
static const struct {
	const char *name;
	enum rule rule;
} fields[] = {
	{"iterations", SUM},
	{"elapsed", SUM},
	{"charged", SUM},
	{"count", SUM},
	{"sum", SUM},
	{"l0", SUM},
	{"l1", SUM},
	{"l2", SUM},
	{"ticks_sum", SUM},
	{"ticks", SUM},
	{"min", LEAST},
	{"max", GREATEST},
	{"ticks_min", LEAST},
	{"ticks_max", GREATEST},
	{"ticks_min_dearest", GREATEST},
};

static json_int_t joined(enum rule rule, json_int_t one, json_int_t other)
{
	if (rule == SUM)
		return one + other;
	return (rule == LEAST) == (one < other) ? one : other;
}

static void join_number(json_t *to, const char *name, const json_t *value)
{
	const json_t *own = json_object_get(to, name);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(fields[i].name, name) && json_is_integer(own))
			json_object_set_new(
				to, name,
				json_integer(joined(fields[i].rule, json_integer_value(own),
						    json_integer_value(value))));
}

/* The place of a bucket in a histogram in rising order: its own, or that of the next one. */
static size_t bucket_place(const json_t *histogram, json_int_t bucket)
{
	size_t i = 0;

	while (i < json_array_size(histogram) &&
	       json_integer_value(json_array_get(json_array_get(histogram, i), 0)) < bucket)
		i++;
	return i;
}

static void join_histogram(json_t *to, const json_t *from)
{
	const json_t *pair;
	size_t i;

	json_array_foreach (from, i, pair) {
		json_int_t bucket = json_integer_value(json_array_get(pair, 0));
		json_int_t count = json_integer_value(json_array_get(pair, 1));
		size_t at = bucket_place(to, bucket);
		json_t *own = json_array_get(to, at);

		if (own && json_integer_value(json_array_get(own, 0)) == bucket)
			json_array_set_new(
				own, 1,
				json_integer(json_integer_value(json_array_get(own, 1)) + count));
		else
			json_array_insert_new(to, at, json_deep_copy(pair));
	}
}

static bool same_exit(const json_t *one, const json_t *other)
{
	static const char *const keys[] = {"level", "vmcs12", "reason"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_equal(json_object_get(one, keys[i]), json_object_get(other, keys[i])))
			return false;
	return true;
}

static void join(json_t *to, const json_t *from);

static void join_exits(json_t *to, const json_t *from)
{
	const json_t *row;
	size_t i;

	json_array_foreach (from, i, row) {
		size_t at = 0;

		while (at < json_array_size(to) && !same_exit(json_array_get(to, at), row))
			at++;
		if (at < json_array_size(to))
			join(json_array_get(to, at), row);
		else
			json_array_append_new(to, json_deep_copy(row));
	}
}

static void join(json_t *to, const json_t *from)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)from, name, value) {
		json_t *own = json_object_get(to, name);

		if (json_is_integer(value))
			join_number(to, name, value);
		else if (json_is_object(value) && json_is_object(own))
			join(own, value);
		else if (json_is_array(value) && json_is_array(own))
			(strcmp(name, "exits") ? join_histogram : join_exits)(own, value);
	}
}

static bool adds_up(const json_t *event)
{
	const char *type = channel_text(event, "t", "");

	return !strcmp(type, "sample") || !strcmp(type, "measure");
}

/* The line of the sums that @event is part of, or NULL: it is the first of its kind. */
static json_t *find_sum(const json_t *sums, const json_t *event)
{
	static const char *const keys[] = {"t", "level", "id"};
	json_t *sum;
	size_t i;

	json_array_foreach (sums, i, sum) {
		bool same = true;

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			same &= json_equal(json_object_get(sum, keys[k]),
					   json_object_get(event, keys[k])) == 1;
		if (same)
			return sum;
	}
	return NULL;
}

static json_t *number_of(const json_t *event)
{
	json_t *guests = json_object_get(event, "cpu"), *own = json_object_get(event, "vcpu");

	return guests ? guests : own;
}

static bool has_number(const json_t *numbers, const json_t *number)
{
	const json_t *one;
	size_t i;

	json_array_foreach (numbers, i, one)
		if (json_equal(one, number))
			return true;
	return false;
}

static json_t *first_of(const json_t *event)
{
	json_t *sum = json_deep_copy(event);

	json_object_set_new(sum, "vcpus", json_array());
	json_object_set(sum, "ticks_min_dearest", json_object_get(sum, "ticks_min"));
	json_object_del(sum, "cpu");
	json_object_del(sum, "vcpu");
	return sum;
}

static void add(json_t *sums, const json_t *event)
{
	json_t *sum = find_sum(sums, event), *one = first_of(event);

	if (!sum) {
		json_array_append(sums, one);
		sum = one;
	} else if (!has_number(json_object_get(sum, "vcpus"), number_of(event))) {
		join(sum, one);
	} else {
		sum = NULL;
	}
	if (sum)
		json_array_append(json_object_get(sum, "vcpus"), number_of(event));
	json_decref(one);
}

static bool at_once(const json_t *events)
{
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (!strcmp(channel_text(event, "t", ""), "sample") &&
		    json_object_get(event, "cpu"))
			return true;
	return false;
}

json_t *vcpus_add_up(const json_t *events)
{
	json_t *sums = at_once(events) ? json_array() : NULL, *event;
	size_t i;

	if (!sums)
		return NULL;
	json_array_foreach (events, i, event) {
		if (adds_up(event) && number_of(event))
			add(sums, event);
		else
			json_array_append(sums, event);
	}
	return sums;
}

// SPDX-License-Identifier: Apache-2.0
/* Lines of the profile, by address, to functions. */
#include "tables/profile.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "tables/symbols.h"

#include <stdlib.h>
#include <string.h>

static const char *const place_names[] = {"function", "file", "in", "unit"};

#define PLACE_NAMES (sizeof(place_names) / sizeof(place_names[0]))

/* L0's own lines are checked like any other's. */
static uint64_t *read_addresses(const json_t *pairs)
{
	uint64_t *addresses = calloc(json_array_size(pairs) + 1, sizeof(*addresses));
	const json_t *pair;
	size_t i;

	json_array_foreach (pairs, i, pair) {
		json_int_t address = json_integer_value(json_array_get(pair, 0));
		json_int_t ticks = json_integer_value(json_array_get(pair, 1));

		if (address <= 0 || ticks <= 0) {
			free(addresses);
			return NULL;
		}
		addresses[i] = (uint64_t)address;
	}
	return addresses;
}

/* Ticks of a place to those that it has already; the key is all that tells places apart. */
static void add_ticks(json_t *functions, const json_t *place, json_int_t ticks)
{
	char *key = text_format("%s\n%s\n%s\n%s", channel_text(place, "function", "??"),
				channel_text(place, "file", "??"), channel_text(place, "in", "??"),
				channel_text(place, "unit", "??"));
	json_t *row = json_object_get(functions, key);

	if (!row) {
		row = json_object();
		for (size_t i = 0; i < PLACE_NAMES; i++)
			json_object_set(row, place_names[i],
					json_object_get(place, place_names[i]));
		json_object_set_new(functions, key, row);
	}
	ticks += json_integer_value(json_object_get(row, "ticks"));
	json_object_set_new(row, "ticks", json_integer(ticks));
	free(key);
}

static void add_stub(json_t *functions, const json_t *event)
{
	json_int_t stub = json_integer_value(json_object_get(event, "stub"));
	json_int_t exits = json_integer_value(json_object_get(event, "exits"));
	json_t *place = json_object();

	for (size_t i = 0; i < PLACE_NAMES; i++)
		json_object_set_new(place, place_names[i],
				    json_string(i % 2 ? "l0/loop/exit.S" : "vmx_exit (stub)"));
	add_ticks(functions, place, stub * exits);
	json_decref(place);
}

/* The most ticks first; the name decides where they are equal. */
static int by_ticks(const void *one, const void *other)
{
	const json_t *a = *(json_t *const *)one, *b = *(json_t *const *)other;
	json_int_t difference = json_integer_value(json_object_get(b, "ticks")) -
				json_integer_value(json_object_get(a, "ticks"));
	int order = (difference > 0) - (difference < 0);

	for (size_t i = 0; order == 0 && i < PLACE_NAMES; i++)
		order = strcmp(channel_text(a, place_names[i], ""),
			       channel_text(b, place_names[i], ""));
	return order;
}

static json_t *ranked(json_t *functions)
{
	size_t count = 0;
	json_t **rows = calloc(json_object_size(functions) + 1, sizeof(*rows)), *row;
	json_t *array = json_array();
	const char *key;

	json_object_foreach (functions, key, row)
		rows[count++] = row;
	qsort(rows, count, sizeof(*rows), by_ticks);
	for (size_t i = 0; i < count; i++)
		json_array_append(array, rows[i]);
	free(rows);
	return array;
}

static int resolve(json_t *event, const char *program)
{
	const json_t *pairs = json_object_get(event, "ticks"), *place;
	uint64_t *addresses = read_addresses(pairs);
	json_t *places = json_array(), *functions = json_object();
	int status;
	size_t i;

	if (addresses)
		status = symbols_find(program, addresses, json_array_size(pairs), places);
	else
		status = give_up(STATUS_NO_RESULT, "L0 sent a profile with a count that is none");
	json_array_foreach (places, i, place)
		add_ticks(functions, place,
			  json_integer_value(json_array_get(json_array_get(pairs, i), 1)));
	add_stub(functions, event);
	json_object_set_new(event, "functions", ranked(functions));
	json_object_del(event, "ticks");
	json_decref(functions);
	json_decref(places);
	free(addresses);
	return status;
}

int profile_resolve(json_t *runs, const char *program)
{
	json_t *run, *event;
	int status = 0;
	size_t r, e;

	json_array_foreach (runs, r, run)
		json_array_foreach (json_object_get(run, "events"), e, event)
			if (status == 0 && json_object_get(event, "ticks") &&
			    !strcmp(channel_text(event, "t", ""), "profile"))
				status = resolve(event, program);
	return status;
}

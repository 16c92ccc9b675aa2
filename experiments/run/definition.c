// SPDX-License-Identifier: Apache-2.0
/* What a definition may say: every key with its type, so that a slip costs a line and not a run. */
#include "run/definition.h"
#include "engines/engine.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "tables/measurement.h"
#include "tables/quantity.h"

#include <stdlib.h>
#include <string.h>

struct rule {
	const char *key;
	json_type type; /* JSON_TRUE: either truth; JSON_NULL: a text or texts */
	bool required;
};

static const struct rule of_definition[] = {
	{"title", JSON_STRING, false},     {"paper", JSON_STRING, false},
	{"about", JSON_ARRAY, false},      {"headlines", JSON_ARRAY, false},
	{"published", JSON_STRING, false}, {"figure", JSON_STRING, false},
	{"table", JSON_STRING, false},     {"peer", JSON_STRING, false},
	{"peer_runs", JSON_ARRAY, false},  {"knobs", JSON_ARRAY, false},
	{"operations", JSON_ARRAY, false}, {"goals", JSON_ARRAY, false},
	{"markers", JSON_OBJECT, false},   {"runs", JSON_ARRAY, true},
	{NULL, JSON_NULL, false},
};

static const struct rule of_run[] = {
	{"name", JSON_STRING, false},       {"level", JSON_STRING, true},
	{"l0", JSON_STRING, true},          {"l1", JSON_STRING, false},
	{"kernel", JSON_STRING, true},      {"initrd", JSON_NULL, false},
	{"l1_words", JSON_TRUE, false},     {"words", JSON_STRING, false},
	{"iterations", JSON_STRING, false}, {"knobs", JSON_ARRAY, false},
	{"each", JSON_OBJECT, false},       {"ends", JSON_STRING, false},
	{"status", JSON_INTEGER, false},    {"room", JSON_INTEGER, false},
	{"operations", JSON_ARRAY, false},  {"neighbour", JSON_OBJECT, false},
	{"disk", JSON_STRING, false},       {NULL, JSON_NULL, false},
};

static const struct rule of_neighbour[] = {
	{"kernel", JSON_STRING, true}, {"initrd", JSON_NULL, false}, {"l1_words", JSON_TRUE, false},
	{"words", JSON_STRING, false}, {"knobs", JSON_ARRAY, false}, {"disk", JSON_STRING, false},
	{NULL, JSON_NULL, false},
};

static const struct rule of_goal[] = {
	{"goal", JSON_STRING, true},
	{"quantity", JSON_STRING, true},
	{"operation", JSON_STRING, false},
	{"level", JSON_STRING, false},
	{"vmcs", JSON_STRING, false},
	{"mmu", JSON_STRING, false},
	{"vcpus", JSON_STRING, false},
	{"run", JSON_STRING, false},
	{"interrupts", JSON_STRING, false},
	{"size", JSON_INTEGER, false},
	{"peer_run", JSON_STRING, false},
	{"of_run", JSON_STRING, false},
	{"of_vcpus", JSON_STRING, false},
	{"above_run", JSON_STRING, false},
	{"of_operation", JSON_STRING, false},
	{"at_most", JSON_INTEGER, false},
	{"at_least", JSON_INTEGER, false},
	{"part_of_peer", JSON_INTEGER, false},
	{NULL, JSON_NULL, false},
};

static const char *type_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array",
		[JSON_STRING] = "a text",      [JSON_INTEGER] = "a whole number",
		[JSON_TRUE] = "true or false", [JSON_NULL] = "a text or an array of texts",
	};

	return names[type];
}

static const struct rule *find_rule(const struct rule *rules, const char *key)
{
	for (; rules->key; rules++)
		if (!strcmp(rules->key, key))
			return rules;
	return NULL;
}

static bool is_texts(const json_t *array)
{
	const json_t *text;
	size_t i;

	json_array_foreach (array, i, text)
		if (!json_is_string(text))
			return false;
	return true;
}

static bool has_type(const json_t *value, json_type type)
{
	if (type == JSON_NULL)
		return json_is_string(value) || (json_is_array(value) && is_texts(value));
	return type == JSON_TRUE ? json_is_boolean(value) : json_typeof(value) == type;
}

static int check_keys(const json_t *object, const struct rule *rules, const char *path,
		      const char *where)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return complain("%s: %s is not an object", path, where);
	json_object_foreach ((json_t *)object, key, value) {
		const struct rule *rule = find_rule(rules, key);

		if (!rule)
			return complain("%s: \"%s\" of %s is not known; experiments/README.md has "
					"the keys",
					path, key, where);
		if (!has_type(value, rule->type))
			return complain("%s: \"%s\" of %s is not %s", path, key, where,
					type_name(rule->type));
	}
	for (; rules->key; rules++)
		if (rules->required && !json_object_get(object, rules->key))
			return complain("%s: %s has no \"%s\"", path, where, rules->key);
	return 0;
}

static int check_operations(const json_t *definition, const char *path)
{
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(definition, "operations"), i, name)
		if (!json_is_string(name) || !operation_find(json_string_value(name)))
			return complain("%s: operation \"%s\" is not known; markers of your own "
					"are for \"table\": \"marks\"",
					path, json_is_string(name) ? json_string_value(name) : "?");
	return 0;
}

/* A bound is one number that is none below 0; of the peer's number it is a part. */
static int check_bound(const json_t *goal, const char *path, const char *where)
{
	static const char *const bounds[] = {"at_most", "at_least", "part_of_peer"};
	uint64_t value;
	size_t given = 0;

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		if (!json_object_get(goal, bounds[i]))
			continue;
		given++;
		if (!channel_number(goal, bounds[i], &value))
			return complain("%s: \"%s\" of %s is less than 0", path, bounds[i], where);
	}
	if (given != 1)
		return complain("%s: %s needs one of at_most, at_least, part_of_peer", path, where);
	if (json_object_get(goal, "part_of_peer") &&
	    (json_object_get(goal, "of_run") || json_object_get(goal, "of_vcpus")))
		return complain("%s: %s is part of the peer's number or of ours, not of both", path,
				where);
	return 0;
}

static int check_goal(const json_t *goal, const char *path, const char *where)
{
	const char *operation = channel_text(goal, "operation", "");
	const char *near = channel_text(goal, "of_operation", operation);
	const char *quantity = channel_text(goal, "quantity", "");
	int status = check_keys(goal, of_goal, path, where);

	if (status)
		return status;
	if (!quantity_of_run(quantity) && (!operation_find(operation) || !operation_find(near)))
		return complain("%s: operation \"%s\" of %s is not known", path,
				operation_find(operation) ? near : operation, where);
	if (!quantity_known(quantity))
		return complain(
			"%s: quantity \"%s\" of %s is not known; tables/quantity.h has them", path,
			quantity, where);
	return check_bound(goal, path, where);
}

static int check_goals(const json_t *definition, const char *path)
{
	const json_t *goal;
	int status = 0;
	size_t i;

	json_array_foreach (json_object_get(definition, "goals"), i, goal) {
		char where[32];

		snprintf(where, sizeof(where), "goal %zu", i + 1);
		status = check_goal(goal, path, where);
		if (status)
			break;
	}
	return status;
}

/* The machine beside a run's: L0 makes it. */
static int check_neighbour(const json_t *run, const char *path, const char *where)
{
	const json_t *neighbour = json_object_get(run, "neighbour");
	char *whose = text_format("the neighbour of %s", where);
	int status = neighbour ? check_keys(neighbour, of_neighbour, path, whose) : 0;

	if (status == 0 && !is_texts(json_object_get(neighbour, "knobs")))
		status = complain("%s: \"knobs\" of %s are texts KEY=VALUE", path, whose);
	if (status == 0 && neighbour && strcmp(channel_text(run, "l0", ""), "testudo") != 0)
		status = complain("%s: %s needs \"l0\": \"testudo\"", path, whose);
	free(whose);
	return status;
}

/* Of a run: who owns the machine, and how it must end. */
static int check_run(const json_t *run, const char *path, const char *where)
{
	const char *l0 = channel_text(run, "l0", ""), *ends = channel_text(run, "ends", "poweroff");
	int status = check_keys(run, of_run, path, where);

	if (status)
		return status;
	if (strcmp(l0, "testudo") != 0 && strcmp(l0, "none") != 0)
		return complain("%s: \"l0\" of %s is \"%s\"; there are: testudo, none", path, where,
				l0);
	if (!outcome_known(ends))
		return complain("%s: \"ends\" of %s is \"%s\", which no run does", path, where,
				ends);
	return check_neighbour(run, path, where);
}

int definition_check(const json_t *definition, const char *path)
{
	const json_t *runs = json_object_get(definition, "runs"), *run;
	int status = check_keys(definition, of_definition, path, "the definition");
	size_t i;

	if (status == 0 && !json_array_size(runs))
		return complain("%s: \"runs\" is empty; give at least one", path);
	if (status == 0 && !is_texts(json_object_get(definition, "knobs")))
		return complain("%s: \"knobs\" are texts KEY=VALUE", path);
	if (status == 0)
		status = check_operations(definition, path);
	if (status == 0)
		status = check_goals(definition, path);
	json_array_foreach (runs, i, run) {
		char where[32];

		if (status)
			break;
		snprintf(where, sizeof(where), "run %zu", i + 1);
		status = check_run(run, path, where);
		if (status == 0 && !is_texts(json_object_get(run, "knobs")))
			status = complain("%s: \"knobs\" of %s are texts KEY=VALUE", path, where);
	}
	return status;
}

size_t definition_modules(const json_t *run, const char *modules[])
{
	const json_t *initrd = json_object_get(run, "initrd"), *one;
	size_t i, count = 0;

	if (json_is_string(initrd))
		modules[count++] = json_string_value(initrd);
	json_array_foreach (initrd, i, one)
		if (json_is_string(one) && count < RUN_MODULES_MAX)
			modules[count++] = json_string_value(one);
	return count;
}

// SPDX-License-Identifier: Apache-2.0
#include "machine/knobs.h"
#include "lib/complain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts by name: a text for a knob that L0 does not have does not compile. */
enum knob_id {
#define KNOB_NUMBER(name, initial, low, high) KNOB_##name,
#define KNOB_CHOICE(name, initial, ...)       KNOB_##name,
#include "../l0/knobs.def"
	KNOBS_OF_L0,
};

static const struct {
	const char *about, *source;
} texts[KNOBS_OF_L0] = {
#define KNOB_ABOUT(name, about, source) [KNOB_##name] = {about, source},
#define KNOB_OWN(name, initial, low, high, about, source)
#include "machine/knobs.def"
#undef KNOB_ABOUT
#undef KNOB_OWN
};

const struct knob knob_rows[] = {
#define KNOB_NUMBER(name, initial, low, high) {#name, #initial, NULL, NULL, false, low, high, {0}},
#define KNOB_CHOICE(name, initial, ...)                                                            \
	{#name, initial, NULL, NULL, false, 0, 0, {initial, __VA_ARGS__}},
#include "../l0/knobs.def"
#define KNOB_ABOUT(name, about, source)
#define KNOB_OWN(name, initial, low, high, about, source)                                          \
	{#name, #initial, about, source, true, low, high, {0}},
#include "machine/knobs.def"
};

const size_t knob_count = sizeof(knob_rows) / sizeof(knob_rows[0]);

_Static_assert(sizeof(knob_rows) / sizeof(knob_rows[0]) <=
		       sizeof(((struct knob_settings *)0)->value) / sizeof(char *),
	       "struct knob_settings has a place for every knob");

static size_t find_knob(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < knob_count; i++)
		if (strlen(knob_rows[i].name) == length &&
		    !strncmp(knob_rows[i].name, name, length))
			break;
	return i;
}

static const char *option_of(const struct knob_settings *settings)
{
	return settings->option ? settings->option : "set";
}

static int check_number(const char *option, const struct knob *knob, const char *value)
{
	unsigned long long number;

	errno = 0;
	number = strtoull(value, NULL, 10);
	if (!*value || strspn(value, "0123456789") != strlen(value) || errno ||
	    number < knob->low || number > knob->high)
		return complain("--%s %s: \"%s\" is not a number from %" PRIu64 " to %" PRIu64,
				option, knob->name, value, knob->low, knob->high);
	return 0;
}

static int check_choice(const char *option, const struct knob *knob, const char *value)
{
	char choices[256] = "";
	size_t used = 0;

	for (size_t i = 0; knob->choices[i]; i++) {
		if (!strcmp(knob->choices[i], value))
			return 0;
		used += (size_t)snprintf(choices + used, sizeof(choices) - used, "%s%s",
					 i ? ", " : "", knob->choices[i]);
	}
	return complain("--%s %s: unknown value \"%s\"; there are: %s", option, knob->name, value,
			choices);
}

int knobs_set(struct knob_settings *settings, const char *setting)
{
	size_t length = strcspn(setting, "=");
	size_t i = find_knob(setting, length);
	const char *value = setting + length + 1, *option = option_of(settings);
	int status;

	if (!setting[length] || !length)
		return complain("--%s: \"%s\" is not KEY=VALUE", option, setting);
	if (i == knob_count)
		return complain("--%s: unknown knob \"%.*s\"; testudo list shows the knobs", option,
				(int)length, setting);
	status = knob_rows[i].choices[0] ? check_choice(option, &knob_rows[i], value)
					 : check_number(option, &knob_rows[i], value);
	if (status == 0)
		settings->value[i] = value;
	return status;
}

bool knobs_know(const char *setting)
{
	size_t length = strcspn(setting, "="), i = find_knob(setting, length);

	if (i == knob_count || !setting[length])
		return false;
	for (size_t c = 0; knob_rows[i].choices[c]; c++)
		if (!strcmp(knob_rows[i].choices[c], setting + length + 1))
			return true;
	return !knob_rows[i].choices[0];
}

int knobs_set_all(struct knob_settings *settings, const char *const words[], size_t count)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < count; i++)
		status = knobs_set(settings, words[i]);
	return status;
}

static const char *value_at(const struct knob_settings *settings, size_t i)
{
	return settings->value[i] ? settings->value[i] : knob_rows[i].initial;
}

const char *knob_value(const struct knob_settings *settings, const char *name)
{
	size_t i = find_knob(name, strlen(name));

	return i == knob_count ? NULL : value_at(settings, i);
}

uint64_t knob_number(const struct knob_settings *settings, const char *name)
{
	const char *value = knob_value(settings, name);

	return value ? strtoull(value, NULL, 10) : 0;
}

static bool is(const struct knob_settings *settings, const char *name, const char *value)
{
	return !strcmp(knob_value(settings, name), value);
}

int knobs_agree(const struct knob_settings *settings)
{
#define IS(knob, value)               is(settings, #knob, value)
#define IS_NOT(knob, value)           !is(settings, #knob, value)
#define IS_EITHER(knob, value, other) (is(settings, #knob, value) || is(settings, #knob, other))
#define EQUALS(knob, value)           (knob_number(settings, #knob) == (value))
#define ABOVE(knob, value)            (knob_number(settings, #knob) > (value))
#define KNOB_NEEDS(when, what, why)                                                                \
	if ((when) && !(what))                                                                     \
		return complain("--%s: %s", option_of(settings), why);
#include "../l0/knob_needs.def"
	return 0;
}

char *knobs_command_line(const struct knob_settings *settings, const char *prefix)
{
	char *line = text_format("%s", "");

	for (size_t i = 0; i < knob_count; i++)
		if (!knob_rows[i].own && settings->value[i])
			line = text_longer(line, "%s%s%s=%s", *line ? " " : "", prefix,
					   knob_rows[i].name, settings->value[i]);
	return line;
}

/* JSON's integers end at 2^63; a greater number is told as text. */
static json_t *number_json(const char *value)
{
	unsigned long long number = strtoull(value, NULL, 10);

	return number > INT64_MAX ? json_string(value) : json_integer((json_int_t)number);
}

json_t *knobs_json(const struct knob_settings *settings)
{
	json_t *object = json_object();

	for (size_t i = 0; i < knob_count; i++) {
		const char *value = value_at(settings, i);

		json_object_set_new(object, knob_rows[i].name,
				    knob_rows[i].choices[0] ? json_string(value)
							    : number_json(value));
	}
	return object;
}

static void list_values(const struct knob *knob)
{
	printf("    ");
	if (!knob->choices[0])
		printf("%" PRIu64 " to %" PRIu64, knob->low, knob->high);
	for (size_t i = 0; knob->choices[i]; i++)
		printf("%s%s", i ? ", " : "", knob->choices[i]);
}

const char *knob_about(int i)
{
	return knob_rows[i].own ? knob_rows[i].about : texts[i].about;
}

void knobs_list(void)
{
	for (size_t i = 0; i < knob_count; i++) {
		const struct knob *knob = &knob_rows[i];
		const char *about = knob_about((int)i);
		const char *source = knob->own ? knob->source : texts[i].source;

		printf("  %s=%s  %s\n", knob->name, knob->initial, about ? about : "");
		list_values(knob);
		printf("  (%s)\n", source ? source : "");
	}
}

// SPDX-License-Identifier: Apache-2.0
#include "knobs.h"
#include "lib/print.h"
#include "lib/string.h"

#define CHOICES_MAX 6

/* One row per knob; a number has no choices. */
struct row {
	const char *name;
	uint64_t low, high;
	const char *choice[CHOICES_MAX + 1];
};

static const struct row rows[] = {
#define KNOB_NUMBER(name, initial, low, high) {#name, low, high, {0}},
#define KNOB_CHOICE(name, initial, ...)       {#name, 0, 0, {initial, __VA_ARGS__}},
#include "knobs.def"
};

/* The same order as rows[]. */
union value {
	uint64_t number;
	const char *choice;
};

_Static_assert(sizeof(struct knobs) == sizeof(rows) / sizeof(rows[0]) * sizeof(union value),
	       "struct knobs is an array of values in row order");

bool knob_is(const char *value, const char *choice)
{
	return strlen(value) == strlen(choice) && !strncmp(value, choice, strlen(choice));
}

static bool parse_number(const char *text, size_t length, uint64_t *out)
{
	uint64_t value = 0;

	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static bool set(const struct row *row, union value *v, const char *text, size_t length)
{
	uint64_t number;

	if (!row->choice[0]) {
		if (!parse_number(text, length, &number) || number < row->low || number > row->high)
			return false;
		v->number = number;
		return true;
	}
	for (unsigned i = 0; row->choice[i]; i++)
		if (strlen(row->choice[i]) == length && !strncmp(row->choice[i], text, length)) {
			v->choice = row->choice[i];
			return true;
		}
	return false;
}

/* key=value for one machine. */
static bool set_knob(struct knobs *knobs, const char *word, size_t length)
{
	union value *values = (union value *)knobs;
	size_t key = 0;

	while (key < length && word[key] != '=')
		key++;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == key && !strncmp(rows[i].name, word, key) &&
		    key < length && set(&rows[i], &values[i], word + key + 1, length - key - 1))
			return true;
	return false;
}

static bool begins(const char *word, size_t length, const char *with)
{
	return length >= strlen(with) && !strncmp(word, with, strlen(with));
}

static bool set_word(struct settings *out, const char *word, size_t length)
{
	static const char count[] = "neighbour=", knob[] = "neighbour.";
	const size_t skip = sizeof(count) - 1;

	_Static_assert(sizeof(count) == sizeof(knob), "one length to skip");
	if (begins(word, length, count))
		return parse_number(word + skip, length - skip, &out->neighbour) && out->neighbour;
	if (!begins(word, length, knob))
		return set_knob(&out->machine[0], word, length);
	out->neighbour_named = true;
	return set_knob(&out->machine[1], word + skip, length - skip);
}

static bool parse_word(struct settings *out, const char *word, size_t length)
{
	char text[128];

	if (set_word(out, word, length))
		return true;
	string_copy(text, word, length + 1 < sizeof(text) ? length + 1 : sizeof(text));
	say("bad knob: %s (key=value, neighbour.key=value or neighbour=modules, see l0/knobs.def)",
	    text);
	return false;
}

static const struct knobs initial_knobs = {
#define KNOB_NUMBER(name, initial, low, high) .name = initial,
#define KNOB_CHOICE(name, initial, ...)       .name = initial,
#include "knobs.def"
};

bool knobs_parse(struct settings *out, const char *cmdline)
{
	*out = (struct settings){.machine = {initial_knobs, initial_knobs}};
	while (*cmdline) {
		size_t length = 0;

		while (cmdline[length] && cmdline[length] != ' ')
			length++;
		if (length && !parse_word(out, cmdline, length))
			return false;
		cmdline += length;
		while (*cmdline == ' ')
			cmdline++;
	}
	if (out->neighbour || !out->neighbour_named)
		return true;
	say("a knob of the neighbour's, but no neighbour: neighbour=N says how many modules are "
	    "its");
	return false;
}

const char *knobs_refuse(const struct knobs *k)
{
#define IS(knob, value)               knob_is(k->knob, value)
#define IS_NOT(knob, value)           !knob_is(k->knob, value)
#define IS_EITHER(knob, value, other) (knob_is(k->knob, value) || knob_is(k->knob, other))
#define EQUALS(knob, value)           (k->knob == (value))
#define ABOVE(knob, value)            (k->knob > (value))
#define KNOB_NEEDS(when, what, why)                                                                \
	if ((when) && !(what))                                                                     \
		return why;
#include "knob_needs.def"
	return NULL;
}

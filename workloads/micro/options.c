// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include "cpus.h"
#include "operations.h"

// A piece of the command line; not terminated.
struct word {
	const char *at;
	size_t length;
};

static bool same(struct word word, const char *text)
{
	for (size_t i = 0; i < word.length; i++)
		if (text[i] == '\0' || word.at[i] != text[i])
			return false;
	return text[word.length] == '\0';
}

// Takes the piece before the next `separator` off the front of *rest.
static struct word take(struct word *rest, char separator)
{
	struct word piece = {rest->at, 0};

	while (piece.length < rest->length && rest->at[piece.length] != separator)
		piece.length++;
	rest->at += piece.length;
	rest->length -= piece.length;
	if (rest->length > 0) {
		rest->at++;
		rest->length--;
	}
	return piece;
}

static void copy(char *to, size_t room, struct word word)
{
	size_t n = word.length < room ? word.length : room - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = word.at[i];
	to[n] = '\0';
}

static bool set_operations(struct options *options, struct word value)
{
	options->operations = 0;
	while (value.length > 0) {
		struct word name = take(&value, ',');
		uint64_t bit = 0;

		for (size_t i = 0; i < operation_count; i++)
			if (same(name, operations[i].name))
				bit = 1ull << operations[i].id;
		if (bit == 0)
			return false;
		options->operations |= bit;
	}
	return options->operations != 0;
}

static bool set_iterations(struct options *options, struct word value)
{
	uint64_t n = 0;

	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(value.at[i] - '0');
		if (n > UINT32_MAX) // the END marker has 32 bits for it
			return false;
	}
	options->iterations = n;
	return n != 0;
}

static bool set_cpus(struct options *options, struct word value)
{
	if (value.length != 1 || value.at[0] < '1' || value.at[0] > '0' + CPUS_MAX)
		return false;
	options->cpus = (unsigned int)(value.at[0] - '0');
	return true;
}

static bool set_end(struct options *options, struct word value)
{
	static const char *const names[] = {
		[END_DEBUG_EXIT] = "debug-exit", [END_HALT] = "halt", [END_POWEROFF] = "poweroff"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (same(value, names[i])) {
			options->end = (enum end)i;
			return true;
		}
	}
	return false;
}

static bool set_level(struct options *options, struct word value)
{
	static const char *const levels[] = {"bare", "L1", "L2", "L3"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (same(value, levels[i])) {
			copy(options->level, sizeof(options->level), value);
			return true;
		}
	}
	return false;
}

static const struct {
	const char *key;
	bool (*set)(struct options *options, struct word value);
} keys[] = {
	{"ops", set_operations}, {"n", set_iterations}, {"cpus", set_cpus},
	{"end", set_end},        {"level", set_level},
};

static bool set(struct options *options, struct word word)
{
	struct word value = word, key = take(&value, '=');

	if (same(word, "verbose")) {
		options->verbose = true;
		return true;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (same(key, keys[i].key))
			return keys[i].set(options, value);
	return false;
}

static bool has_equals(struct word word)
{
	for (size_t i = 0; i < word.length; i++)
		if (word.at[i] == '=')
			return true;
	return false;
}

bool options_parse(struct options *options, const char *line)
{
	struct word rest = {line, 0};
	bool first = true;

	*options = (struct options){.operations = UINT64_MAX, .cpus = 1};
	while (line[rest.length] != '\0')
		rest.length++;
	while (rest.length > 0) {
		struct word word = take(&rest, ' ');

		if (word.length == 0)
			continue;
		// QEMU gives the file's name as the first word, GRUB and L0 do not.
		if (!set(options, word) && !(first && !has_equals(word))) {
			copy(options->wrong, sizeof(options->wrong), word);
			return false;
		}
		first = false;
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything that an experiment can turn: one row per knob, from l0/knobs.def and knobs.def. */

#define KNOB_CHOICES 8

struct knob {
	const char *name;
	const char *initial;
	const char *about;
	const char *source;
	bool own;                          /* the harness', not L0's */
	uint64_t low, high;                /* of a number */
	const char *choices[KNOB_CHOICES]; /* NULL-terminated; none for a number */
};

struct knob_settings {
	const char *option;    /* that they come by, for complaints; NULL: set */
	const char *value[64]; /* in the order of knob_rows; NULL: the initial value */
};

extern const struct knob knob_rows[];
extern const size_t knob_count;

/* Takes one KEY=VALUE. 0, or a status after a complaint. */
int knobs_set(struct knob_settings *settings, const char *setting);
/* Would it? Without a complaint. */
bool knobs_know(const char *setting);
/* Takes all; the same. */
int knobs_set_all(struct knob_settings *settings, const char *const texts[], size_t count);

/* Do they go together (l0/knob_needs.def)? 0, or a status after a complaint. */
int knobs_agree(const struct knob_settings *settings);

const char *knob_value(const struct knob_settings *settings, const char *name);
uint64_t knob_number(const struct knob_settings *settings, const char *name);

/* L0's command line: what was set, as key=value words behind @prefix. The caller frees it. */
char *knobs_command_line(const struct knob_settings *settings, const char *prefix);
/* Every knob with its value, for result.json. */
json_t *knobs_json(const struct knob_settings *settings);
void knobs_list(void);
/* What a knob does; NULL for one that has no line in knobs.def. */
const char *knob_about(int i);

// SPDX-License-Identifier: Apache-2.0
#include "machine/variants.h"
#include "lib/channel.h"
#include "lib/complain.h"

#include <string.h>

/* Appends @run as it is with each combination of the knobs from @at on. */
static void combine(json_t *runs, const json_t *run, json_t *each, void *at)
{
	const json_t *value;
	size_t i;

	if (!at) {
		json_array_append_new(runs, json_deep_copy(run));
		return;
	}
	json_array_foreach (json_object_iter_value(at), i, value) {
		json_t *one = json_deep_copy(run);
		json_t *knobs = json_object_get(one, "knobs");

		json_array_append_new(knobs, json_sprintf("%s=%s", json_object_iter_key(at),
							  json_string_value(value)));
		combine(runs, one, each, json_object_iter_next(each, at));
		json_decref(one);
	}
}

void variants_expand(json_t *definition)
{
	json_t *runs = json_array(), *run;
	size_t i;

	json_array_foreach (json_object_get(definition, "runs"), i, run) {
		json_t *each = json_incref(json_object_get(run, "each"));
		json_t *bare = json_copy(run);

		json_object_del(bare, "each");
		if (each && !json_object_get(bare, "knobs"))
			json_object_set_new(bare, "knobs", json_array());
		combine(runs, bare, each, json_object_iter(each));
		json_decref(bare);
		json_decref(each);
	}
	json_object_set_new(definition, "runs", runs);
}

int variants_knobs(const json_t *holder, struct knob_settings *settings)
{
	const json_t *text;
	int status = 0;
	size_t i;

	json_array_foreach (json_object_get(holder, "knobs"), i, text)
		if (status == 0)
			status = knobs_set(settings, json_string_value(text));
	return status;
}

/* KEY=VALUE: up to the sign they must be the same. */
static bool same_key(const char *one, const char *other)
{
	size_t length = strcspn(one, "=");

	return length == strcspn(other, "=") && !strncmp(one, other, length);
}

int variants_check(const json_t *definition, const char *const settings[], size_t count)
{
	const json_t *run, *text;
	size_t r, t;

	for (size_t i = 0; i < count; i++)
		json_array_foreach (json_object_get(definition, "runs"), r, run)
			json_array_foreach (json_object_get(run, "knobs"), t, text)
				if (same_key(settings[i], json_string_value(text)))
					return complain("--set %s: the runs of this experiment "
							"differ in it; leave it out",
							settings[i]);
	return 0;
}

const char *variants_value(const json_t *run, const char *name)
{
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(run, "knobs"), i, text)
		if (same_key(json_string_value(text), name))
			return strchr(json_string_value(text), '=') + 1;
	return "n/a";
}

int variants_agree(const json_t *definition, const struct knob_settings *settings)
{
	const json_t *run;
	int status = 0;
	size_t r;

	json_array_foreach (json_object_get(definition, "runs"), r, run) {
		struct knob_settings all = *settings;

		if (status || variants_missing(run))
			continue;
		status = variants_knobs(run, &all);
		if (status == 0)
			status = knobs_agree(&all);
	}
	return status;
}

const char *variants_missing(const json_t *run)
{
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(run, "knobs"), i, text)
		if (!knobs_know(json_string_value(text)))
			return json_string_value(text);
	return NULL;
}

json_t *variants_absent(const json_t *run)
{
	static const char *const copied[] = {"name", "level", "l0", "l1", "knobs", "operations"};
	json_t *absent = json_object();

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(absent, copied[i], json_object_get(run, copied[i]));
	json_object_set_new(absent, "missing", json_string(variants_missing(run)));
	return absent;
}

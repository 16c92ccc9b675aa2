// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "machine/charge.h"
#include "machine/images.h"
#include "machine/variants.h"
#include "report/figure.h"
#include "report/kinds.h"
#include "run/definition.h"
#include "run/experiment.h"
#include "run/peer.h"
#include "run/provenance.h"
#include "run/run.h"
#include "tables/profile.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct request, name)
#define RUN_TIMEOUT 1800 /* wall seconds for one run, unless --timeout says otherwise */

static const struct option_row options[] = {
	{"set", OPTION_SETTING, FIELD(settings), "KEY=VALUE",
	 "a knob (testudo list); may be repeated", 0, 0},
	{"engine", OPTION_TEXT, FIELD(engine), "E", "bochs, fast, stock or kvm", 0, 0},
	{"out", OPTION_TEXT, FIELD(out), "DIR", "the result's place (.build/results/EXPERIMENT)", 0,
	 0},
	{"peer", OPTION_TEXT, FIELD(peer), "P", "kvm: that hypervisor as L0 too, side by side", 0,
	 0},
	{"definition", OPTION_FILE, FIELD(definition), "FILE", "an experiment of your own", 0, 0},
	{"timeout", OPTION_NUMBER, FIELD(timeout), "S", "wall seconds for each run", 1, 1000000},
	{0},
};

static char *published_path(const char *name)
{
	return text_format("%s/experiments/published/%s.json", tree_top(), name);
}

static json_t *load_published(const json_t *definition)
{
	char *path = published_path(channel_text(definition, "published", ""));
	json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

	free(path);
	return object ? object : json_object();
}

/* Every image is looked for before the first run: a missing one costs a line, not minutes. */
static int check_image(const char *text)
{
	char *name = image_name(text), *path = image_path(name);
	int status = path ? 0 : STATUS_BAD_INPUT;

	free(name);
	free(path);
	return status;
}

/* Of a run, or of the neighbour of one. */
static int check_guest(const json_t *guest)
{
	const char *modules[RUN_MODULES_MAX];
	size_t count = definition_modules(guest, modules);
	const char *disk = channel_text(guest, "disk", NULL);
	int status = check_image(channel_text(guest, "kernel", ""));

	for (size_t m = 0; status == 0 && m < count; m++)
		status = check_image(modules[m]);
	return status || !disk ? status : check_image(disk);
}

static int check_images(const json_t *definition)
{
	const json_t *run;
	int status = check_image("l0");
	size_t i;

	json_array_foreach (json_object_get(definition, "runs"), i, run) {
		const json_t *neighbour = json_object_get(run, "neighbour");

		if (status == 0)
			status = check_guest(run);
		if (status == 0 && neighbour)
			status = check_guest(neighbour);
	}
	return status;
}

/* A run that this L0 has no knob for stands in the result as absent: it comes when the knob does.
 */
static int run_one(json_t *one, const struct engine *engine, const struct knob_settings *settings,
		   double timeout, json_t *runs, json_t *hosts)
{
	json_t *run, *host;
	int status;

	if (variants_missing(one)) {
		json_array_append_new(runs, variants_absent(one));
		return 0;
	}
	run = json_object();
	host = json_object();
	json_object_set(run, "name", json_object_get(one, "name"));
	json_object_set(run, "l1", json_object_get(one, "l1"));
	json_object_set(run, "knobs", json_object_get(one, "knobs"));
	if (json_object_get(one, "neighbour"))
		json_object_set(run, "neighbour", json_object_get(one, "neighbour"));
	status = experiment_run(one, engine, settings, timeout, run, host);
	json_array_append_new(runs, run);
	json_array_append_new(hosts, host);
	return status;
}

static int run_all(const json_t *definition, const struct engine *engine,
		   const struct knob_settings *settings, double timeout, json_t *runs,
		   json_t *hosts)
{
	json_t *one;
	int status = 0;
	size_t i;

	json_array_foreach (json_object_get(definition, "runs"), i, one) {
		json_object_set(one, "operations", json_object_get(definition, "operations"));
		status = run_one(one, engine, settings, timeout, runs, hosts);
		if (status)
			break;
	}
	return status;
}

static int write_result(const struct result *result, const json_t *object, const json_t *host)
{
	bool good = result_json(result, "result.json", object) &&
		    result_json(result, "host.json", host) && kind_write(result, object);

	if (!good)
		return give_up(STATUS_NO_RESULT, "%s cannot be written: is the disk full?",
			       result->work);
	return 0;
}

static json_t *begin_object(const char *name, const json_t *definition, const struct engine *engine,
			    const struct knob_settings *settings)
{
	json_t *object = json_object();

	json_object_set_new(object, "experiment", json_string(name));
	json_object_set(object, "title", json_object_get(definition, "title"));
	json_object_set(object, "paper", json_object_get(definition, "paper"));
	json_object_set(object, "operations", json_object_get(definition, "operations"));
	json_object_set(object, "table", json_object_get(definition, "table"));
	json_object_set(object, "markers", json_object_get(definition, "markers"));
	json_object_set(object, "goals", json_object_get(definition, "goals"));
	json_object_set_new(object, "engine", json_string(engine->name));
	json_object_set_new(object, "calibration",
			    calibration_json(knob_value(settings, "charge")));
	json_object_set(object, "peer", json_object_get(definition, "peer"));
	json_object_set_new(object, "knobs", knobs_json(settings));
	provenance_put(object, definition, engine);
	json_object_set_new(object, "published", load_published(definition));
	json_object_set_new(object, "runs", json_array());
	return object;
}

static int resolve_profiles(json_t *runs)
{
	char *program = image_path("l0");
	int status = program ? profile_resolve(runs, program) : STATUS_BAD_INPUT;

	free(program);
	return status;
}

/* The command that makes this result again, without the places that it is read from and put to. */
static json_t *command_of(const struct request *request, const char *name)
{
	const struct {
		const char *option, *value;
	} given[] = {{"peer", request->peer}, {"engine", request->engine}};
	char *line = text_format("./testudo run %s%s%s", request->definition ? "--definition " : "",
				 name, request->definition ? ".json" : "");
	json_t *command;

	for (size_t i = 0; i < request->settings.count; i++)
		line = text_longer(line, " --set %s", request->settings.word[i]);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (given[i].value)
			line = text_longer(line, " --%s %s", given[i].option, given[i].value);
	command = json_string(line);
	free(line);
	return command;
}

static int measure(const struct request *request, const char *name, const json_t *definition,
		   const struct engine *engine, const struct knob_settings *settings,
		   struct result *result)
{
	json_t *object = begin_object(name, definition, engine, settings);
	const char *figure = channel_text(definition, "figure", NULL);
	double timeout = request->timeout ? (double)request->timeout : RUN_TIMEOUT;
	json_t *hosts = json_array(), *host = json_object();
	char *place = text_format("%s", result->target);
	bool drawn = false;
	int status;

	json_object_set_new(object, "command", command_of(request, name));
	json_object_set_new(host, "engine", provenance_program(engine));
	json_object_set(host, "runs", hosts);
	status = run_all(definition, engine, settings, timeout, json_object_get(object, "runs"),
			 hosts);
	if (status == 0)
		status = resolve_profiles(json_object_get(object, "runs"));
	if (status == 0)
		status = write_result(result, object, host);
	/* What was measured is kept, whether it can be drawn or not. */
	if (status == 0 && figure)
		drawn = figure_draw(result, name, figure);
	if (status == 0)
		status = result_commit(result);
	if (status == 0) {
		kind_show(object, stdout);
		printf("result: %s", place);
		if (drawn)
			printf("; figure: %s/%s.svg (and .png)", place, name);
		printf("\n");
		if (figure && !drawn)
			status = give_up(STATUS_NO_RESULT,
					 "gnuplot could not draw experiments/figures/%s.gp: %s has "
					 "no figure of this run",
					 figure, place);
	}
	free(place);
	json_decref(hosts);
	json_decref(host);
	json_decref(object);
	return status;
}

/* A name of one's own is the file's; it becomes part of paths, so it has letters of names alone. */
static char *own_name(const char *path)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	const char *base = strrchr(path, '/');
	char *name = text_format("%s", base ? base + 1 : path);
	size_t length = strlen(name);

	if (length > 5 && !strcmp(name + length - 5, ".json"))
		name[length - 5] = '\0';
	if (name[0] != '.' && strspn(name, letters) == strlen(name))
		return name;
	complain("--definition: %s: name the file with letters, digits, \".\", \"_\" and \"-\" "
		 "alone: it names the result",
		 path);
	free(name);
	return NULL;
}

/* The name and the definition, or NULL after a complaint; *name is the caller's to free. */
static json_t *choose(const struct request *request, char **name)
{
	if (!request->subject == !request->definition) {
		complain("run: give the name of an experiment (testudo list) or --definition FILE");
		return NULL;
	}
	if (request->subject) {
		*name = text_format("%s", request->subject);
		return experiment_load(request->subject);
	}
	*name = own_name(request->definition);
	return *name ? experiment_load_file(request->definition) : NULL;
}

/* What the definition names in the tree. */
static int check_names(const json_t *definition)
{
	const char *table = channel_text(definition, "table", "operations");
	const char *figure = channel_text(definition, "figure", NULL);
	const char *published = channel_text(definition, "published", NULL);
	char *path = published ? published_path(published) : NULL;
	int status = 0;

	if (!kind_known(table))
		status = complain("table \"%s\" is not known; experiments/README.md has them",
				  table);
	else if (figure && !figure_known(figure))
		status = complain("figure \"%s\" is not in experiments/figures", figure);
	else if (path && (strchr(published, '/') || !file_exists(path)))
		status = complain("published \"%s\" is not in experiments/published", published);
	free(path);
	return status;
}

static int settle(const struct request *request, json_t *definition, struct knob_settings *settings)
{
	int status = variants_knobs(definition, settings);

	if (status == 0)
		status = knobs_set_all(settings, request->settings.word, request->settings.count);
	if (status == 0)
		status =
			variants_check(definition, request->settings.word, request->settings.count);
	if (status == 0)
		status = variants_agree(definition, settings);
	if (status == 0)
		status = check_names(definition);
	if (status == 0)
		status = peer_add(definition, request->peer, settings);
	return status ? status : check_images(definition);
}

static int run(const struct request *request)
{
	char *name = NULL, *place = NULL;
	json_t *definition = choose(request, &name);
	const struct engine *engine = definition ? engine_find(request->engine) : NULL;
	struct knob_settings settings = {0};
	struct result result = {0};
	int status = engine ? settle(request, definition, &settings) : STATUS_BAD_INPUT;

	if (status == 0) {
		place = request->out ? text_format("%s", request->out)
				     : text_format("%s/.build/results/%s", tree_top(), name);
		status = result_begin(&result, place);
	}
	if (status == 0)
		status = measure(request, name, definition, engine, &settings, &result);
	result_abandon(&result);
	json_decref(definition);
	free(place);
	free(name);
	return status;
}

const struct command command_run = {
	.name = "run",
	.about = "run an experiment: table, result.json, CSV, figure, comparison",
	.subject = "EXPERIMENT",
	.subject_optional = true,
	.options = options,
	.run = run,
};

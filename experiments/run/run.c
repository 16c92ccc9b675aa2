// SPDX-License-Identifier: Apache-2.0
#include "run/run.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "machine/images.h"
#include "machine/machine.h"
#include "machine/variants.h"
#include "run/definition.h"
#include "tables/marks.h"
#include "tables/measurement.h"
#include "tables/vcpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything of the channel goes into the result as it came, the neighbour's apart. */
static void keep_event(void *context, const struct channel_event *event)
{
	json_t *run = context;
	const char *place = event->machine ? "neighbour_events" : "events";

	if (!json_object_get(run, place))
		json_object_set_new(run, place, json_array());
	json_array_append(json_object_get(run, place), event->object);
}

/* Takes a piece of a text: @KNOB@, which is the knob's value, or a character as it is. */
static char *take_piece(const char **text, const struct knob_settings *settings)
{
	size_t length = **text == '@' ? strcspn(*text + 1, "@ ") : 0;
	char *name = text_format("%.*s", (int)length, *text + 1);
	const char *value = (*text)[length + 1] == '@' ? knob_value(settings, name) : NULL;
	char *piece = length && value ? text_format("%s", value) : text_format("%c", **text);

	*text += length && value ? length + 2 : 1;
	free(name);
	return piece;
}

static char *fill_words(const char *text, const struct knob_settings *settings)
{
	char *words = text_format("%s", "");

	while (*text) {
		char *piece = take_piece(&text, settings);

		words = text_longer(words, "%s", piece);
		free(piece);
	}
	return words;
}

/* The guest's words: the image's standard ones, the definition's, and the iterations knob. */
static char *guest_words(const json_t *definition, const struct knob_settings *settings)
{
	const char *pattern = channel_text(definition, "iterations", "");
	const char *place = strstr(pattern, "%s");
	char *own = fill_words(channel_text(definition, "words", ""), settings);
	char *standard =
		json_is_true(json_object_get(definition, "l1_words")) ? image_l1_words() : NULL;
	char *words;

	words = text_format("%s%s%s", standard ? standard : "", standard ? " " : "", own);
	free(standard);
	free(own);
	if (place && knob_number(settings, "iterations")) {
		char *longer = text_format("%s %.*s%s%s", words, (int)(place - pattern), pattern,
					   knob_value(settings, "iterations"), place + 2);

		free(words);
		words = longer;
	}
	return words;
}

static void set_host_number(json_t *host, const char *name, bool known, uint64_t value)
{
	json_object_set_new(host, name,
			    known ? json_integer((json_int_t)value) : json_string("n/a"));
}

/* Simulated speed is ticks by wall time; only L0 tells the ticks of a whole run. */
static void describe_host(json_t *host, const char *level, const struct run_outcome *outcome)
{
	static const char *const names[HOST_COUNTERS] = {
		[HOST_TASK_CLOCK] = "task_clock_ns",
		[HOST_CYCLES] = "cycles_user",
		[HOST_INSTRUCTIONS] = "instructions_user",
	};
	double wall = outcome->wall > 0 ? outcome->wall : 1;
	double busy = (double)outcome->host.value[HOST_TASK_CLOCK] / 1e9;
	bool clocked = outcome->elapsed && busy > 0;

	json_object_set_new(host, "level", json_string(level));
	json_object_set_new(host, "wall_seconds", json_real(outcome->wall));
	for (int i = 0; i < HOST_COUNTERS; i++)
		set_host_number(host, names[i], outcome->host.known[i], outcome->host.value[i]);
	set_host_number(host, "ticks", outcome->elapsed != 0, outcome->elapsed);
	set_host_number(host, "ticks_per_wall_second", outcome->elapsed != 0,
			(uint64_t)((double)outcome->elapsed / wall));
	set_host_number(host, "ticks_per_cpu_second", clocked,
			clocked ? (uint64_t)((double)outcome->elapsed / busy) : 0);
}

/* A run that ended otherwise than its definition says is a failed one, whatever it measured. */
static int check_end(const json_t *definition, const struct run_outcome *outcome)
{
	const char *wanted = channel_text(definition, "ends", "poweroff");
	uint64_t status = outcome->status;
	int own = 0;

	channel_number(definition, "status", &status);
	if (!strcmp(wanted, outcome_name(outcome)) && status == outcome->status)
		return 0;
	if (outcome->end != RUN_STOPPED || strcmp(outcome->why, "debug-exit"))
		own = outcome_status(outcome);
	if (own)
		return own;
	return give_up(STATUS_NO_RESULT, "%s ended by %s with %lu, not as it should (%s)",
		       channel_text(definition, "level", "?"), outcome_name(outcome),
		       outcome->status, wanted);
}

static int check_measurement(const struct measurement *m, const char *level, bool counted)
{
	if (m->skip)
		return 0;
	if (!m->sample)
		return give_up(STATUS_NO_RESULT, "%s: no sample of %s came", level,
			       m->operation->name);
	if (counted && !m->measure)
		return give_up(STATUS_NO_RESULT, "%s: L0 sent no counters of %s", level,
			       m->operation->name);
	/* The peer tells no ticks of its levels. */
	if (counted && json_object_get(m->measure, "ticks") && !measurement_adds_up(m))
		return give_up(STATUS_NO_RESULT, "%s: the ticks of %s do not add up to the elapsed",
			       level, m->operation->name);
	return 0;
}

/* An operation's, of each time that it was measured, and it must have been once. */
static int check_operation(const json_t *run, const struct operation *operation, const char *level,
			   bool counted)
{
	const json_t *events = json_object_get(run, "events");
	struct measurement m = measurement_find(events, level, operation);
	int status = 0;

	for (size_t nth = 1; status == 0; nth++) {
		status = check_measurement(&m, level, counted);
		m = measurement_nth(events, level, operation, nth);
		if (!m.sample)
			break;
	}
	return status;
}

static int check_measurements(const json_t *run, const char *level, bool counted)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < operation_count; i++)
		if (operation_chosen(run, &operations[i]))
			status = check_operation(run, &operations[i], level, counted);
	return status;
}

/* Markers of one's own have no names to look for: all that came must be whole, and some must have.
 */
static int check_marks(const json_t *run, const char *level)
{
	const json_t *events = json_object_get(run, "events"), *event;
	size_t i;

	if (!marks_count(events))
		return give_up(STATUS_NO_RESULT,
			       "%s: L0 sent no measurement: the guest set no marks", level);
	json_array_foreach (events, i, event) {
		struct measurement m = {.measure = event};

		if (!strcmp(channel_text(event, "t", ""), "measure") && !measurement_adds_up(&m))
			return give_up(STATUS_NO_RESULT,
				       "%s: the ticks of a measurement do not add up to the "
				       "elapsed",
				       level);
	}
	return 0;
}

static bool only_marks(const json_t *run)
{
	const json_t *operations_of = json_object_get(run, "operations");

	return json_is_array(operations_of) && !json_array_size(operations_of);
}

static void describe_run(json_t *run, const json_t *definition,
			 const struct knob_settings *settings, const char *words)
{
	static const char *const copied[] = {"level", "l0", "kernel", "initrd", "operations"};
	static const char *const ways[] = {"vmcs", "mmu", "interrupts"};
	const char *l0 = channel_text(definition, "l0", "none");

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(run, copied[i], json_object_get(definition, copied[i]));
	json_object_set_new(run, "words", json_string(words));
	/* Our L0's way is a knob; the peer's stands in its definition. */
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		json_object_set_new(run, ways[i],
				    json_string(strcmp(l0, "testudo")
							? channel_text(definition, ways[i], "n/a")
							: knob_value(settings, ways[i])));
	/* The machine's, whoever owns it. */
	json_object_set_new(run, "vcpus", json_string(knob_value(settings, "vcpus")));
}

/* Tables are of the machine; what each vCPU said of itself stays beside. */
static void add_up_vcpus(json_t *run)
{
	json_t *events = json_object_get(run, "events"), *sums = vcpus_add_up(events);

	if (!sums)
		return;
	json_object_set(run, "events_by_vcpu", events);
	json_object_set_new(run, "events", sums);
}

static void add_derived(json_t *run, const char *level)
{
	const json_t *events = json_object_get(run, "events");
	json_t *all = json_object();

	for (size_t i = 0; i < operation_count; i++) {
		struct measurement m = measurement_find(events, level, &operations[i]);

		if (m.sample || m.measure)
			json_object_set_new(all, operations[i].name, measurement_derived(&m));
	}
	json_object_set_new(run, "derived", all);
}

/* Of a run, or of the neighbour of one. */
static struct guest guest_of(const json_t *object, const char *words,
			     const char *modules[RUN_MODULES_MAX])
{
	return (struct guest){
		.kernel = channel_text(object, "kernel", ""),
		.words = words,
		.modules = modules,
		.module_count = definition_modules(object, modules),
		.disk = channel_text(object, "disk", NULL),
	};
}

static int add_neighbour(struct machine *machine, const json_t *neighbour)
{
	struct knob_settings settings = {0};
	const char *modules[RUN_MODULES_MAX];
	char *words = guest_words(neighbour, &settings);
	const struct guest guest = guest_of(neighbour, words, modules);
	int status = variants_knobs(neighbour, &settings);

	if (status == 0)
		status = machine_add_neighbour(machine, &guest, &settings);
	free(words);
	return status;
}

/* The machine of a run, with @settings and @words, and its neighbour if it has one. */
static int make_machine(struct machine *machine, const json_t *definition,
			const struct knob_settings *settings, const char *words)
{
	const json_t *neighbour = json_object_get(definition, "neighbour");
	const char *modules[RUN_MODULES_MAX];
	const struct guest guest = guest_of(definition, words, modules);
	bool bare = strcmp(channel_text(definition, "l0", "none"), "testudo") != 0;
	uint64_t room = 0;
	int status = machine_make(machine, &guest, settings, bare);

	if (status == 0 && neighbour)
		status = add_neighbour(machine, neighbour);
	/* What the peer needs beside L1's memory, in MiB. */
	if (channel_number(definition, "room", &room))
		machine->spec.memory += (unsigned int)room;
	return status;
}

int experiment_run(const json_t *definition, const struct engine *engine,
		   const struct knob_settings *common, double timeout, json_t *run, json_t *host)
{
	const char *level = channel_text(definition, "level", "?");
	const char *l0 = channel_text(definition, "l0", "none");
	struct knob_settings settings = *common;
	/* After those of the command line: they are what the run is about. */
	int status = variants_knobs(definition, &settings);
	char *words = guest_words(definition, &settings);
	struct machine machine = {0};
	struct run_outcome outcome;

	if (status == 0)
		status = make_machine(&machine, definition, &settings, words);
	if (status == 0) {
		describe_run(run, definition, &settings, words);
		json_object_set_new(run, "events", json_array());
		machine.spec.phase = level;
		machine.spec.timeout = timeout;
		machine.spec.on_event = keep_event;
		machine.spec.context = run;
		status = engine_check(engine, &machine.spec);
	}
	if (status == 0) {
		engine_run(engine, &machine.spec, &outcome);
		describe_host(host, level, &outcome);
		status = check_end(definition, &outcome);
		add_up_vcpus(run);
	}
	if (status == 0)
		status = check_measurements(run, level, strcmp(l0, "none") != 0);
	if (status == 0 && only_marks(run) && strcmp(l0, "none") != 0)
		status = check_marks(run, level);
	if (status == 0)
		add_derived(run, level);
	machine_release(&machine);
	free(words);
	return status;
}

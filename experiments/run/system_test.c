// SPDX-License-Identifier: Apache-2.0
#include "run/system_test.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "machine/images.h"
#include "machine/machine.h"
#include "tables/measurement.h"

#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* Limits are for an idle machine with the fast engine; the stock one runs at a third of its speed.
 */
#define PATIENCE       3.0
#define STANDARD_WORDS "@l1"
#define SMP_CPUS       4

const struct system_test system_tests[] = {
#define GUEST(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define SYSTEM_TEST(name, on, kernel, initrd, words, knobs, ...)                                   \
	{name, on, {kernel, initrd, words, knobs}, {0}, __VA_ARGS__, false},
#define LONG_TEST(name, on, kernel, initrd, words, knobs, ...)                                     \
	{name, on, {kernel, initrd, words, knobs}, {0}, __VA_ARGS__, true},
#define NEIGHBOUR_TEST(name, guest, neighbour, ...)                                                \
	{name, FAST, guest, neighbour, __VA_ARGS__, false},
#define LONG_NEIGHBOUR_TEST(name, guest, neighbour, ...)                                           \
	{name, FAST, guest, neighbour, __VA_ARGS__, true},
#include "tests/system.def"
#undef LONG_NEIGHBOUR_TEST
#undef NEIGHBOUR_TEST
#undef LONG_TEST
#undef SYSTEM_TEST
#undef GUEST
};

const size_t system_test_count = sizeof(system_tests) / sizeof(system_tests[0]);

bool system_test_fits(const struct system_test *test, const struct engine *engine)
{
	return engine == &engine_bochs_fast || test->on == BOTH;
}

static bool matches(const char *pattern, const char *text, bool *found)
{
	regex_t expression;

	if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE))
		return false;
	*found = regexec(&expression, text, 0, NULL, 0) == 0;
	regfree(&expression);
	return true;
}

/* Where a run's words go; a neighbour's console is not there without a neighbour. */
struct logs {
	char *console, *neighbour, *channel;
};

/* All of them, one below the other: what the patterns look at. */
static char *read_logs(const struct logs *logs)
{
	const char *const paths[] = {logs->console, logs->neighbour, logs->channel};
	char *text = text_format("%s", "");

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *one = paths[i] ? file_read(paths[i]) : NULL;

		if (paths[i])
			text = text_longer(text, "%s%s", i ? "\n" : "", one ? one : "");
		free(one);
	}
	return text;
}

static bool judge_console(const struct system_test *test, const struct logs *logs, char *reason)
{
	char *text = read_logs(logs);
	const char *console = text;
	bool shown = false, absent = false;

	if (!matches(test->console, console, &shown) ||
	    (test->absent[0] && !matches(test->absent, console, &absent)))
		snprintf(reason, SYSTEM_TEST_REASON, "a pattern of its row is wrong");
	else if (!shown)
		snprintf(reason, SYSTEM_TEST_REASON, "the console lacks /%s/", test->console);
	else if (absent)
		snprintf(reason, SYSTEM_TEST_REASON, "the console shows /%s/", test->absent);
	free(text);
	return !reason[0];
}

static bool judge_end(const struct system_test *test, const struct run_outcome *outcome,
		      char *reason)
{
	if (!strcmp(outcome_name(outcome), test->why) &&
	    (outcome->end != RUN_STOPPED || outcome->status == test->status))
		return true;
	snprintf(reason, SYSTEM_TEST_REASON,
		 "ended by %s %" PRIu64 "%s%s after %.0f s, not by %s %" PRIu64,
		 outcome_name(outcome), outcome->status, outcome->detail[0] ? ": " : "",
		 outcome->detail, outcome->wall, test->why, test->status);
	return false;
}

/* Whatever a guest measures: the ticks of all levels are the elapsed ones (a peer tells none). */
static void count_bad_sums(void *context, const struct channel_event *event)
{
	struct measurement m = {.measure = event->object};
	unsigned int *bad = context;

	if (event->kind == CHANNEL_MEASURE && json_object_get(event->object, "ticks"))
		*bad += !measurement_adds_up(&m);
}

static bool judge_sums(unsigned int bad, char *reason)
{
	if (bad)
		snprintf(reason, SYSTEM_TEST_REASON,
			 "the ticks of %u measurements do not add up to the elapsed", bad);
	return !bad;
}

static int take_knobs(char *copy, struct knob_settings *settings)
{
	int status = 0;

	for (char *word; status == 0 && (word = strsep(&copy, " "));)
		if (*word)
			status = knobs_set(settings, word);
	return status;
}

/* "@l1 WORDS" is the images' own recommendation and then WORDS. */
static char *test_words(const char *words)
{
	char *standard, *all;

	if (strncmp(words, STANDARD_WORDS, strlen(STANDARD_WORDS)))
		return text_format("%s", words);
	standard = image_l1_words();
	all = text_format("%s%s", standard ? standard : "", words + strlen(STANDARD_WORDS));
	free(standard);
	return all;
}

/* A path in the table is below the tree, wherever the tests are run from. */
static char *test_file(const char *name)
{
	return strchr(name, '/') ? tree_path(name) : text_format("%s", name);
}

static struct logs logs_make(const struct system_test *test, const char *directory)
{
	return (struct logs){
		.console = text_format("%s/%s.console", directory, test->name),
		.neighbour = test->neighbour.kernel
				     ? text_format("%s/%s.neighbour", directory, test->name)
				     : NULL,
		.channel = text_format("%s/%s.channel", directory, test->name),
	};
}

static void logs_release(struct logs *logs)
{
	free(logs->console);
	free(logs->neighbour);
	free(logs->channel);
}

static bool run_machine(const struct system_test *test, const struct engine *engine,
			const char *directory, struct machine *machine, char *reason)
{
	struct logs logs = logs_make(test, directory);
	struct run_outcome outcome;
	unsigned int bad_sums = 0;
	bool good;

	machine->spec.on_event = count_bad_sums;
	machine->spec.context = &bad_sums;
	machine->spec.phase = test->name;
	machine->spec.timeout = test->limit * PATIENCE;
	machine->spec.console_log = logs.console;
	machine->spec.neighbour_console = logs.neighbour;
	machine->spec.channel_log = logs.channel;
	machine->spec.without_vmx = test->on == NO_VMX;
	if (test->on == BARE_SMP)
		machine->spec.cpus = SMP_CPUS;
	engine_run(engine, &machine->spec, &outcome);
	good = judge_end(test, &outcome, reason) && judge_console(test, &logs, reason) &&
	       judge_sums(bad_sums, reason);
	logs_release(&logs);
	return good;
}

/* A row's guest as a machine takes it; its texts are freed by guest_release(). */
struct prepared {
	struct guest guest;
	struct knob_settings settings;
	const char *modules[1];
	char *knobs, *words, *kernel, *initrd;
};

static int guest_prepare(struct prepared *p, const struct system_guest *row)
{
	p->knobs = text_format("%s", row->knobs);
	p->words = test_words(row->words);
	p->kernel = test_file(row->kernel);
	p->initrd = test_file(row->initrd);
	p->modules[0] = p->initrd;
	p->guest = (struct guest){
		.kernel = p->kernel,
		.words = p->words,
		.modules = p->modules,
		.module_count = *p->initrd ? 1 : 0,
	};
	return take_knobs(p->knobs, &p->settings);
}

static void guest_release(struct prepared *p)
{
	free(p->knobs);
	free(p->words);
	free(p->kernel);
	free(p->initrd);
}

bool system_test_run(const struct system_test *test, const struct engine *engine,
		     const char *directory, char reason[SYSTEM_TEST_REASON])
{
	struct prepared guest = {0}, neighbour = {0};
	struct machine machine = {0};
	bool bare = test->on == BARE || test->on == BARE_SMP, good = false;
	int status = guest_prepare(&guest, &test->guest);

	if (status == 0)
		status = machine_make(&machine, &guest.guest, &guest.settings, bare);
	if (status == 0 && test->neighbour.kernel) {
		status = guest_prepare(&neighbour, &test->neighbour);
		if (status == 0)
			status = machine_add_neighbour(&machine, &neighbour.guest,
						       &neighbour.settings);
	}
	if (status)
		snprintf(reason, SYSTEM_TEST_REASON, "its image is missing or its row wrong");
	else
		good = run_machine(test, engine, directory, &machine, reason);
	machine_release(&machine);
	guest_release(&guest);
	guest_release(&neighbour);
	return good;
}

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
#define SYSTEM_TEST(...) {__VA_ARGS__},
#include "tests/system.def"
#undef SYSTEM_TEST
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

/* The patterns look at the console and, below it, at what came over the channel. */
static bool judge_console(const struct system_test *test, const char *path,
			  const char *channel_path, char *reason)
{
	char *said = file_read(path), *sent = file_read(channel_path);
	char *text = text_format("%s\n%s", said ? said : "", sent ? sent : "");
	const char *console = text;
	bool shown = false, absent = false;

	if (!matches(test->console, console, &shown) ||
	    (test->absent[0] && !matches(test->absent, console, &absent)))
		snprintf(reason, SYSTEM_TEST_REASON, "a pattern of its row is wrong");
	else if (!shown)
		snprintf(reason, SYSTEM_TEST_REASON, "the console lacks /%s/", test->console);
	else if (absent)
		snprintf(reason, SYSTEM_TEST_REASON, "the console shows /%s/", test->absent);
	free(said);
	free(sent);
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

static bool run_machine(const struct system_test *test, const struct engine *engine,
			const char *directory, struct machine *machine, char *reason)
{
	char *console = text_format("%s/%s.console", directory, test->name);
	char *channel = text_format("%s/%s.channel", directory, test->name);
	struct run_outcome outcome;
	unsigned int bad_sums = 0;
	bool good;

	machine->spec.on_event = count_bad_sums;
	machine->spec.context = &bad_sums;
	machine->spec.phase = test->name;
	machine->spec.timeout = test->limit * PATIENCE;
	machine->spec.console_log = console;
	machine->spec.channel_log = channel;
	machine->spec.without_vmx = test->on == NO_VMX;
	if (test->on == BARE_SMP)
		machine->spec.cpus = SMP_CPUS;
	engine_run(engine, &machine->spec, &outcome);
	good = judge_end(test, &outcome, reason) && judge_console(test, console, channel, reason) &&
	       judge_sums(bad_sums, reason);
	free(console);
	free(channel);
	return good;
}

bool system_test_run(const struct system_test *test, const struct engine *engine,
		     const char *directory, char reason[SYSTEM_TEST_REASON])
{
	struct knob_settings settings = {0};
	struct machine machine = {0};
	char *knobs = text_format("%s", test->knobs);
	char *words = test_words(test->words);
	char *kernel = test_file(test->kernel);
	char *initrd = test_file(test->initrd);
	const char *const modules[] = {initrd};
	struct guest guest = {kernel, words, modules, *initrd ? 1 : 0};
	bool good = false;

	if (take_knobs(knobs, &settings) ||
	    machine_make(&machine, &guest, &settings, test->on == BARE || test->on == BARE_SMP))
		snprintf(reason, SYSTEM_TEST_REASON, "its image is missing or its row wrong");
	else
		good = run_machine(test, engine, directory, &machine, reason);
	machine_release(&machine);
	free(knobs);
	free(words);
	free(kernel);
	free(initrd);
	return good;
}

// SPDX-License-Identifier: Apache-2.0
/* The measurements that `boot --channel` has kept, as a table and as CSV. */
#include "cli/commands.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "tables/marks.h"
#include "tables/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct request, name)

static const struct option_row options[] = {
	{"out", OPTION_TEXT, FIELD(out), "DIR", "measurements.csv and marker-exits.csv go there", 0,
	 0},
	{0},
};

/* @runs: the machine under test, its neighbour. */
static void keep_event(void *runs, const struct channel_event *event)
{
	const json_t *run = json_array_get(runs, event->machine);

	if (event->kind != CHANNEL_NOISE)
		json_array_append(json_object_get(run, "events"), event->object);
}

/* The objects of the file's lines by machine, or NULL after a complaint. */
static json_t *read_events(const char *path)
{
	struct channel_reader reader = {0};
	FILE *file = fopen(path, "re");
	json_t *runs =
		file ? json_pack("[{s:[]},{s:s,s:[]}]", "events", "name", "neighbour", "events")
		     : NULL;
	char bytes[16384];
	size_t count;

	while (file && (count = fread(bytes, 1, sizeof(bytes), file)))
		channel_feed(&reader, bytes, count, keep_event, runs);
	channel_finish(&reader, keep_event, runs);
	if (!file || ferror(file)) {
		complain("%s cannot be read: %s; give a file of boot --channel", path,
			 strerror(errno));
		json_decref(runs);
		runs = NULL;
	}
	if (file)
		fclose(file);
	return runs;
}

static bool has_measurement(const json_t *runs)
{
	const json_t *run;
	size_t i;

	json_array_foreach (runs, i, run)
		if (marks_count(json_object_get(run, "events")))
			return true;
	return false;
}

static int write_files(const char *place, const json_t *object)
{
	struct result result = {0};
	int status = result_begin(&result, place);

	if (status == 0 && !marks_tables(&result, object))
		status = give_up(STATUS_NO_RESULT, "%s cannot be written: is the disk full?",
				 result.work);
	if (status == 0)
		status = result_commit(&result);
	result_abandon(&result);
	return status;
}

static int run(const struct request *request)
{
	json_t *runs = read_events(request->subject);
	json_t *object = runs ? json_pack("{s:o}", "runs", runs) : NULL;
	int status = object ? 0 : STATUS_BAD_INPUT;

	if (status == 0 && !has_measurement(runs))
		status = complain("%s has no \"measure\" line of L0's; mark a measurement in the "
				  "guest (README) and keep the lines by boot --channel",
				  request->subject);
	if (status == 0 && request->out)
		status = write_files(request->out, object);
	if (status == 0)
		marks_show(object, stdout);
	json_decref(object);
	return status;
}

const struct command command_table = {
	.name = "table",
	.about = "the measurements of your own guest: what boot --channel FILE has kept",
	.subject = "FILE",
	.options = options,
	.run = run,
};

// SPDX-License-Identifier: Apache-2.0
#include "tables/threats.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/goals.h"
#include "tables/marks.h"
#include "tables/page.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

/* What L0 waits for. */
static const char *const kinds[] = {"timer", "kick", "interrupt"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_kind(const json_t *event, const char *kind)
{
	return !strcmp(channel_text(event, "t", ""), kind);
}

/* The longest of a line; which, if anybody asks. A line of before the first mark has no threat. */
static uint64_t longest_of(const json_t *delay, const char **which)
{
	uint64_t longest = 0, ticks, id = 0;

	if (!channel_number(delay, "id", &id) || !id)
		return 0;
	for (size_t i = 0; i < KINDS; i++) {
		if (!channel_number(delay, kinds[i], &ticks) || ticks < longest)
			continue;
		longest = ticks;
		if (which)
			*which = kinds[i];
	}
	return longest;
}

/* The line of a run with the longest; NULL: there is none. */
static const json_t *worst_of(const json_t *run)
{
	const json_t *event, *worst = NULL;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event)
		if (is_kind(event, "delay") &&
		    (!worst || longest_of(event, NULL) > longest_of(worst, NULL)))
			worst = event;
	return worst;
}

bool threats_longest(const json_t *run, uint64_t *ticks)
{
	const json_t *worst = worst_of(run);

	*ticks = longest_of(worst, NULL);
	return worst;
}

static bool look_of(const json_t *run, uint64_t *look)
{
	const json_t *boot = channel_first(run, "boot");

	return channel_number(json_object_get(boot, "knobs"), "eli_look", look);
}

bool threats_over_look(const json_t *run, uint64_t *ticks)
{
	uint64_t look;

	if (!threats_longest(run, ticks) || !look_of(run, &look))
		return false;
	*ticks = *ticks > look ? *ticks - look : 0;
	return true;
}

bool threats_neighbour(const json_t *run, uint64_t *ticks)
{
	const json_t *event;
	uint64_t most;
	bool known = false;
	size_t i;

	*ticks = 0;
	json_array_foreach (json_object_get(run, "neighbour_events"), i, event) {
		if (!is_kind(event, "sample") || !channel_number(event, "ticks_max", &most))
			continue;
		*ticks = most > *ticks ? most : *ticks;
		known = true;
	}
	return known;
}

/* ---- each threat ---- */

enum { THREAT_CELLS = 5 + KINDS };

static const char threat_header[] = "run,threat,guest,eli_look,timer,kick,interrupt,longest";

static const char *guest_of(uint64_t id)
{
	static const char *const guests[] = {"L1", "L2, interrupts exit", "L2, interrupts its own"};

	return id / 100 < sizeof(guests) / sizeof(guests[0]) ? guests[id / 100] : "n/a";
}

static const char *name_of(const json_t *object, uint64_t id)
{
	char marker[32];

	snprintf(marker, sizeof(marker), "%" PRIu64, id % 100);
	return channel_text(json_object_get(object, "markers"), marker, "n/a");
}

static void number_text(char text[32], bool known, const uint64_t *number)
{
	snprintf(text, 32, known ? "%" PRIu64 : "n/a", *number);
}

static void put_threat(struct csv *csv, const json_t *object, const json_t *run,
		       const json_t *delay)
{
	char text[KINDS + 2][32];
	const char *cells[THREAT_CELLS] = {channel_text(run, "name", "n/a")};
	uint64_t id = 0, number = 0;

	channel_number(delay, "id", &id);
	cells[1] = name_of(object, id);
	cells[2] = guest_of(id);
	for (size_t i = 0; i < KINDS; i++) {
		number_text(text[i], channel_number(delay, kinds[i], &number), &number);
		cells[4 + i] = text[i];
	}
	number_text(text[KINDS], look_of(run, &number), &number);
	cells[3] = text[KINDS];
	number = longest_of(delay, NULL);
	number_text(text[KINDS + 1], true, &number);
	cells[4 + KINDS] = text[KINDS + 1];
	cells_csv(csv, cells, THREAT_CELLS);
}

/* The machine's end tells once more, of the same marker: what came after the last mark. */
static void put_threats(struct csv *csv, const json_t *object, const json_t *run)
{
	const json_t *event;
	uint64_t id = 0, last = 0;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event) {
		if (!is_kind(event, "delay") || !channel_number(event, "id", &id) || id == last)
			continue;
		put_threat(csv, object, run, event);
		last = id;
	}
}

static bool write_threats(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "threats.csv", threat_header))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		put_threats(&csv, object, run);
	return csv_close(&csv);
}

/* ---- each run ---- */

enum { RUN_CELLS = 8 };

static const char run_header[] =
	"run,eli_look,longest,waited_for,threat,guest,over_look,neighbour_late";
static const char *const heads[RUN_CELLS] = {"run",           "eli_look",      "longest",
					     "waited for",    "threat",        "guest",
					     "over eli_look", "neighbour late"};

static void put_run(const json_t *object, const json_t *run, cells_writer *write, void *to)
{
	const json_t *worst = worst_of(run);
	const char *which = "n/a";
	char text[4][32];
	uint64_t id = 0, number = 0;

	longest_of(worst, &which);
	channel_number(worst, "id", &id);
	number_text(text[0], look_of(run, &number), &number);
	number_text(text[1], threats_longest(run, &number), &number);
	number_text(text[2], threats_over_look(run, &number), &number);
	number_text(text[3], threats_neighbour(run, &number), &number);
	write(to,
	      (const char *const[RUN_CELLS]){channel_text(run, "name", "n/a"), text[0], text[1],
					     which, worst ? name_of(object, id) : "n/a",
					     worst ? guest_of(id) : "n/a", text[2], text[3]},
	      RUN_CELLS);
}

static void put_runs(const json_t *object, cells_writer *write, void *to)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		put_run(object, run, write, to);
}

static bool write_runs(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "threat-runs.csv", run_header))
		return false;
	put_runs(object, cells_csv, &csv);
	return csv_close(&csv);
}

static void put_page_table(FILE *page, const json_t *object)
{
	cells_markdown(page, heads, RUN_CELLS);
	cells_markdown_rule(page, RUN_CELLS);
	put_runs(object, cells_markdown, page);
}

bool threats_tables(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {
		{"@RUNS@", put_page_table},
		{NULL, NULL},
	};

	return marks_tables(result, object) && write_threats(result, object) &&
	       write_runs(result, object) && goals_table(result, object) &&
	       page_write(result, object, parts);
}

void threats_show(const json_t *object, FILE *out)
{
	static const int widths[RUN_CELLS] = {-14, 10, 10, 12, -18, -24, 14, 15};
	struct cells_terminal terminal = {out, widths};

	cells_terminal(&terminal, heads, RUN_CELLS);
	put_runs(object, cells_terminal, &terminal);
	fputs("longest: ticks that L0 waited, of all threats; neighbour late: its own timer, at "
	      "the "
	      "most\n",
	      out);
}

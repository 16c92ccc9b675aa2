// SPDX-License-Identifier: Apache-2.0
#include "tables/goals.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/pick.h"
#include "tables/quantity.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

struct goal {
	const json_t *row, *run;
	struct ratio ours, theirs; /* a count of 0: not known */
	enum bound { NO_BOUND, AT_MOST, AT_LEAST } bound;
	uint64_t number;
	const char *verdict;
};

static struct ratio quantity(const json_t *run, const json_t *row)
{
	struct measurement m = quantity_row(run, row);
	struct ratio value;

	return quantity_of(run, &m, channel_text(row, "quantity", ""), &value) ? value
									       : (struct ratio){0};
}

/* The run of ours that fits and is cheapest for the operation. */
static const json_t *cheapest(const json_t *object, const json_t *row, const struct pick *pick)
{
	const json_t *run, *best = NULL;
	uint64_t least = UINT64_MAX;
	size_t i;

	if (quantity_of_run(channel_text(row, "quantity", "")))
		return pick_run(object, pick);
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct measurement m = quantity_row(run, row);
		uint64_t ticks;

		if (pick_matches(pick, run) && measurement_minimum(&m, &ticks) && ticks < least) {
			best = run;
			least = ticks;
		}
	}
	return best;
}

/* A goal that does not say who delivers the interrupts means a run where they exit, if there is
 * one. */
static const json_t *best_run(const json_t *object, const json_t *row)
{
	struct pick pick = pick_of(row);
	const json_t *best;

	pick.l0 = "testudo";
	if (pick.name || pick.interrupts)
		return cheapest(object, row, &pick);
	pick.interrupts = "exits";
	best = cheapest(object, row, &pick);
	pick.interrupts = NULL;
	return best ? best : cheapest(object, row, &pick);
}

/* An interrupt of L1's own hits one operation in some hundreds: exits are compared as whole ones.
 */
static bool within(const struct goal *goal)
{
	uint64_t half = strcmp(channel_text(goal->row, "quantity", ""), "exits_per_op") ? 0 : 1;
	uint64_t ours = goal->ours.sum * 2, bound = goal->number * 2 * goal->ours.count;

	half *= goal->ours.count;
	if (goal->bound == AT_LEAST)
		return ours + half >= bound;
	return ours < bound + half || ours == bound;
}

/* What exits at neither's L0 costs both the same: nothing is to be gained there. */
static bool without_exit(const json_t *run, const json_t *row)
{
	struct measurement m = quantity_row(run, row);
	struct ratio exits;

	return measurement_exits(&m, &exits) && exits.sum * 2 < exits.count;
}

static const char *verdict_of(const struct goal *goal, const json_t *peer)
{
	if (!goal->ours.count || goal->bound == NO_BOUND)
		return "n/a";
	if (within(goal))
		return "met";
	return without_exit(goal->run, goal->row) && without_exit(peer, goal->row) ? "no exit"
										   : "missed";
}

/* Of our own number of another run, or on as many vCPUs, the goal's number is so many percent. */
static bool is_percent(const json_t *row)
{
	return json_object_get(row, "of_run") || json_object_get(row, "of_vcpus");
}

/* Our own number, perhaps of another operation, in a run of any level that it is to be near. */
static struct ratio near_base(const json_t *object, const json_t *goal, const char *run)
{
	json_t *row = json_deep_copy(goal);
	struct ratio base;

	if (json_object_get(goal, "of_operation"))
		json_object_set(row, "operation", json_object_get(goal, "of_operation"));
	base = quantity(table_run(object, run), row);
	json_decref(row);
	return base;
}

static struct ratio own_base(const json_t *object, const json_t *goal)
{
	static const char *const others[][2] = {{"run", "of_run"}, {"vcpus", "of_vcpus"}};
	json_t *row = json_deep_copy(goal);
	struct ratio base;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (json_object_get(goal, others[i][1]))
			json_object_set(row, others[i][0], json_object_get(goal, others[i][1]));
	base = quantity(best_run(object, row), row);
	json_decref(row);
	return base;
}

/* What is at least so much is that of the next whole number. */
static void limit_by(struct goal *goal, struct ratio base, uint64_t percent)
{
	uint64_t whole = base.count * 100, sum = base.sum * percent;

	goal->number = 0;
	if (whole)
		goal->number = (goal->bound == AT_LEAST ? sum + whole - 1 : sum) / whole;
	else
		goal->bound = NO_BOUND;
}

/* The peer's run that @row names, else what the peer has of the kind of ours. */
static const json_t *peer_run(const json_t *object, const json_t *row, const json_t *ours)
{
	const struct pick named = {.name = channel_text(row, "peer_run", NULL)};

	if (named.name)
		return pick_run(object, &named);
	return ours ? pick_peer(object, ours) : NULL;
}

/* What is at most so much more than that is so of its whole part. */
static void limit_above(struct goal *goal, struct ratio base)
{
	if (base.count)
		goal->number += base.sum / base.count;
	else
		goal->bound = NO_BOUND;
}

static void find_bound(struct goal *goal, const json_t *object)
{
	const char *above = channel_text(goal->row, "above_run", NULL);
	uint64_t part;

	if (channel_number(goal->row, "at_most", &goal->number))
		goal->bound = AT_MOST;
	else if (channel_number(goal->row, "at_least", &goal->number))
		goal->bound = AT_LEAST;
	if (is_percent(goal->row))
		limit_by(goal, own_base(object, goal->row), goal->number);
	if (above)
		limit_above(goal, near_base(object, goal->row, above));
	if (channel_number(goal->row, "part_of_peer", &part) && part && goal->theirs.count) {
		goal->number = goal->theirs.sum / (goal->theirs.count * part);
		goal->bound = AT_MOST;
	}
}

static struct goal goal_of(const json_t *object, const json_t *row)
{
	struct goal goal = {.row = row, .run = best_run(object, row)};
	const json_t *peer = peer_run(object, row, goal.run);

	goal.ours = quantity(goal.run, row);
	goal.theirs = quantity(peer, row);
	find_bound(&goal, object);
	goal.verdict = verdict_of(&goal, peer);
	return goal;
}

static void number_text(char text[32], bool known, uint64_t number)
{
	snprintf(text, 32, known ? "%" PRIu64 : "n/a", number);
}

/* Ticks are whole where they are one sample's, exits and means have three digits. */
static void value_text(char text[32], const struct ratio *value)
{
	if (value->count == 1)
		number_text(text, true, value->sum);
	else
		ratio_text(text, value->sum, value->count);
}

struct goal_texts {
	char at_most[32], at_least[32], ours[32], theirs[32], times[32];
};

static struct goal_texts texts_of(const struct goal *goal)
{
	struct goal_texts texts;

	number_text(texts.at_most, goal->bound == AT_MOST, goal->number);
	number_text(texts.at_least, goal->bound == AT_LEAST, goal->number);
	value_text(texts.ours, &goal->ours);
	value_text(texts.theirs, &goal->theirs);
	ratio_text(texts.times, goal->theirs.sum * goal->ours.count,
		   goal->theirs.count * goal->ours.sum);
	return texts;
}

bool goals_table(const struct result *result, const json_t *object)
{
	const json_t *goals = json_object_get(object, "goals"), *row;
	struct csv csv;
	size_t i;

	if (!goals)
		return true;
	if (!table_open(&csv, result, "goals.csv",
			"goal,level,operation,vmcs,mmu,vcpus,quantity,at_most,at_least,measured,"
			"verdict,peer,peer_by_ours"))
		return false;
	json_array_foreach (goals, i, row) {
		struct goal goal = goal_of(object, row);
		struct goal_texts texts = texts_of(&goal);
		const char *const cells[] = {
			channel_text(row, "goal", "n/a"),
			channel_text(row, "level", "n/a"),
			channel_text(row, "operation", "n/a"),
			channel_text(goal.run, "vmcs", "n/a"),
			channel_text(goal.run, "mmu", "n/a"),
			channel_text(goal.run, "vcpus", "1"),
			channel_text(row, "quantity", "n/a"),
			texts.at_most,
			texts.at_least,
			texts.ours,
			goal.verdict,
			texts.theirs,
			texts.times,
		};

		for (size_t c = 0; c < sizeof(cells) / sizeof(cells[0]); c++)
			csv_text(&csv, cells[c]);
		csv_end_row(&csv);
	}
	return csv_close(&csv);
}

void goals_show(const json_t *object, FILE *out)
{
	const json_t *goals = json_object_get(object, "goals"), *row;
	size_t i;

	if (!goals)
		return;
	fprintf(out, "\n%-52s %-14s %-7s %9s %9s %9s %-8s %9s\n", "to reach", "quantity", "vmcs",
		"at most", "at least", "measured", "", "peer");
	json_array_foreach (goals, i, row) {
		struct goal goal = goal_of(object, row);
		struct goal_texts texts = texts_of(&goal);

		fprintf(out, "%-52s %-14s %-7s %9s %9s %9s %-8s %9s\n",
			channel_text(row, "goal", "?"), channel_text(row, "quantity", "?"),
			strcmp(channel_text(row, "level", ""), "L1")
				? channel_text(goal.run, "vmcs", "n/a")
				: "",
			texts.at_most, texts.at_least, texts.ours, goal.verdict, texts.theirs);
	}
}

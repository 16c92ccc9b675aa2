// SPDX-License-Identifier: Apache-2.0
#include "report/kinds.h"
#include "lib/channel.h"
#include "tables/bars.h"
#include "tables/goals.h"
#include "tables/isolation.h"
#include "tables/levels.h"
#include "tables/marks.h"
#include "tables/matrix.h"
#include "tables/profile.h"
#include "tables/side_by_side.h"
#include "tables/smp.h"
#include "tables/tables.h"
#include "tables/threats.h"
#include "tables/ways.h"

#include <string.h>

static bool write_operations(const struct result *result, const json_t *object)
{
	return table_comparison(result, object) && table_figure(result, object);
}

static bool write_levels(const struct result *result, const json_t *object)
{
	return table_comparison(result, object) && levels_table(result, object) &&
	       levels_figure(result, object) && levels_page(result, object);
}

static bool write_bars(const struct result *result, const json_t *object)
{
	return bars_comparison(result, object) && bars_figure(result, object) &&
	       bars_page(result, object);
}

static bool write_matrix(const struct result *result, const json_t *object)
{
	return matrix_table(result, object) && matrix_figure(result, object);
}

static bool write_smp(const struct result *result, const json_t *object)
{
	return smp_table(result, object) && smp_figure(result, object) && smp_page(result, object);
}

static bool write_ways(const struct result *result, const json_t *object)
{
	return ways_tables(result, object) && ways_figure(result, object) &&
	       ways_page(result, object);
}

/*
 * "table" of a definition: which tables it has besides those that all have; the first by default.
 * What is there only for its comparison with the peer shows none of its own.
 */
static const struct kind {
	const char *name;
	bool (*write)(const struct result *result, const json_t *object);
	void (*show)(const json_t *object, FILE *out);
	bool alone; /* without the tables of operations */
	bool peer;  /* what it shows has the peer's numbers in it */
} kinds[] = {
	{"operations", write_operations, table_show, false, false},
	{"levels", write_levels, levels_show, false, false},
	{"bars", write_bars, bars_show, false, false},
	{"matrix", write_matrix, matrix_show, false, false},
	{"isolation", isolation_tables, isolation_show, true, false},
	{"threats", threats_tables, threats_show, true, false},
	{"profile", profile_figure, profile_show, false, false},
	{"peer", table_comparison, NULL, false, false},
	{"smp", write_smp, smp_show, false, true},
	{"marks", marks_tables, marks_show, true, false},
	{"ways", write_ways, ways_show, true, true},
};

static const struct kind *kind_of(const json_t *object)
{
	const char *name = channel_text(object, "table", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return &kinds[0];
}

static bool write_profile(const struct result *result, const json_t *object)
{
	return !profile_present(object) ||
	       (profile_table(result, object) && profile_sums(result, object));
}

static bool write_peer(const struct result *result, const json_t *object)
{
	return !json_object_get(object, "peer") || kind_of(object)->alone ||
	       (peer_table(result, object) && peer_figure(result, object));
}

bool kind_known(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return true;
	return false;
}

static bool write_common(const struct result *result, const json_t *object)
{
	return table_operations(result, object) && table_exits(result, object) &&
	       table_charged(result, object) && goals_table(result, object);
}

bool kind_write(const struct result *result, const json_t *object)
{
	return (kind_of(object)->alone || write_common(result, object)) &&
	       write_profile(result, object) && kind_of(object)->write(result, object) &&
	       write_peer(result, object);
}

void kind_show(const json_t *object, FILE *out)
{
	bool own = kind_of(object)->show;

	if (own)
		kind_of(object)->show(object, out);
	if (json_object_get(object, "peer") && !kind_of(object)->peer) {
		fputs(own ? "\n" : "", out);
		peer_show(object, out);
	}
	goals_show(object, out);
}

// SPDX-License-Identifier: Apache-2.0
/* Ours and the peer's numbers, operation by operation: CSV, figure, terminal. */
#include "tables/side_by_side.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/pick.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A run of ours and the peer's that does the same. */
struct pair {
	const json_t *run, *peer;
	const char *level, *vmcs, *mmu, *vcpus, *interrupts, *peer_vmcs, *peer_mmu;
};

static bool pair_of(const json_t *object, const json_t *run, struct pair *pair)
{
	const json_t *peer = pick_peer(object, run);

	*pair = (struct pair){.run = run,
			      .peer = peer,
			      .level = channel_text(run, "level", ""),
			      .vmcs = channel_text(run, "vmcs", "n/a"),
			      .mmu = channel_text(run, "mmu", "n/a"),
			      .vcpus = channel_text(run, "vcpus", "1"),
			      .interrupts = channel_text(run, "interrupts", "exits"),
			      .peer_vmcs = channel_text(peer, "vmcs", "n/a"),
			      .peer_mmu = channel_text(peer, "mmu", "n/a")};
	return peer && !strcmp(channel_text(run, "l0", ""), "testudo");
}

/* One operation's cells, as text: what is not known says so. */
struct cells {
	char exits[32], peer_exits[32], exits_ratio[32];
	char ticks[32], peer_ticks[32], ticks_ratio[32];
};

static void set_exits(struct cells *cells, const struct measurement *ours,
		      const struct measurement *theirs)
{
	struct ratio mine = {0}, other = {0};
	bool known = measurement_exits(ours, &mine), both = measurement_exits(theirs, &other);

	ratio_text(cells->exits, mine.sum, known ? mine.count : 0);
	ratio_text(cells->peer_exits, other.sum, both ? other.count : 0);
	both = both && known;
	ratio_text(cells->exits_ratio, other.sum * mine.count, both ? mine.sum * other.count : 0);
}

static void set_ticks(struct cells *cells, const struct measurement *ours,
		      const struct measurement *theirs)
{
	uint64_t mine = 0, other = 0;
	bool known = measurement_minimum(ours, &mine), both = measurement_minimum(theirs, &other);

	snprintf(cells->ticks, sizeof(cells->ticks), known ? "%" PRIu64 : "n/a", mine);
	snprintf(cells->peer_ticks, sizeof(cells->peer_ticks), both ? "%" PRIu64 : "n/a", other);
	ratio_text(cells->ticks_ratio, other, known && both ? mine : 0);
}

static struct cells cells_of(const struct pair *pair, const struct operation *operation)
{
	struct measurement ours =
		measurement_find(json_object_get(pair->run, "events"), pair->level, operation);
	struct measurement theirs =
		measurement_find(json_object_get(pair->peer, "events"), pair->level, operation);
	struct cells cells;

	set_exits(&cells, &ours, &theirs);
	set_ticks(&cells, &ours, &theirs);
	return cells;
}

static void put_pair(struct csv *csv, const struct pair *pair, const char *peer)
{
	for (size_t o = 0; o < operation_count; o++) {
		if (!operation_chosen(pair->run, &operations[o]))
			continue;

		struct cells cells = cells_of(pair, &operations[o]);
		const char *const texts[] = {
			pair->level,
			pair->vmcs,
			pair->mmu,
			pair->vcpus,
			peer,
			pair->peer_vmcs,
			pair->peer_mmu,
			operations[o].name,
			cells.exits,
			cells.peer_exits,
			cells.exits_ratio,
			cells.ticks,
			cells.peer_ticks,
			cells.ticks_ratio,
			pair->interrupts,
		};

		for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
			csv_text(csv, texts[t]);
		csv_end_row(csv);
	}
}

bool peer_table(const struct result *result, const json_t *object)
{
	const char *peer = channel_text(object, "peer", "");
	const json_t *run;
	struct pair pair;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "peer.csv",
			"level,vmcs,mmu,vcpus,peer,peer_vmcs,peer_mmu,operation,exits_per_op,"
			"peer_exits_per_op,exits_peer_by_ours,ticks_min,peer_ticks_min,ticks_peer_"
			"by_ours,interrupts"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (pair_of(object, run, &pair))
			put_pair(&csv, &pair, peer);
	return csv_close(&csv);
}

static void print_title(FILE *file, const struct pair *pair, const char *peer)
{
	bool same = !strcmp(pair->mmu, pair->peer_mmu);

	bool one = !strcmp(pair->vcpus, "1"), exits = !strcmp(pair->interrupts, "exits");

	fprintf(file, "%s, %s%s%s%s%smmu=%s: testudo vmcs=%s, %s vmcs=%s%s%s\n", pair->level,
		one ? "" : pair->vcpus, one ? "" : " vCPUs, ",
		exits ? "" : "interrupts=", exits ? "" : pair->interrupts, exits ? "" : ", ",
		pair->mmu, pair->vmcs, peer, pair->peer_vmcs,
		same ? "" : " mmu=", same ? "" : pair->peer_mmu);
}

/* Blocks as gnuplot's `index` has them, two empty lines apart: the title, then the operations. */
bool peer_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "peer.dat");
	FILE *file = fopen(path, "we");
	const json_t *run;
	struct pair pair;
	size_t i;
	bool good;

	free(path);
	if (!file)
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		if (!pair_of(object, run, &pair))
			continue;
		print_title(file, &pair, channel_text(object, "peer", ""));
		for (size_t o = 0; o < operation_count; o++) {
			if (!operation_chosen(run, &operations[o]))
				continue;

			struct cells cells = cells_of(&pair, &operations[o]);
			bool waits = measurement_waits(&operations[o]);

			fprintf(file, "%s\t%s\t%s\t%s\t%s\n", operations[o].name, cells.exits,
				cells.peer_exits, waits ? "n/a" : cells.ticks,
				waits ? "n/a" : cells.peer_ticks);
		}
		fputs("\n\n", file);
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

void peer_show(const json_t *object, FILE *out)
{
	const char *peer = channel_text(object, "peer", "");
	const json_t *run;
	struct pair pair;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run) {
		if (!pair_of(object, run, &pair))
			continue;
		print_title(out, &pair, peer);
		fprintf(out, "%-11s %29s %29s\n", "", "----- exits to L0 -----",
			"----- ticks -----");
		fprintf(out, "%-11s %9s %9s %9s %9s %9s %9s\n", "operation", "testudo", peer,
			"times", "testudo", peer, "times");
		for (size_t o = 0; o < operation_count; o++) {
			if (!operation_chosen(run, &operations[o]))
				continue;

			struct cells c = cells_of(&pair, &operations[o]);

			fprintf(out, "%-11s %9s %9s %9s %9s %9s %9s\n", operations[o].name, c.exits,
				c.peer_exits, c.exits_ratio, c.ticks, c.peer_ticks, c.ticks_ratio);
		}
		fputc('\n', out);
	}
	fprintf(out, "ticks: the cheapest sample that the guest saw; 1 tick = 1 instruction\n");
}

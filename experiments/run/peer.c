// SPDX-License-Identifier: Apache-2.0
#include "run/peer.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "machine/variants.h"
#include "tables/pick.h"

#include <stdlib.h>
#include <string.h>

/* Kinds of tables that a peer has a place in. */
static bool has_peer(const char *table)
{
	static const char *const tables[] = {"peer", "smp", "ways"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(table, tables[i]))
			return true;
	return false;
}

/*
 * What the peer's numbers cannot stand beside is told before anything runs: another workload, or a
 * knob that makes of our L1 what the peer's is not ("knobs" of the peer say what that one is).
 */
static int check_match(const json_t *definition, const json_t *peer,
		       const struct knob_settings *settings)
{
	const char *knob;
	json_t *own;

	if (!has_peer(channel_text(definition, "table", "peer")))
		return complain("--peer: this experiment has no numbers that a peer's stand "
				"beside; compare-l0 and io-peer have");
	json_object_foreach (json_object_get(peer, "knobs"), knob, own)
		if (strcmp(knob_value(settings, knob), json_string_value(own)))
			return complain("--set %s=%s: the peer runs with %s=%s alone; leave it out",
					knob, knob_value(settings, knob), knob,
					json_string_value(own));
	return 0;
}

/* The peer's run on as many vCPUs as @row says, if it does. */
static json_t *run_for(const json_t *run, const json_t *row)
{
	const char *vcpus = channel_text(row, "vcpus", NULL);
	json_t *one = json_deep_copy(run);

	if (vcpus)
		json_object_set_new(one, "knobs",
				    json_pack("[o]", json_sprintf("vcpus=%s", vcpus)));
	return one;
}

/* Is one of ours, or are all by @settings, with the interrupts that @run of the peer's has? */
static bool has_match(const json_t *definition, const json_t *run,
		      const struct knob_settings *settings)
{
	const char *interrupts = channel_text(run, "interrupts", "exits");
	const json_t *ours;
	size_t i;

	if (strcmp(interrupts, "posted") || !strcmp(knob_value(settings, "interrupts"), interrupts))
		return true;
	json_array_foreach (json_object_get(definition, "runs"), i, ours)
		if (!strcmp(variants_value(ours, "interrupts"), interrupts))
			return true;
	return false;
}

/* "peer_runs" of a definition, if it has any, say which of the peer's runs it wants. */
static void add_wanted(json_t *definition, const json_t *run, const struct knob_settings *settings)
{
	const json_t *rows = json_object_get(definition, "peer_runs"), *row;
	json_t *runs = json_object_get(definition, "runs");
	size_t i;

	if (!rows && has_match(definition, run, settings))
		json_array_append_new(runs, run_for(run, NULL));
	json_array_foreach (rows, i, row) {
		struct pick pick = pick_of(row);

		pick.vcpus = NULL;
		if (!pick.interrupts)
			pick.interrupts = "exits";
		if (pick_matches(&pick, run))
			json_array_append_new(runs, run_for(run, row));
	}
}

int peer_add(json_t *definition, const char *name, const struct knob_settings *settings)
{
	json_t *peer, *run;
	char *path;
	int status;
	size_t i;

	if (!name)
		name = channel_text(definition, "peer", NULL);
	if (!name)
		return 0;
	path = text_format("%s/experiments/peers/%s.json", tree_top(), name);
	/* A name, not a way out of the folder. */
	peer = strchr(name, '/') ? NULL : json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	free(path);
	if (!peer)
		return complain("--peer: \"%s\" is not known; there are: kvm, kvm-io, kvm-ipi",
				name);
	status = check_match(definition, peer, settings);
	if (status) {
		json_decref(peer);
		return status;
	}
	json_array_foreach (json_object_get(peer, "runs"), i, run)
		add_wanted(definition, run, settings);
	json_object_set_new(definition, "peer", json_string(name));
	json_decref(peer);
	return 0;
}

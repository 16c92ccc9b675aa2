// SPDX-License-Identifier: Apache-2.0
#include "tables/pick.h"
#include "lib/channel.h"

#include <string.h>

static bool is_of(const json_t *run, const char *field, const char *value, const char *otherwise)
{
	return !value || !strcmp(channel_text(run, field, otherwise), value);
}

bool pick_matches(const struct pick *pick, const json_t *run)
{
	return is_of(run, "l0", pick->l0, "") && is_of(run, "level", pick->level, "") &&
	       is_of(run, "vmcs", pick->vmcs, "") && is_of(run, "mmu", pick->mmu, "") &&
	       is_of(run, "vcpus", pick->vcpus, "1") &&
	       is_of(run, "interrupts", pick->interrupts, "exits") &&
	       is_of(run, "name", pick->name, "");
}

const json_t *pick_run(const json_t *object, const struct pick *pick)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (pick_matches(pick, run))
			return run;
	return NULL;
}

struct pick pick_of(const json_t *row)
{
	return (struct pick){
		channel_text(row, "l0", NULL),    channel_text(row, "level", NULL),
		channel_text(row, "vmcs", NULL),  channel_text(row, "mmu", NULL),
		channel_text(row, "vcpus", NULL), channel_text(row, "interrupts", NULL),
		channel_text(row, "run", NULL)};
}

const json_t *pick_peer(const json_t *object, const json_t *run)
{
	const char *l0 = channel_text(object, "peer", "");
	const char *level = channel_text(run, "level", ""), *mmu = channel_text(run, "mmu", "mdp");
	const char *near = strcmp(mmu, "mdp") ? "shadow-on-ept" : "mdp";
	const char *vcpus = channel_text(run, "vcpus", "1");
	const char *who = channel_text(run, "interrupts", "exits");
	const char *kind = strcmp(who, "posted") ? "exits" : who;
	const struct pick wanted[] = {
		{l0, level, channel_text(run, "vmcs", ""), mmu, vcpus, kind, NULL},
		{l0, level, "shadow", mmu, vcpus, kind, NULL},
		{l0, level, "shadow", near, vcpus, kind, NULL},
		{l0, level, NULL, NULL, vcpus, kind, NULL},
		{l0, level, NULL, NULL, vcpus, NULL, NULL},
	};
	const json_t *found = NULL;

	for (size_t i = 0; !found && i < sizeof(wanted) / sizeof(wanted[0]); i++)
		found = pick_run(object, &wanted[i]);
	return found;
}

// SPDX-License-Identifier: Apache-2.0
#include "engines/engine.h"
#include "lib/complain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* In the order of preference; "bochs" is the first of the emulated ones, which stand first. */
static const struct engine *const engines[] = {&engine_bochs_fast, &engine_bochs_stock,
					       &engine_kvm};
#define EMULATED 2

static const struct engine *first_present(void)
{
	const char *remedy;

	for (size_t i = 0; i < EMULATED; i++)
		if (engines[i]->program(&remedy))
			return engines[i];
	complain("no engine is here; run: experiments/setup/setup.sh");
	return NULL;
}

const struct engine *engine_find(const char *name)
{
	const char *chosen = getenv("TESTUDO_ENGINE");
	const char *remedy;

	if (!name || !strcmp(name, "bochs"))
		name = chosen && *chosen ? chosen : "bochs";
	if (!strcmp(name, "bochs"))
		return first_present();
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (strcmp(engines[i]->name, name))
			continue;
		if (engines[i]->program(&remedy))
			return engines[i];
		complain("engine \"%s\" is not here; %s", name, remedy);
		return NULL;
	}
	complain("unknown engine \"%s\"; there are: bochs, fast, stock, kvm", name);
	return NULL;
}

int engine_check(const struct engine *engine, const struct run_spec *spec)
{
	uint64_t limit = engine->memory_limit ? engine->memory_limit() : 0;

	if (!limit || spec->memory <= limit)
		return 0;
	return complain(
		"the machine takes %u MiB with L0 and its tables, engine \"%s\" has %" PRIu64
		" here; give less memory",
		spec->memory, engine->name, limit);
}

json_t *engine_version(const char *key, const char *command)
{
	FILE *output = popen(command, "re");
	char line[256] = "";

	if (!output)
		return NULL;
	if (!fgets(line, sizeof(line), output))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return pclose(output) == 0 && line[0] ? json_pack("{s:s}", key, line) : NULL;
}

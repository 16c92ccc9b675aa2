// SPDX-License-Identifier: Apache-2.0
#include "run/provenance.h"
#include "lib/channel.h"
#include "lib/paths.h"
#include "machine/images.h"
#include "run/definition.h"

#include <stdlib.h>

/* @text is a file's name, behind which words may stand. */
static void put_checksum(json_t *object, const char *text)
{
	char *name = image_name(text), *path = image_path(name);
	char *sum = path ? image_checksum(path) : NULL;

	if (sum)
		json_object_set_new(object, name, json_string(sum));
	free(sum);
	free(path);
	free(name);
}

/* Of a run, or of the neighbour of one. */
static void put_guest(json_t *object, const json_t *guest)
{
	const char *modules[RUN_MODULES_MAX];
	size_t count = definition_modules(guest, modules);

	put_checksum(object, channel_text(guest, "kernel", ""));
	for (size_t m = 0; m < count; m++)
		put_checksum(object, modules[m]);
	if (json_object_get(guest, "disk"))
		put_checksum(object, channel_text(guest, "disk", ""));
}

static json_t *checksums(const json_t *definition)
{
	json_t *object = json_object(), *run;
	size_t i;

	put_checksum(object, "l0");
	json_array_foreach (json_object_get(definition, "runs"), i, run) {
		put_guest(object, run);
		if (json_object_get(run, "neighbour"))
			put_guest(object, json_object_get(run, "neighbour"));
	}
	return object;
}

/* The versions of what the guest images are made of, as their manifest has them. */
static json_t *versions(void)
{
	char *path = tree_path(".build/images/manifest.json");
	json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	json_t *object = json_object();

	json_object_set(object, "kernel", json_object_get(manifest, "kernel"));
	json_object_set(object, "packages", json_object_get(manifest, "packages"));
	json_decref(manifest);
	free(path);
	return object;
}

json_t *provenance_program(const struct engine *engine)
{
	const char *remedy, *program = engine->program(&remedy);
	char *sum = program ? image_checksum(program) : NULL;
	json_t *object = json_pack("{s:s, s:s}", "name", engine->name, "sha256", sum ? sum : "n/a");

	free(sum);
	return object;
}

/* What nobody can say the source of is named by its bytes after all. */
static json_t *engine_source(const struct engine *engine)
{
	json_t *source = engine->source();

	return source ? source : provenance_program(engine);
}

void provenance_put(json_t *object, const json_t *definition, const struct engine *engine)
{
	json_object_set_new(object, "engine_source", engine_source(engine));
	json_object_set_new(object, "sha256", checksums(definition));
	json_object_set_new(object, "versions", versions());
}

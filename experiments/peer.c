// SPDX-License-Identifier: Apache-2.0
#include "peer.h"
#include "channel.h"
#include "complain.h"
#include "paths.h"

#include <stdlib.h>
#include <string.h>

int peer_add(json_t *definition, const char *name)
{
	json_t *runs = json_object_get(definition, "runs"), *peer, *run;
	char *path;
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
		return complain("--peer: \"%s\" is not known; there is: kvm", name);
	json_array_foreach (json_object_get(peer, "runs"), i, run)
		json_array_append(runs, run);
	json_object_set_new(definition, "peer", json_string(name));
	json_decref(peer);
	return 0;
}

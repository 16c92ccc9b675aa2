/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

/* A result that a test writes its tables into and then reads; all of it goes with written_end. */
struct written {
	char *top, *target;
	struct result result;
};

void written_begin(struct written *written);
/* Puts the result in its place: from here on it can be read. */
void written_commit(struct written *written);
/* The file has that text somewhere in it. */
void written_has(const struct written *written, const char *name, const char *text);
/* There is no file of that name. */
void written_lacks(const struct written *written, const char *name);
void written_end(struct written *written);

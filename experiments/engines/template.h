/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* @WORD@ in a file, and what takes its place. A list ends with a NULL name. */
struct template_word {
	const char *name;
	const char *value;
};

/* Writes @source to @target with every word filled in. An unknown word is an error, said. */
int template_fill(const char *source, const struct template_word *words, const char *target);

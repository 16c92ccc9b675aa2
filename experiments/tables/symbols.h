/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Addresses of a program to functions, by binutils' addr2line and the program's debug information,
 * functions that the compiler put inside others included.
 */

/*
 * Appends to @places, an array, one object for each address:
 *   "function", "file": whose instruction it is;
 *   "in", "unit": the same, or the nearest function around it that stands in a source file, for
 *   what stands in a header (accessors) is put everywhere. "??" is what nobody knows.
 * 0, or a status after a complaint.
 */
int symbols_find(const char *program, const uint64_t *addresses, size_t count, json_t *places);

/* addr2line's output (-a -f -i) in that form. */
void symbols_parse(FILE *output, json_t *places);

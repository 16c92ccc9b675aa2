/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A CSV table, cell by cell. Text is quoted where RFC 4180 asks for it; an unknown is "n/a". */
struct csv {
	FILE *file;
	bool inside; /* a row has begun */
};

bool csv_open(struct csv *csv, const char *path, const char *header);
void csv_text(struct csv *csv, const char *text);
void csv_count(struct csv *csv, uint64_t value);
/* @numerator / @denominator with three digits, rounded half up: no floating point, no locale. */
void csv_ratio(struct csv *csv, uint64_t numerator, uint64_t denominator);
void csv_unknown(struct csv *csv);
void csv_end_row(struct csv *csv);
/* False when anything could not be written. */
bool csv_close(struct csv *csv);

/* The ratio as csv_ratio writes it, into @text. */
void ratio_text(char text[32], uint64_t numerator, uint64_t denominator);

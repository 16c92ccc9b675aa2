// SPDX-License-Identifier: Apache-2.0
#include "lib/csv.h"

#include <inttypes.h>
#include <string.h>

#define UNKNOWN "n/a"

bool csv_open(struct csv *csv, const char *path, const char *header)
{
	*csv = (struct csv){.file = fopen(path, "we")};
	if (csv->file)
		fprintf(csv->file, "%s\n", header);
	return csv->file != NULL;
}

static void separate(struct csv *csv)
{
	if (csv->inside)
		fputc(',', csv->file);
	csv->inside = true;
}

void csv_text(struct csv *csv, const char *text)
{
	separate(csv);
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, csv->file);
		return;
	}
	fputc('"', csv->file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', csv->file);
		fputc(*text, csv->file);
	}
	fputc('"', csv->file);
}

void csv_count(struct csv *csv, uint64_t value)
{
	separate(csv);
	fprintf(csv->file, "%" PRIu64, value);
}

void ratio_text(char text[32], uint64_t numerator, uint64_t denominator)
{
	unsigned __int128 thousandths;

	if (!denominator) {
		snprintf(text, 32, "%s", UNKNOWN);
		return;
	}
	thousandths = ((unsigned __int128)numerator * 1000 + denominator / 2) / denominator;
	snprintf(text, 32, "%" PRIu64 ".%03u", (uint64_t)(thousandths / 1000),
		 (unsigned int)(thousandths % 1000));
}

void csv_ratio(struct csv *csv, uint64_t numerator, uint64_t denominator)
{
	char text[32];

	ratio_text(text, numerator, denominator);
	csv_text(csv, text);
}

void csv_unknown(struct csv *csv)
{
	csv_text(csv, UNKNOWN);
}

void csv_end_row(struct csv *csv)
{
	fputc('\n', csv->file);
	csv->inside = false;
}

bool csv_close(struct csv *csv)
{
	bool good = !ferror(csv->file);

	return fclose(csv->file) == 0 && good;
}

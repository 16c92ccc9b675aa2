/* SPDX-License-Identifier: Apache-2.0 */
/* A line of text being put together: no allocation, no printf, cut off when full. */
#ifndef MICRO_LINE_H
#define MICRO_LINE_H

#include <stddef.h>
#include <stdint.h>

struct line {
	size_t used;
	char text[4096]; /* a full histogram with 20-digit counts takes 1,900 */
};

void line_text(struct line *line, const char *text);
void line_number(struct line *line, uint64_t value);
void line_hex(struct line *line, uint64_t value);
/* Characters that JSON strings cannot hold as they are become spaces. */
void line_quoted(struct line *line, const char *text);
/* "key":"text" and "key":value, with the comma that goes before all but the first. */
void line_pair(struct line *line, const char *key, const char *text);
void line_count(struct line *line, const char *key, uint64_t value);

#endif

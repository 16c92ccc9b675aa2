// SPDX-License-Identifier: Apache-2.0
#include "line.h"

static void put(struct line *line, char c)
{
	if (line->used < sizeof(line->text) - 1)
		line->text[line->used++] = c;
	line->text[line->used] = '\0';
}

void line_text(struct line *line, const char *text)
{
	while (*text != '\0')
		put(line, *text++);
}

static void number(struct line *line, uint64_t value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (n > 0)
		put(line, digits[--n]);
}

void line_number(struct line *line, uint64_t value)
{
	number(line, value, 10);
}

void line_hex(struct line *line, uint64_t value)
{
	line_text(line, "0x");
	number(line, value, 16);
}

void line_quoted(struct line *line, const char *text)
{
	put(line, '"');
	for (; *text != '\0'; text++)
		put(line,
		    *text < ' ' || *text > '~' || *text == '"' || *text == '\\' ? ' ' : *text);
	put(line, '"');
}

static void key_of_pair(struct line *line, const char *key)
{
	if (line->used > 0 && line->text[line->used - 1] != '{')
		put(line, ',');
	line_quoted(line, key);
	put(line, ':');
}

void line_pair(struct line *line, const char *key, const char *text)
{
	key_of_pair(line, key);
	line_quoted(line, text);
}

void line_count(struct line *line, const char *key, uint64_t value)
{
	key_of_pair(line, key);
	line_number(line, value);
}

// SPDX-License-Identifier: Apache-2.0
#include "measure/guest_line.h"

static void send(struct guest_line *line, void (*put)(char c))
{
	for (const char *mark = line->mark; *mark; mark++)
		put(*mark);
	for (uint32_t i = 0; i < line->used; i++)
		put(line->bytes[i]);
	put('\n');
	line->used = 0;
}

void guest_line_put(struct guest_line *line, uint8_t c, void (*put)(char c))
{
	if (c == '\n') {
		send(line, put);
		return;
	}
	if (line->used == GUEST_LINE_BYTES)
		send(line, put);
	line->bytes[line->used++] = (char)c;
}

void guest_line_finish(struct guest_line *line, void (*put)(char c))
{
	if (line->used)
		send(line, put);
}

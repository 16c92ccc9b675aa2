// SPDX-License-Identifier: Apache-2.0
#include "lib/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* One write for the whole line, and no control characters from a hostile file name in it. */
static void say_line(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		abort();
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "testudo: %s\n", text);
	free(text);
}

int complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(format, arguments);
	va_end(arguments);
	return STATUS_BAD_INPUT;
}

int give_up(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_line(format, arguments);
	va_end(arguments);
	return status;
}

char *text_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	return text;
}

char *text_longer(char *text, const char *format, ...)
{
	va_list arguments;
	char *more, *longer;

	va_start(arguments, format);
	if (vasprintf(&more, format, arguments) < 0)
		abort();
	va_end(arguments);
	longer = text_format("%s%s", text, more);
	free(text);
	free(more);
	return longer;
}

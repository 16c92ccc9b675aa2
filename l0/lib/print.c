// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <stdint.h>

#include "lib/console.h"
#include "lib/print.h"

#define SAY_BYTES 512

/* Where formatted characters go: a function, or a bounded buffer. */
struct sink {
	print_put put;
	void *context;
	char *text;
	size_t size, used;
};

static void emit(struct sink *s, char c)
{
	if (s->put)
		s->put(s->context, c);
	else if (s->used + 1 < s->size)
		s->text[s->used++] = c;
}

static void emit_number(struct sink *s, uint64_t value, unsigned base, bool negative,
			unsigned width, char pad)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[n++] = '-';
	for (unsigned i = n; i < width; i++)
		emit(s, pad);
	while (n)
		emit(s, digits[--n]);
}

static void emit_string(struct sink *s, const char *text, unsigned width)
{
	unsigned n = 0;

	for (text = text ? text : "(none)"; *text; text++, n++)
		emit(s, *text);
	for (; n < width; n++)
		emit(s, ' ');
}

/* One conversion; returns the position after it. */
static const char *convert(struct sink *s, const char *f, va_list *args)
{
	char pad = *f == '0' ? '0' : ' ';
	unsigned width = 0, longs = 0;

	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + (unsigned)(*f - '0');
	for (; *f == 'l' || *f == 'z'; f++)
		longs++;

	uint64_t value = 0;

	if (*f == 'd' || *f == 'u' || *f == 'x')
		value = longs ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
	switch (*f) {
	case 'd': {
		int64_t v = longs ? (int64_t)value : (int32_t)value;

		emit_number(s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, width, pad);
		break;
	}
	case 'u':
		emit_number(s, value, 10, false, width, pad);
		break;
	case 'x':
		emit_number(s, value, 16, false, width, pad);
		break;
	case 's':
		emit_string(s, va_arg(*args, const char *), width);
		break;
	case 'c':
		emit(s, (char)va_arg(*args, int));
		break;
	case 0:
		return f;
	default:
		emit(s, *f);
	}
	return f + 1;
}

static void format_to(struct sink *s, const char *f, va_list args)
{
	va_list own;

	va_copy(own, args);
	while (*f) {
		if (*f != '%')
			emit(s, *f++);
		else
			f = convert(s, f + 1, &own);
	}
	va_end(own);
}

void print_to(print_put put, void *context, const char *format, va_list args)
{
	struct sink s = {.put = put, .context = context};

	format_to(&s, format, args);
}

size_t format_list(char *text, size_t size, const char *format, va_list args)
{
	struct sink s = {.text = text, .size = size};

	format_to(&s, format, args);
	if (size)
		text[s.used] = 0;
	return s.used;
}

size_t format_text(char *text, size_t size, const char *format, ...)
{
	size_t length;
	va_list args;

	va_start(args, format);
	length = format_list(text, size, format, args);
	va_end(args);
	return length;
}

/* A whole line at a time, so that lines of several CPUs do not mix. */
static void say_line(struct console *c, const char *format, va_list args)
{
	char line[SAY_BYTES];
	size_t length = format_text(line, sizeof(line), "testudo: ");

	length += format_list(line + length, sizeof(line) - length - 2, format, args);
	line[length++] = '\r';
	line[length++] = '\n';
	console_write(c, line, length);
}

void say_list(const char *format, va_list args)
{
	say_line(&console[0], format, args);
}

void say_on(struct console *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line(c, format, args);
	va_end(args);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(format, args);
	va_end(args);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Formatted text for the console and the data channel. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* Takes one character of a text; @context is the caller's. */
typedef void (*print_put)(void *context, char c);

/*
 * Formats into @put, one character a call. Understands %s %c %d %u %x with the lengths l and ll,
 * a field width, zero padding and %%. Anything else is copied as it stands.
 */
void print_to(print_put put, void *context, const char *format, va_list args);

/* One line on the first console, "testudo: " before it and a newline after it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_list(const char *format, va_list args);
/* The same on another: what it says of one machine costs no other machine's CPU an interrupt. */
struct console;
void say_on(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As snprintf and vsnprintf: at most @size bytes with the final 0; the length written. */
size_t format_text(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_list(char *text, size_t size, const char *format, va_list args);

#endif

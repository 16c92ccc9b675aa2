/* SPDX-License-Identifier: Apache-2.0 */
/* The few memory and string functions that a freestanding compiler may also call by itself. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

/* It does so after the program has been optimised as one: by then these would be gone. */
#define STRING_KEPT __attribute__((used))

STRING_KEPT void *memcpy(void *dst, const void *src, size_t n);
STRING_KEPT void *memmove(void *dst, const void *src, size_t n);
STRING_KEPT void *memset(void *dst, int c, size_t n);
STRING_KEPT int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);

/* Copies at most @size - 1 characters and always ends the copy; returns the copy's length. */
size_t string_copy(char *dst, const char *src, size_t size);

#endif

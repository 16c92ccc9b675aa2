/* SPDX-License-Identifier: Apache-2.0 */
/* The few memory and string functions that a freestanding compiler may also call by itself. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);

/* Copies at most @size - 1 characters and always ends the copy; returns the copy's length. */
size_t string_copy(char *dst, const char *src, size_t size);

#endif

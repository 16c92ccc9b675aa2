/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's own symbols, by the section headers that its loader hands on. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdint.h>

/* @count headers of the 32-bit class, @size bytes each. The symbol's value, 0 if there is none. */
uint64_t symbol_value(const void *headers, uint32_t count, uint32_t size, const char *name);

#endif

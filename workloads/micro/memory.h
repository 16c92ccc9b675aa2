/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that nothing has touched since the machine started. */
#ifndef MICRO_MEMORY_H
#define MICRO_MEMORY_H

#include <stdint.h>

#include "multiboot.h"

/* Finds the largest piece of RAM below 4 GiB that lies behind the program and its modules. */
void memory_init(const struct multiboot_info *info);

/* The next untouched page, each at an address of its own; NULL when all are used. For any CPU. */
void *memory_fresh(void);
uint64_t memory_fresh_left(void); /* pages */

/* A large page (2 MiB) of that memory, for a CPU of its own; NULL when there is none. */
void *memory_large(void);

#endif

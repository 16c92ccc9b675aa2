/* SPDX-License-Identifier: Apache-2.0 */
/* L1's modules: those of a multiboot kernel, or what together is a Linux's initrd. */
#ifndef LOAD_MODULES_H
#define LOAD_MODULES_H

#include "boot/boot.h"
#include "load/layout.h"

/* What follows the kernel in the loader's list, in that order. */
struct modules {
	const struct boot_module *module;
	unsigned count;
};

/* Bytes of all, each beginning at a multiple of @align. */
uint64_t modules_bytes(const struct modules *m, uint64_t align);

/* Copies them one after the other, each beginning at a multiple of @align from @to. */
void modules_copy(const struct modules *m, uint64_t align, uint8_t *to);

/* Behind the kernel, each on a page of its own: *gpa is the first's. False after a line. */
bool modules_place(const struct modules *m, struct layout *l, uint64_t *gpa);

/* The address after that of a module at @gpa, as modules_place() laid them. */
uint64_t modules_next(const struct boot_module *module, uint64_t gpa);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The boot information of multiboot 2 (spec 3.6). */
#ifndef LOAD_MULTIBOOT2_INFO_H
#define LOAD_MULTIBOOT2_INFO_H

#include "load/multiboot_image.h"

/* Writes it where there is room, *@gpa; false after a line if there is none. */
bool multiboot2_info_write(struct layout *l, const struct multiboot_facts *facts, uint64_t *gpa);

#endif

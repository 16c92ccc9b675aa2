/* SPDX-License-Identifier: Apache-2.0 */
/* Puts L1 into its memory: what runs first, and in which state. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdbool.h>

#include "boot/boot.h"
#include "vcpu/vmcs01.h"
#include "load/layout.h"

/*
 * Loads @module[0] (a bzImage of boot protocol 2.06 or later, a vmlinux, a multiboot 1 or 2
 * kernel), what follows it (initrds or modules) and the firmware's data, into @ram, in which the
 * ACPI tables stand already at LOAD_ACPI. @out is where and how L1 begins. False after a line on
 * the console that says what is wrong.
 */
bool load_l1(const struct ram *ram, const struct boot_module *module, unsigned modules,
	     struct entry_state *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of kernel that can be L1. Each has a test of the file and a loader, which puts it and
 * its modules where nothing is yet and sets what its kind of entry wants to be set; @module is the
 * kernel, @modules counts it and what follows. False after a line that says what is wrong.
 */
#ifndef LOAD_KINDS_H
#define LOAD_KINDS_H

#include "boot/boot.h"
#include "vcpu/vmcs01.h"
#include "load/layout.h"

typedef bool load_test(const struct boot_module *kernel);
typedef bool load_kind(struct layout *l, const struct boot_module *module, unsigned modules,
		       struct entry_state *out);

/* Linux: a vmlinux is the ELF that a bzImage carries; it saves L1 the decompression. */
load_test load_is_bzimage, load_is_vmlinux;
load_kind load_bzimage, load_vmlinux;

/* Multiboot, version 1 (0.6.96) and 2 (2.0). */
load_test load_is_multiboot, load_is_multiboot2;
load_kind load_multiboot, load_multiboot2;

#endif

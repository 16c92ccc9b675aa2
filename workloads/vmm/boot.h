/* SPDX-License-Identifier: Apache-2.0 */
/* What the payload finds in memory and in the registers when it starts. */
#ifndef VMM_BOOT_H
#define VMM_BOOT_H

#include <linux/kvm.h>
#include <stdbool.h>

#include "payload.h"

#define BOOT_CMDLINE_MAX 4095u

/* Page tables, multiboot information, memory map and command line, below PAYLOAD_LOWEST. */
void boot_memory(struct ram ram, const char *cmdline);

/*
 * Registers for an entry state. Both get the address of the multiboot information (EBX, RDI);
 * long mode also gets a stack that ends at 512 KiB. `sregs` comes with the vCPU's reset values.
 */
void boot_registers(const struct payload *payload, struct kvm_regs *regs, struct kvm_sregs *sregs);

#endif

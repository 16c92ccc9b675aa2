/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shadow asks of its surroundings: whoever links the library provides it, and so do the
 * tests. It is asked when an IDT is looked for, never on the way of an interrupt.
 */
#ifndef ELI_HOST_H
#define ELI_HOST_H

#include <stdint.h>

struct eli_idt;

/*
 * The guest's page at @linear (4 KiB aligned, canonical), as the processor would translate an
 * implicit supervisor read of it now: its guest-physical address in *gpa, and a pointer to its
 * 4 KiB. NULL if the guest's tables or EPT01 have nothing readable there, or EPT01 has anything but
 * RAM of this machine. The pointer stays good for as long as EPT01 maps that frame there.
 */
const uint8_t *eli_host_page(const struct eli_idt *idt, uint64_t linear, uint64_t *gpa);

#endif

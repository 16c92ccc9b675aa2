/* SPDX-License-Identifier: Apache-2.0 */
/* Emulation of accesses to addresses that EPT01 does not map. */
#ifndef CPU_MMIO_H
#define CPU_MMIO_H

#include <stdint.h>

struct vcpu;

/*
 * The instruction at the guest's RIP accesses L1-physical address @gpa; @qual is the violation's
 * qualification. What L0 cannot emulate stops the VM.
 */
void mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual);

#endif

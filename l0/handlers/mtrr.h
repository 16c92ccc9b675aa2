/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L1's memory-type range registers (SDM vol. 3, 12.11): kept for L1 to read and write; EPT01 maps
 * RAM write-back whatever they say.
 */
#ifndef HANDLERS_MTRR_H
#define HANDLERS_MTRR_H

#include <stdbool.h>
#include <stdint.h>

#define MTRR_VARIABLE 16 /* MSRs of variable ranges: eight pairs */

struct vcpu;

/* As firmware leaves them: write-back, and the PCI hole uncached. */
void mtrr_init(struct vcpu *v);

/* Handlers of the MSR table. False: #GP. */
bool mtrr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool mtrr_write(struct vcpu *v, uint32_t msr, uint64_t value);

#endif

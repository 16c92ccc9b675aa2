/* SPDX-License-Identifier: Apache-2.0 */
/* L1's model-specific registers: one table says who answers for each. */
#ifndef HANDLERS_MSR_H
#define HANDLERS_MSR_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* RDMSR and WRMSR of L1 (or of a list of L1's in the VMCS that is current). False: #GP. */
bool msr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool msr_write(struct vcpu *v, uint32_t msr, uint64_t value);

/* Power-on values. */
void msr_init(struct vcpu *v);

#endif

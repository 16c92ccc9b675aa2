/* SPDX-License-Identifier: Apache-2.0 */
/* L2's local APIC where the processor virtualizes it: the pages of L1's that VMCS02 refers to. */
#ifndef NESTED_APIC_H
#define NESTED_APIC_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* VMCS02 is current, and the entry has been checked: what VMCS12 says of it has changed. */
void nested_apic_enter(struct vcpu *v);

/* The same where it has not, while nested.apic_again: what has to be done for each entry. */
void nested_apic_again(struct vcpu *v);

/*
 * L2 has touched @gpa of L1's, where there is no memory: true if that is its APIC-access page, and
 * L1 has got the exit. @qualification: of the EPT violation.
 */
bool nested_apic_access(struct vcpu *v, uint64_t gpa, uint64_t qualification);

#endif

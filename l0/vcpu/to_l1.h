/* SPDX-License-Identifier: Apache-2.0 */
/* The way out of L2, as the rooms below nested/ may ask for it; nested/reflect.c provides it. */
#ifndef VCPU_TO_L1_H
#define VCPU_TO_L1_H

#include "reflect.h"

struct vcpu;

/*
 * L2 is running or about to (VMCS02 is current): it exits to L1 as *e says, and VMCS01 is current
 * afterwards.
 */
void nested_reflect(struct vcpu *v, struct vmx_exit *e);

#endif

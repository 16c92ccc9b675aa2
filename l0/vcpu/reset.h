/* SPDX-License-Identifier: Apache-2.0 */
/* INIT and start-up of a vCPU (SDM vol. 3, 9.4 and table 10-1). */
#ifndef VCPU_RESET_H
#define VCPU_RESET_H

#include <stdint.h>

struct vcpu;

/* VMCS01 is current. Registers as after INIT, and no instruction before a start-up IPI. */
void vcpu_wait_for_startup(struct vcpu *v);

/* The same after a start-up IPI: real mode, at page @page of its memory. */
void vcpu_start_up(uint8_t page);

#endif

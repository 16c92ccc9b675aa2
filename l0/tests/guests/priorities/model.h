/* SPDX-License-Identifier: Apache-2.0 */
/* One local APIC, plainly: SDM vol. 3, 11.8. What the machine's own has to do. */
#ifndef MODEL_H
#define MODEL_H

#include "guest.h"

extern struct model {
	uint32_t irr[8], isr[8];
	uint8_t tpr;
} model;

void model_raise(uint8_t vector);
/* Bits 7:4 of the processor priority. */
unsigned int model_class(void);
/* What is delivered as soon as interrupts are on, -1: nothing. */
int model_next(void);
/* It has been. */
void model_take(uint8_t vector);
void model_eoi(void);
bool model_empty(void);

#endif

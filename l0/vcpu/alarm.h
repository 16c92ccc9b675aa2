/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L1's TSC deadline in the sidecore's hands, while L1 runs and takes interrupts without exits
 * (interrupts=posted, eli): its end is then a message as a device's is. The write of
 * IA32_TSC_DEADLINE is the one exit that is left of it.
 *
 *     entry of L1: the LAPIC's deadline is lent ──▶ at ──▶ the sidecore: due? taken, vector sent
 *     any exit:    what was not taken is the LAPIC's again, before the exit is answered
 *
 * Who exchanges `at` by CLOCK_NEVER has it: never both. All but `at` and `vector` belongs to the
 * vCPU's CPU.
 */
#ifndef VCPU_ALARM_H
#define VCPU_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

struct alarm {
	uint64_t at;    /* the platform's clock; CLOCK_NEVER: not lent, or taken */
	uint8_t vector; /* what it sends; written before `at` */
	bool served;    /* somebody looks at it */
	bool lent;
	bool back; /* since the last entry of L1, so that v->deadline is without it */
};

/* Before the machine is switched on: a sidecore will call alarm_poll(). */
void alarm_init(struct vcpu *v);

/* A source of the sidecore's (sidecore/poller.h); @of is a vCPU. */
unsigned alarm_poll(void *of, uint64_t now, unsigned budget);

/* At an exit, where it is lent. */
void alarm_take_back(struct vcpu *v);

/*
 * Before an entry of L1, or one with `back`, when its mode is decided, where it is served: lends
 * what may be lent, and v->deadline is without it, or with it. The preemption timer is the
 * caller's.
 */
void alarm_lend(struct vcpu *v);

#endif

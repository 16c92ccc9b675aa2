/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_VCPUS_H
#define PLATFORM_TESTS_VCPUS_H

#include "platform/platform.h"

/* A whole machine with a thread for each vCPU: who touches what belongs to another is a report. */
#define VCPUS 4

#define REG_EOI  0x80bu
#define REG_SVR  0x80fu
#define REG_ICR  0x830u
#define REG_SELF 0x83fu

extern struct platform platform;
extern unsigned race_bytes, race_stops; /* written to the console, and ends of the machine */

/* Switches it on, adds what @prepare adds, and has @vcpu run with each LAPIC until all return. */
void vcpus_run(void (*prepare)(void), void *(*vcpu)(void *));

/* The vCPU sleeps until it is kicked. */
void vcpus_sleep(const struct lapic *l);

#endif

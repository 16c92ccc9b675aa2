/* SPDX-License-Identifier: Apache-2.0 */
/* Several CPUs at work at once. The first one leads; the others do as it says, or sleep. */
#ifndef MICRO_CPUS_H
#define MICRO_CPUS_H

#define CPUS_MAX 8

/*
 * Starts those with the APIC identifiers 1 to @wanted - 1 by INIT and SIPI. How many there are
 * then, with the first: fewer when one does not answer, or has no memory left for it.
 */
unsigned int cpus_start(unsigned int wanted);
unsigned int cpus_count(void);
unsigned int cpu_number(void); /* which of them this one is, from 0 */

/* Every CPU does @job, the first one too; returns when all have. */
void cpus_run(void (*job)(unsigned int cpu));

/* In a job: goes on when every CPU has come here. */
void cpus_meet(void);

#endif

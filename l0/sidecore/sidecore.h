/* SPDX-License-Identifier: Apache-2.0 */
/* A CPU that polls: L0's own work beside the guests (sidecore), or the hardware that L0 plays
 * (fabric). */
#ifndef SIDECORE_SIDECORE_H
#define SIDECORE_SIDECORE_H

struct cpu;
struct knobs;
struct poller;

/* Gives @c the role: it will work @p (zeroed here), by these knobs. */
void sidecore_init(struct cpu *c, struct poller *p, const struct knobs *k);

/* The same for the fabric. It is hardware, which is never tired: it looks without a pause. */
void fabric_init(struct cpu *c, struct poller *p, const struct knobs *k);

#endif

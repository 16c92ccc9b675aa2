/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile guest does (threats.def), whichever level it is. */
#ifndef THREATS_H
#define THREATS_H

#include "guest.h"

#define OTHER 0x51 /* below the device's vector */
#define SELF  0x71 /* above it */
#define OWN   0xf0 /* L0 has it for itself: a message comes by the inbox, and a kick */

/* The table that counts for who calls, with 256 gates of the library's. */
extern uint64_t *threat_table;
/* What they were: in direct mode a guest reads those that its device has not as not present. */
extern uint64_t threat_gates[512];
void threat_keep_gates(void);
void threat_lidt(const void *base, uint16_t limit);

/* Not yet long enough? Every now and then the device has a message meanwhile. */
bool threat_goes_on(void);
/* The device has another one, which nobody waits for. */
void threat_message(void);
/* The vector that a device's interrupt ends in, if it comes; it is ended. */
int threat_taken(void);

/*
 * A table of two frames by turns: what is remapped without an exit is no shadow of L0's until its
 * next look.
 */
void threat_begin_remapping(void);
void threat_remap(unsigned int which);

#define THREAT(number, name, why) void threat_##name(void);
#include "threats.def"
#undef THREAT

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of one processor and of several have in common. */
#ifndef DIRECT_H
#define DIRECT_H

#include "guest.h"

#define DEVICE 0x61
#define OTHER  0x51       /* below it */
#define LONG   3000000ULL /* looks of L0's */

/* The device sends this vector to a processor. */
void send_to(unsigned int cpu, uint8_t vector);
/* The first message of a vector opens it; the shadow stands when the IDT was left alone for a time.
 */
bool direct_begin(void);
void wait(uint64_t ticks);

#endif

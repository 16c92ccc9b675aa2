/* SPDX-License-Identifier: Apache-2.0 */
/* A device that reads memory when told to: an 82540EM that sends frames from given addresses. */
#ifndef MICRO_SENDER_H
#define MICRO_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#define SENDER_FRAMES 256u /* descriptors of its ring, which is a page */

/* The ring, one page, to be mapped for the device; it has at most one less than SENDER_FRAMES. */
void *sender_ring(void);

/* Finds the device; *devfn is its place on bus 0. False: there is none. */
bool sender_find(uint8_t *devfn);

/* Turns it on, with its ring at @ring as the device sees it. */
void sender_start(uint64_t ring);

/* The device reads 60 bytes at each of @count addresses, @step apart; true when it has. */
bool sender_read(uint64_t address, uint64_t step, uint32_t count);

#endif

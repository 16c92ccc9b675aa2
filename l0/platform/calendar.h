/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_CALENDAR_H
#define PLATFORM_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* The RTC's time registers as a pure function of the seconds since 1970, and back. */

/* Bits of register B that say how times are written. */
#define CALENDAR_24_HOURS 0x02
#define CALENDAR_BINARY   0x04

/* The century has no register of its own in the MC146818: a PC keeps it here, as the FADT says. */
#define CALENDAR_CENTURY 0x32

/* Alarm registers as they stand; C0H and above match anything. */
struct calendar_alarm {
	uint8_t hours;
	uint8_t minutes;
	uint8_t seconds;
};

/* Is `index` one of the registers that tell the time? */
bool calendar_register(unsigned index);

/* Writes the time registers (indices up to CALENDAR_CENTURY) of `seconds`. */
void calendar_encode(int64_t seconds, uint8_t format, uint8_t *registers);

/* Seconds that the registers mean; values out of range are carried over, never refused. */
int64_t calendar_decode(uint8_t format, const uint8_t *registers);

/* First second after `after` that the alarm matches; INT64_MAX if it cannot match. */
int64_t calendar_next_alarm(const struct calendar_alarm *alarm, uint8_t format, int64_t after);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_RTC_H
#define PLATFORM_RTC_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/clock.h"

#define RTC_HZ    32768u
#define RTC_BYTES 128

/* MC146818 clock with 128 bytes of memory. Time registers are computed when they are read. */
struct rtc {
	struct clock clock;
	uint8_t index;
	uint8_t ram[RTC_BYTES]; /* all bytes; the time only while SET stops the clock */
	int64_t offset;         /* calendar seconds at device tick 0 */
	uint64_t seen;          /* device tick up to which flags are in register C */
	uint64_t deadline;
};

struct platform;
struct platform_config;

void rtc_init(struct platform *p, const struct platform_config *config);
void rtc_run(struct platform *p, uint64_t now);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PM_H
#define PLATFORM_PM_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/clock.h"

/* ACPI fixed hardware; the FADT and the port table both take the addresses from here. */
#define PM1_EVENT_PORT   0x600
#define PM1_CONTROL_PORT 0x604
#define PM_TIMER_PORT    0x608
#define PM_TIMER_HZ      3579545u
#define PM_SLEEP_S5      5 /* SLP_TYP of \_S5 */
#define PM_SLEEP_SOFT    0 /* and of QEMU's PC, which kernels without a DSDT parser write as well */
#define RESET_PORT       0xcf9
#define RESET_VALUE      0x06
#define SCI_IRQ          9

struct pm {
	struct clock clock;
	uint16_t status;
	uint16_t enable;
	uint16_t control;
	uint64_t seen; /* timer value up to which TMR_STS is known */
	uint64_t deadline;
};

struct platform;

void pm_init(struct platform *p);
void pm_run(struct platform *p, uint64_t now);

#endif

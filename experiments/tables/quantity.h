/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/measurement.h"

/*
 * Numbers by the names that definitions, published rows and columns have for them. Rates are of
 * simulated time: the run's own ticks by its knob tsc_khz.
 */

/*
 * What @name is of the measurement @m of @run: exits_per_op, ticks_min, ticks_min_dearest,
 * ticks_p50, ticks_p99, ticks_max, ticks_mean, ticks_without_charge, multiplication_mean,
 * ticks_in_l0; us_mean; sidecore_busy, its busy ticks per operation; exits_per_s; mmio_exits_per_op
 * and _per_s, those for registers of devices and, at L2, for its memory; of them l1_ and
 * l2_mmio_exits_per_op, L1's to devices of L0's and L2's to those of L1's; l1_vmx_exits_per_op,
 * L1's for VMRESUME and its like, and other_exits_per_op, which are none of these;
 * interrupts_per_op, those for an interrupt from without (a device of another processor's),
 * reply_exits_per_op, the same with NMIs and interrupt windows, and host_interrupts_per_s;
 * device_interrupts_per_s, those that the guest's own kernel counted for its devices ("interrupts"
 * of its sample), and exits_per_interrupt, all exits by them; requests_per_s
 * ("requests" of the sample); guest_percent, of all ticks those of the guest's level, asleep or
 * not; cpu_percent, of all ticks those not in HLT, where an L1 of one vCPU says so itself by its
 * own accounts ("idle_ns" of its sample); of a stream exits_per_packet (of 1,448 bytes), mbit_s,
 * line_percent (of the wire's rate) and bare_percent, the same in the ticks of *bare (computed)*:
 * without L0's, the charged ones and, of a run at L2, L1's but those in HLT; percent_of_bare, the
 * rate by the rate in those ticks, and us_bare, us_mean in them. window_max, window_wrong,
 * window_foreign of the run's replayed DMA (tables/windows.h). False: not known, or no such
 * quantity.
 */
bool quantity_of(const json_t *run, const struct measurement *m, const char *name,
		 struct ratio *value);

/* Whether there is one of that name; whether it is one of a run and no operation:
 * l0_delay_over_look and neighbour_late (tables/threats.h).
 */
bool quantity_known(const char *name);
bool quantity_of_run(const char *name);

/*
 * What a row of a definition speaks of, in @run at the run's level: its "operation", and of its
 * "size" if it says one. All NULL where there is no such operation.
 */
struct measurement quantity_row(const json_t *run, const json_t *row);

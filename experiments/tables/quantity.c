// SPDX-License-Identifier: Apache-2.0
#include "tables/quantity.h"
#include "lib/channel.h"
#include "tables/threats.h"
#include "tables/windows.h"

#include <string.h>

/* A knob that is a number, as L0 says at its start. */
static bool knob_of(const json_t *run, const char *name, uint64_t *value)
{
	return channel_number(json_object_get(channel_first(run, "boot"), "knobs"), name, value);
}

static bool single(bool known, struct ratio *value)
{
	value->count = 1;
	return known;
}

static bool exits_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return measurement_exits(m, value);
}

static bool ticks_min(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return single(measurement_minimum(m, &value->sum), value);
}

static bool ticks_min_dearest(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return single(measurement_dearest(m, &value->sum), value);
}

/* Those that a guest made of its own samples: histograms are too coarse for it. */
static bool ticks_p50(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return single(channel_number(m->sample, "ticks_p50", &value->sum), value);
}

static bool ticks_p99(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return single(channel_number(m->sample, "ticks_p99", &value->sum), value);
}

static bool ticks_max(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return single(channel_number(m->sample, "ticks_max", &value->sum), value);
}

static bool ticks_mean(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return measurement_mean(m, value);
}

static bool ticks_without_charge(const json_t *run, const struct measurement *m,
				 struct ratio *value)
{
	(void)run;
	return measurement_uncharged(m, value);
}

static bool multiplication_mean(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t greatest;

	(void)run;
	return measurement_multiplication(m, value, &greatest);
}

static bool ticks_in_l0(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return measurement_ticks_in(m, "l0", value);
}

static bool sidecore_busy(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return channel_number(json_object_get(m->measure, "sidecore"), "busy", &value->sum) &&
	       channel_number(m->measure, "iterations", &value->count) && value->count;
}

static bool us_mean(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t khz;

	if (!measurement_mean(m, value) || !knob_of(run, "tsc_khz", &khz))
		return false;
	value->sum *= 1000;
	value->count *= khz;
	return true;
}

static bool exits_per_s(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t khz, elapsed;

	if (!measurement_exits(m, value) || !knob_of(run, "tsc_khz", &khz) ||
	    !channel_number(m->measure, "elapsed", &elapsed))
		return false;
	*value = (struct ratio){value->sum * khz * 1000, elapsed};
	return elapsed;
}

#define ANY_LEVEL 0

/* Those of @level for the reasons that begin so. */
static uint64_t exits_of(const struct measurement *m, uint64_t level, const char *reason)
{
	const json_t *row;
	uint64_t count, of, sum = 0;
	size_t i;

	json_array_foreach (json_object_get(m->measure, "exits"), i, row)
		if (!strncmp(channel_text(row, "reason", ""), reason, strlen(reason)) &&
		    channel_number(row, "level", &of) && (!level || of == level) &&
		    channel_number(row, "count", &count))
			sum += count;
	return sum;
}

/* Those for the registers of devices, kicks among them, whichever level made them. */
static uint64_t mmio_exits(const struct measurement *m)
{
	return exits_of(m, ANY_LEVEL, "EPT_");
}

static bool per_op(const struct measurement *m, uint64_t exits, struct ratio *value)
{
	value->sum = exits;
	return channel_number(m->measure, "iterations", &value->count) && value->count;
}

static bool interrupts_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return per_op(m, exits_of(m, ANY_LEVEL, "EXTERNAL_INTERRUPT"), value);
}

/* What comes from another processor: as an interrupt or, with interrupts=eli, an NMI of L0's, and
 * where the guest has to be ready for it first. */
static bool reply_exits_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return per_op(m,
		      exits_of(m, ANY_LEVEL, "EXTERNAL_INTERRUPT") +
			      exits_of(m, ANY_LEVEL, "EXCEPTION_NMI") +
			      exits_of(m, ANY_LEVEL, "INTERRUPT_WINDOW"),
		      value);
}

/* So many of the measurement's, in a second of its ticks. */
static bool per_second(const json_t *run, const struct measurement *m, uint64_t count,
		       struct ratio *value)
{
	uint64_t khz;

	if (!knob_of(run, "tsc_khz", &khz) || !channel_number(m->measure, "elapsed", &value->count))
		return false;
	value->sum = count * khz * 1000;
	return value->count;
}

/* Interrupts that L0 took: of a guest that has its own without exits they are others' alone. */
static bool host_interrupts_per_s(const json_t *run, const struct measurement *m,
				  struct ratio *value)
{
	return json_is_array(json_object_get(m->measure, "exits")) &&
	       per_second(run, m, exits_of(m, ANY_LEVEL, "EXTERNAL_INTERRUPT"), value);
}

/* Those of its devices, as the guest's own kernel counted them. */
static bool device_interrupts(const struct measurement *m, uint64_t *count)
{
	return channel_number(m->sample, "interrupts", count);
}

static bool device_interrupts_per_s(const json_t *run, const struct measurement *m,
				    struct ratio *value)
{
	uint64_t count;

	return device_interrupts(m, &count) && per_second(run, m, count, value);
}

static bool exits_per_interrupt(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return measurement_exits(m, value) && device_interrupts(m, &value->count) && value->count;
}

static bool requests_per_s(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t requests;

	return channel_number(m->sample, "requests", &requests) &&
	       per_second(run, m, requests, value);
}

static bool mmio_exits_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return per_op(m, mmio_exits(m), value);
}

/* L1's memory is there from the start: what it exits for are registers that L0 has. */
static bool l1_mmio_exits_per_op(const json_t *run, const struct measurement *m,
				 struct ratio *value)
{
	(void)run;
	return per_op(m, exits_of(m, 1, "EPT_"), value);
}

static bool l2_mmio_exits_per_op(const json_t *run, const struct measurement *m,
				 struct ratio *value)
{
	(void)run;
	return per_op(m, exits_of(m, 2, "EPT_"), value);
}

/* VMRESUME and its like: what it costs L1 to answer an exit of L2's. */
static bool l1_vmx_exits_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	return per_op(m, exits_of(m, 1, "VM"), value);
}

/* Interrupts, timers and halts. */
static bool other_exits_per_op(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)run;
	if (!measurement_exits(m, value))
		return false;
	value->sum -= mmio_exits(m) + exits_of(m, 1, "VM");
	return true;
}

static bool mmio_exits_per_s(const json_t *run, const struct measurement *m, struct ratio *value)
{
	return per_second(run, m, mmio_exits(m), value);
}

/*
 * Ticks in HLT, which does not exit: of an L1 with one vCPU by its kernel's own accounts. Under an
 * L2 L1's are not at hand, so what ended in HLT is taken (l0/measure/counters.h): where that began
 * no exit tells.
 */
static bool ticks_halted(const json_t *run, const struct measurement *m, uint64_t *halted)
{
	uint64_t khz, vcpus;

	if (strcmp(channel_text(run, "level", ""), "L1") != 0 ||
	    (knob_of(run, "vcpus", &vcpus) && vcpus > 1) ||
	    !channel_number(m->sample, "idle_ns", halted) || !knob_of(run, "tsc_khz", &khz))
		return channel_number(m->measure, "halted", halted);
	*halted = *halted * khz / 1000000;
	return true;
}

static bool cpu_percent(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t halted, elapsed;

	if (!ticks_halted(run, m, &halted) || !channel_number(m->measure, "elapsed", &elapsed) ||
	    halted > elapsed)
		return false;
	*value = (struct ratio){(elapsed - halted) * 100, elapsed};
	return elapsed;
}

/* A stream's bytes in packets of an MTU of 1,500: less headers of IP and TCP, with time stamps. */
#define PACKET_BYTES 1448

static bool exits_per_packet(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t bytes;

	(void)run;
	if (strcmp(m->operation->name, "stream") || !measurement_exits(m, value) ||
	    !measurement_bytes(m, &bytes))
		return false;
	*value = (struct ratio){value->sum * PACKET_BYTES, value->count * bytes};
	return bytes;
}

/* Bits in a millisecond of so many ticks; a stream's one sample is of all its bytes. */
static bool bits_in(const json_t *run, const struct measurement *m, uint64_t ticks,
		    struct ratio *value)
{
	uint64_t bytes, khz;

	if (strcmp(m->operation->name, "stream") || !measurement_bytes(m, &bytes) ||
	    !knob_of(run, "tsc_khz", &khz))
		return false;
	*value = (struct ratio){bytes * 8 * khz, ticks};
	return ticks;
}

static bool of_line(const json_t *run, const struct measurement *m, uint64_t ticks,
		    struct ratio *value)
{
	uint64_t mbit;

	if (!knob_of(run, "wire_mbit", &mbit) || !bits_in(run, m, ticks, value))
		return false;
	/* 1,000 bits in a millisecond are a megabit in a second. */
	value->count *= mbit * 10;
	return mbit;
}

static bool mbit_s(const json_t *run, const struct measurement *m, struct ratio *value)
{
	struct ratio ticks;

	if (!measurement_mean(m, &ticks) || !bits_in(run, m, ticks.sum, value))
		return false;
	value->count *= 1000;
	return true;
}

static bool line_percent(const json_t *run, const struct measurement *m, struct ratio *value)
{
	struct ratio ticks;

	return measurement_mean(m, &ticks) && of_line(run, m, ticks.sum, value);
}

/* Ticks of the levels above the guest that are not the guest's own: of L1 under L2 all but HLT. */
static bool ticks_above(const json_t *run, const struct measurement *m, uint64_t *above)
{
	struct ratio l0, l1;
	uint64_t halted;

	if (!measurement_ticks_in(m, "l0", &l0))
		return false;
	*above = l0.sum;
	if (strcmp(channel_text(run, "level", ""), "L2") != 0)
		return true;
	if (!measurement_ticks_in(m, "l1", &l1) || !channel_number(m->measure, "halted", &halted) ||
	    halted > l1.sum)
		return false;
	*above += l1.sum - halted;
	return true;
}

/* Of all ticks those of the guest's own level, and, of one that halts in L1, those that L1 sleeps.
 */
static bool guest_percent(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t above, charged = 0;

	channel_number(m->measure, "charged", &charged);
	if (!ticks_above(run, m, &above) || !channel_number(m->measure, "elapsed", &value->count) ||
	    above + charged > value->count)
		return false;
	value->sum = (value->count - above - charged) * 100;
	return value->count;
}

/* Bare (computed): what was left without them and without the charged ones. */
static bool bare_ticks(const json_t *run, const struct measurement *m, uint64_t *ticks)
{
	struct ratio uncharged;
	uint64_t above;

	if (!measurement_uncharged(m, &uncharged) || !ticks_above(run, m, &above) ||
	    above >= uncharged.sum)
		return false;
	*ticks = uncharged.sum - above;
	return true;
}

static bool bare_percent(const json_t *run, const struct measurement *m, struct ratio *value)
{
	uint64_t ticks;

	return bare_ticks(run, m, &ticks) && of_line(run, m, ticks, value);
}

static bool percent_of_bare(const json_t *run, const struct measurement *m, struct ratio *value)
{
	struct ratio ticks;

	if (!bare_ticks(run, m, &value->sum) || !measurement_mean(m, &ticks))
		return false;
	value->sum *= 100;
	value->count = ticks.sum;
	return value->count;
}

/* The mean of one operation in those ticks. */
static bool us_bare(const json_t *run, const struct measurement *m, struct ratio *value)
{
	struct ratio ticks;
	uint64_t khz;

	if (!bare_ticks(run, m, &value->sum) || !measurement_mean(m, &ticks) ||
	    !knob_of(run, "tsc_khz", &khz))
		return false;
	value->sum *= 1000;
	value->count = ticks.count * khz;
	return value->count;
}

static bool window_max(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)m;
	return single(windows_longest(run, &value->sum), value);
}

static bool window_wrong(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)m;
	return single(windows_counted(run, "wrong", &value->sum), value);
}

static bool window_foreign(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)m;
	return single(windows_counted(run, "foreign", &value->sum), value);
}

static bool l0_delay_over_look(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)m;
	return single(threats_over_look(run, &value->sum), value);
}

static bool neighbour_late(const json_t *run, const struct measurement *m, struct ratio *value)
{
	(void)m;
	return single(threats_neighbour(run, &value->sum), value);
}

static const struct quantity {
	const char *name;
	bool (*of)(const json_t *run, const struct measurement *m, struct ratio *value);
} quantities[] = {
	{"exits_per_op", exits_per_op},
	{"ticks_min", ticks_min},
	{"ticks_min_dearest", ticks_min_dearest},
	{"ticks_p50", ticks_p50},
	{"ticks_p99", ticks_p99},
	{"ticks_max", ticks_max},
	{"ticks_mean", ticks_mean},
	{"ticks_without_charge", ticks_without_charge},
	{"multiplication_mean", multiplication_mean},
	{"ticks_in_l0", ticks_in_l0},
	{"sidecore_busy", sidecore_busy},
	{"us_mean", us_mean},
	{"exits_per_s", exits_per_s},
	{"mmio_exits_per_op", mmio_exits_per_op},
	{"l1_mmio_exits_per_op", l1_mmio_exits_per_op},
	{"l2_mmio_exits_per_op", l2_mmio_exits_per_op},
	{"l1_vmx_exits_per_op", l1_vmx_exits_per_op},
	{"other_exits_per_op", other_exits_per_op},
	{"mmio_exits_per_s", mmio_exits_per_s},
	{"interrupts_per_op", interrupts_per_op},
	{"reply_exits_per_op", reply_exits_per_op},
	{"host_interrupts_per_s", host_interrupts_per_s},
	{"device_interrupts_per_s", device_interrupts_per_s},
	{"exits_per_interrupt", exits_per_interrupt},
	{"requests_per_s", requests_per_s},
	{"guest_percent", guest_percent},
	{"exits_per_packet", exits_per_packet},
	{"cpu_percent", cpu_percent},
	{"mbit_s", mbit_s},
	{"line_percent", line_percent},
	{"bare_percent", bare_percent},
	{"percent_of_bare", percent_of_bare},
	{"us_bare", us_bare},
	{"window_max", window_max},
	{"window_wrong", window_wrong},
	{"window_foreign", window_foreign},
	{"l0_delay_over_look", l0_delay_over_look},
	{"neighbour_late", neighbour_late},
};

static const struct quantity *find(const char *name)
{
	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++)
		if (!strcmp(quantities[i].name, name))
			return &quantities[i];
	return NULL;
}

bool quantity_known(const char *name)
{
	return find(name);
}

static bool is_of_run(const struct quantity *quantity)
{
	return quantity && (quantity->of == l0_delay_over_look || quantity->of == neighbour_late);
}

bool quantity_of_run(const char *name)
{
	return is_of_run(find(name));
}

bool quantity_of(const json_t *run, const struct measurement *m, const char *name,
		 struct ratio *value)
{
	const struct quantity *quantity = find(name);

	*value = (struct ratio){0};
	return quantity && (m->operation || is_of_run(quantity)) && quantity->of(run, m, value);
}

static bool has_size(const struct measurement *m, const json_t *row)
{
	uint64_t wanted, size;

	return !channel_number(row, "size", &wanted) ||
	       (measurement_size(m, &size) && size == wanted);
}

struct measurement quantity_row(const json_t *run, const json_t *row)
{
	const struct operation *operation = operation_find(channel_text(row, "operation", ""));
	const char *level = channel_text(run, "level", "");
	const json_t *events = json_object_get(run, "events");
	struct measurement m = {0};

	for (size_t nth = 0; operation; nth++) {
		m = measurement_nth(events, level, operation, nth);
		if (has_size(&m, row))
			return m;
		if (!m.sample)
			break;
	}
	return (struct measurement){0};
}

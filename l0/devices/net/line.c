// SPDX-License-Identifier: Apache-2.0
#include "devices/net/line.h"
#include "platform/clock.h"

bool line_init(struct line *line, const struct line_config *config)
{
	if (!config->tsc_khz || !config->mbit || config->mbit > LINE_MBIT_MAX)
		return false;
	/* A millisecond is tsc_khz ticks and mbit * 1000 bits. */
	*line = (struct line){
		.ticks = config->tsc_khz * 8,
		.bytes = (uint64_t)config->mbit * 1000,
		.latency = config->latency,
		.depth = config->depth,
	};
	return true;
}

uint64_t line_ticks(const struct line *line, uint64_t bytes)
{
	uint64_t ticks = muldiv(bytes, line->ticks, line->bytes);

	/* Modulo 2^64 is enough to see a rest. */
	return ticks + (ticks * line->bytes != bytes * line->ticks);
}

/* Idle for less than a tick is not idle: who sends when the line gets free loses nothing. */
static bool idle(const struct line *line, uint64_t now)
{
	return now > line->free || line->sent == 0;
}

static uint64_t end_of(const struct line *line, uint64_t now, uint64_t bytes)
{
	if (idle(line, now))
		return now + line_ticks(line, bytes);
	return line->start + line_ticks(line, line->sent + bytes);
}

static bool fits(const struct line *line, uint64_t now, uint64_t bytes)
{
	uint64_t out, waiting;

	if (idle(line, now) || now == line->free)
		return true;
	out = now > line->start ? muldiv(now - line->start, line->bytes, line->ticks) : 0;
	waiting = out < line->sent ? line->sent - out : 0;
	return waiting + bytes <= line->depth;
}

/* What comes before the receiver's clock begins has been waiting for it. */
static uint64_t arrival(const struct line *line, uint64_t end)
{
	uint64_t when = end + line->latency + line->shift;

	return when >> 63 ? 0 : when;
}

uint64_t line_foresee(const struct line *line, uint64_t now, uint64_t bytes)
{
	return arrival(line, end_of(line, now, bytes));
}

uint64_t line_pass(struct line *line, uint64_t now, uint64_t bytes)
{
	uint64_t end = end_of(line, now, bytes);
	bool fresh = idle(line, now);

	if (!fits(line, now, bytes)) {
		line->counters.dropped++;
		return CLOCK_NEVER;
	}
	line->counters.frames++;
	line->counters.bytes += bytes;
	line->counters.busy += end - (fresh ? now : line->free);
	line->start = fresh ? now : line->start;
	line->sent = (fresh ? 0 : line->sent) + bytes;
	line->free = end;
	return arrival(line, end);
}

void line_read_counters(struct line *line, struct line_counters *counters)
{
	lock_take(line->lock);
	*counters = line->counters;
	lock_give(line->lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The data channel: what L0 and the guests write to port E9H comes out of the engine's stdout,
 * one JSON object a line, mixed with lines of the engine's own. Nothing of it is trusted; under L0
 * each line of a guest's bears L0's mark (l0/measure/frame.h), and counts only if it is of a kind
 * that guests send: the end of a run and its counters are L0's to tell. Without L0 there are no
 * marks.
 */

#define CHANNEL_LINE_MAX (1u << 20)

enum channel_kind {
	CHANNEL_NOISE, /* not one of our lines: kept in the log and nowhere else */
	CHANNEL_BOOT,
	CHANNEL_MEASURE,
	CHANNEL_PROFILE, /* L0's ticks by address, of one kind of exits (knob profile) */
	CHANNEL_SAMPLE,
	CHANNEL_SKIP,    /* a guest could not measure an operation, and says why */
	CHANNEL_ERROR,   /* a guest's measurement went wrong */
	CHANNEL_STOP,    /* L0 ended the VM */
	CHANNEL_END,     /* a guest on the bare engine ended */
	CHANNEL_STATE,   /* what a vCPU does, for who asked L0 (engines/monitor.h) */
	CHANNEL_POLLING, /* what a processor that polls has spent */
	CHANNEL_NET,     /* what went through a port of a machine's switch, or its wire */
	CHANNEL_IOMMU,   /* what a machine's IOMMU has done */
	CHANNEL_DELAY,   /* for how long a guest that takes interrupts by itself kept L0 waiting */
	CHANNEL_WINDOW,  /* for how long a device went on with what was unmapped */
	CHANNEL_DISK,    /* a changed block of a machine's disk, or how many there were */
};

struct channel_event {
	enum channel_kind kind;
	json_t *object;   /* NULL for noise; borrowed, valid during the call only */
	const char *text; /* the whole line, without its end */
	unsigned machine; /* whose line or about which: 0 is the machine under test, 1 its neighbour
			   */
};

typedef void channel_handler(void *context, const struct channel_event *event);

/* Collects bytes into lines; all zero is a fresh one. */
struct channel_reader {
	char *line;
	size_t length;
	bool overlong;
};

void channel_feed(struct channel_reader *reader, const char *bytes, size_t count,
		  channel_handler *handler, void *context);
/* Hands over a last line that had no end, and frees the reader. */
void channel_finish(struct channel_reader *reader, channel_handler *handler, void *context);

/*
 * L0's mark in @line, whose guest's the rest is: its machine in *machine, and where it stands; NULL
 * if there is none. *end is behind it, and behind those that other L0s in the guest gave.
 */
const char *channel_mark(const char *line, unsigned *machine, const char **end);

/* Parses one line; the caller releases event->object. */
void channel_parse(const char *line, struct channel_event *event);

/*
 * Fields of an object by name: the value, or what stands in their place where the field is missing
 * or of another type. A negative number is never a count.
 */
bool channel_number(const json_t *object, const char *name, uint64_t *value);
const char *channel_text(const json_t *object, const char *name, const char *otherwise);

/* The first line of that kind ("t") that @run, a run of a result object, has kept; or NULL. */
const json_t *channel_first(const json_t *run, const char *kind);
/* Has any run of a result object one? */
bool channel_any(const json_t *result, const char *kind);

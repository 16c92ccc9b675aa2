/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data channel: JSON lines on port E9H, which the engine prints or keeps. One byte is one
 * instruction; nothing is sent while a measurement runs.
 */
#ifndef MEASURE_CHANNEL_H
#define MEASURE_CHANNEL_H

#include <stdint.h>

struct counters;
struct guest_line;
struct poll_counters;
struct settings;

/* Which machine a line is about, and of its vCPUs which; both from 0. */
struct channel_who {
	unsigned machine, vcpu;
};

/* {"t":"boot",...}: version and every knob; the neighbour's, if there is one, under its name. */
void channel_boot(const struct settings *settings);

/* What was measured: the begin mark's name, the end mark's iterations, and what the sidecore has
 * spent meanwhile; NULL: none polls this machine. */
struct channel_marks {
	uint64_t id, iterations;
	const struct poll_counters *sidecore;
};

/* {"t":"measure",...}: the counters as they stand; who runs now is who ended the measurement. */
void channel_measure(const struct channel_who *who, const struct counters *c,
		     const struct channel_marks *marks);

/* Exits of one level and reason: how often, and by address how many instructions. */
struct profile_kind {
	unsigned level, reason;
	uint64_t exits;
	const uint32_t *ticks; /* [profile_code.size], one for each byte of code */
};

/* The code that a profile counts: its first address, its bytes, and exit.S's part of an exit. */
struct profile_code {
	uint64_t base, size;
	unsigned stub_ticks;
};

/* {"t":"profile",...}: one kind of exits, by address; @missed exits are in no kind. */
void channel_profile(uint64_t id, const struct profile_code *code, const struct profile_kind *kind,
		     uint64_t missed);

/* An exit as it came: TSC of the machine's clock, the guest's RIP, and what the processor said. */
struct channel_exit {
	uint64_t when, rip, qualification;
	uint32_t reason; /* its number alone */
	uint32_t level;
};

/* {"t":"exit",...}: number @number of this vCPU's exits. */
void channel_exit(const struct channel_who *who, uint64_t number, const struct channel_exit *e);

/* A vCPU as it is: registers of the guest of @level that runs, its last exits, all counters. */
#define TRACE_EXITS 16
struct channel_state {
	struct channel_who who;
	uint32_t told_with; /* so many vCPUs were asked together, this one included */
	uint32_t level;
	const char *activity;
	uint64_t now; /* the machine's clock */
	uint64_t rip, rsp, cs_base, rflags, cr0, cr3, cr4, efer, interruptibility;
	uint64_t exits;                  /* how many have been seen, and of them the last ones: */
	const struct channel_exit *last; /* [TRACE_EXITS], number n at n % TRACE_EXITS */
	const struct counters *counters;
};

/* {"t":"state",...}: addresses and registers as hexadecimal text, for JSON's numbers end at 2^53.
 */
void channel_state(const struct channel_state *s);

/* Pages of L0's pool of composed tables when the VM ended. */
struct pool_use {
	uint32_t total, free, least_free;
	uint32_t lost; /* neither free nor anybody's: a leak */
};

/* How a machine ended, or L0 itself: @detail must need no JSON escapes. */
struct channel_end {
	unsigned machine;
	const char *why, *detail;
	uint32_t status;
	uint64_t elapsed;            /* ticks of its clock */
	const struct pool_use *pool; /* NULL: there never was one */
};

/*
 * {"t":"disk",...}: @size bytes of a machine's disk, from @at on, as its guest left them; the zeros
 * behind the last other byte are not sent. And that all of them, @changed blocks, have been.
 */
void channel_disk_block(unsigned machine, uint64_t at, const uint8_t *bytes, uint32_t size);
void channel_disk_end(unsigned machine, uint64_t changed, uint64_t of);

struct channel_number {
	const char *name;
	uint64_t value;
};

/* {"t":"net",...}: what has been counted at one place of a machine's network. */
void channel_net(unsigned machine, const char *place, const struct channel_number *numbers,
		 unsigned count);

struct channel_list {
	const char *name;
	const uint64_t *value;
	uint64_t count;
};

/*
 * {"t":"window",...}: for how many ticks a function could go on with what its guest had unmapped, a
 * number for each buffer in each list, and what else it counted.
 */
void channel_window(unsigned machine, const struct channel_list *lists, unsigned list_count,
		    const struct channel_number *numbers, unsigned count);

/* {"t":"iommu",...}: what a machine's IOMMU has done. */
void channel_iommu(unsigned machine, const struct channel_number *numbers, unsigned count);

/* {"t":"delay",...}: for how long a vCPU's guest has kept L0 waiting (vcpu/delay.h). */
void channel_delay(const struct channel_who *who, const struct channel_number *numbers,
		   unsigned count);

/* {"t":"polling",...}: what a CPU that polls has spent so far. */
void channel_polling(const char *role, const struct poll_counters *c);

/* For a panic: whoever was sending will not go on. */
void channel_break(void);

/* {"t":"stop",...} */
void channel_stop(const struct channel_end *end);

/* A byte that a guest wrote to the port: whole lines are passed on, marked as a guest's (frame.h).
 */
void channel_guest_put(struct guest_line *line, uint8_t c);
/* What it left unfinished, when nothing follows. */
void channel_guest_finish(struct guest_line *line);

#endif

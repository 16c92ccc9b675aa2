/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds of what a guest in direct mode can keep from L0. In direct mode the guest decides when an
 * interrupt is taken (IF, TPR, what it leaves in service); what L0 must have it gets by NMI, which
 * exits whatever the guest does, and for all else it looks: the preemption timer brings the
 * processor back at least each `look` ticks.
 *
 *     look ──▶ same highest vector in service as before, and another one waits?  counts, then
 * STUCK; L0's own waits behind it?  STUCK at once exit ──▶ trouble of a kind (eli_guard.def):
 * counted, in windows of ELI_WINDOW_LOOKS looks too many ──▶ injection mode for `rest` ticks, twice
 * as long each time, up to `rest_most`; a window without trouble after it: as at first
 *
 * Nothing here is about correctness: in injection mode all is as without ELI. Times are in ticks of
 * one clock that never goes back.
 */
#ifndef ELI_GUARD_H
#define ELI_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_apic.h"

#define ELI_WINDOW_LOOKS 16

enum eli_trouble {
#define ELI_TROUBLE(name, most, why) ELI_TROUBLE_##name,
#include "eli_guard.def"
#undef ELI_TROUBLE
	ELI_TROUBLES,
};

struct eli_guard_knobs {
	uint64_t look;        /* longest time without a look, at least 1 */
	uint32_t stuck_looks; /* in service at so many looks one after another: stuck; at least 1 */
	uint64_t rest;        /* first time in injection mode */
	uint64_t rest_most;   /* longest */
};

struct eli_guard {
	struct eli_guard_knobs knobs;
	uint64_t window;     /* when it began */
	uint64_t rest;       /* the next one's length */
	uint64_t rest_until; /* no direct mode before */
	uint64_t looked;     /* the last look */
	int service;         /* then in service */
	uint32_t same;       /* looks that found the same one */
	uint32_t count[ELI_TROUBLES];
	uint64_t rests; /* how often direct mode ended by this */
};

/* Direct mode is allowed, the first window begins. */
void eli_guard_init(struct eli_guard *g, const struct eli_guard_knobs *knobs, uint64_t now);

/* There was trouble. True: direct mode ends now, for a time. */
bool eli_guard_count(struct eli_guard *g, enum eli_trouble what, uint64_t now);

/*
 * At an exit in direct mode, if eli_guard_due(): what the processor's APIC has of the guest's. An
 * interrupt that stays in service is the guest's own affair while nothing waits behind it. True:
 * direct mode ends now, for a time. (L0's own that are requested are eli_entry's own_requested.)
 */
bool eli_guard_look(struct eli_guard *g, const struct eli_half *physical, uint64_t now);

/* Does a guard forbid direct mode? */
static inline bool eli_guard_rests(const struct eli_guard *g, uint64_t now)
{
	return now < g->rest_until;
}

/* Is it time to look? */
static inline bool eli_guard_due(const struct eli_guard *g, uint64_t now)
{
	return now - g->looked >= g->knobs.look;
}

/* When the preemption timer must have the processor back at the latest, in direct mode. */
static inline uint64_t eli_guard_deadline(const struct eli_guard *g)
{
	return g->looked + g->knobs.look;
}

/* What a kind of trouble is, in a line. */
const char *eli_trouble_why(enum eli_trouble what);

#endif

// SPDX-License-Identifier: Apache-2.0
#include "eli_guard.h"

static const uint32_t most[ELI_TROUBLES] = {
#define ELI_TROUBLE(name, limit, why) [ELI_TROUBLE_##name] = limit,
#include "eli_guard.def"
#undef ELI_TROUBLE
};

const char *eli_trouble_why(enum eli_trouble what)
{
	static const char *const why_of[ELI_TROUBLES] = {
#define ELI_TROUBLE(name, limit, why) [ELI_TROUBLE_##name] = why,
#include "eli_guard.def"
#undef ELI_TROUBLE
	};

	return why_of[what];
}

static void begin_window(struct eli_guard *g, uint64_t now)
{
	g->window = now;
	for (unsigned i = 0; i < ELI_TROUBLES; i++)
		g->count[i] = 0;
}

void eli_guard_init(struct eli_guard *g, const struct eli_guard_knobs *knobs, uint64_t now)
{
	*g = (struct eli_guard){
		.knobs = *knobs,
		.window = now,
		.rest = knobs->rest,
		.rest_until = now,
		.looked = now,
		.service = -1,
	};
}

static bool had_trouble(const struct eli_guard *g)
{
	for (unsigned i = 0; i < ELI_TROUBLES; i++) {
		if (g->count[i])
			return true;
	}
	return false;
}

/* What was counted in a window that is over counts no more. */
static void turn_window(struct eli_guard *g, uint64_t now)
{
	uint64_t length = g->knobs.look * ELI_WINDOW_LOOKS;

	if (now - g->window < length)
		return;
	/* A window without trouble, or a whole one that nobody saw: the guest has mended its ways.
	 */
	if (!had_trouble(g) || now - g->window >= 2 * length)
		g->rest = g->knobs.rest;
	begin_window(g, now);
}

/* The next one is twice as long; the window begins behind it. */
static void begin_rest(struct eli_guard *g, uint64_t now)
{
	g->rest_until = now + g->rest;
	g->rest = g->rest < g->knobs.rest_most / 2 ? g->rest * 2 : g->knobs.rest_most;
	g->rests++;
	g->same = 0;
	g->service = -1;
	begin_window(g, g->rest_until);
}

bool eli_guard_count(struct eli_guard *g, enum eli_trouble what, uint64_t now)
{
	if (eli_guard_rests(g, now))
		return true;
	turn_window(g, now);
	if (++g->count[what] < most[what])
		return false;
	begin_rest(g, now);
	return true;
}

/* Is it the same one in service as at the looks before, and too often? */
static bool stuck(struct eli_guard *g, const struct eli_half *physical)
{
	if (physical->service < 0 || physical->pending < 0 || physical->service != g->service)
		g->same = 0;
	g->service = physical->service;
	return physical->service >= 0 && physical->pending >= 0 &&
	       ++g->same >= g->knobs.stuck_looks;
}

bool eli_guard_look(struct eli_guard *g, const struct eli_half *physical, uint64_t now)
{
	g->looked = now;
	if (eli_guard_rests(g, now))
		return true;
	turn_window(g, now);
	return stuck(g, physical) && eli_guard_count(g, ELI_TROUBLE_STUCK, now);
}

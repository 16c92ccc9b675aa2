// SPDX-License-Identifier: Apache-2.0
#include "engines/monitor.h"
#include "engines/progress.h"
#include "engines/state.h"
#include "lib/channel.h"
#include "lib/complain.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* L0's words for it: tell when you have seen some exits, or tell what you have. */
#define WORD_TELL  "d"
#define WORD_HURRY "n"

/* Seconds: a guest that exits now and then has told by then; L0 that still says nothing is gone. */
#define PATIENCE 0.5
#define LIMIT    5.0

static bool open_line(struct monitor *monitor, const char *place)
{
	struct termios raw;
	char name[64];

	cfmakeraw(memset(&raw, 0, sizeof(raw)));
	if (openpty(&monitor->master, &monitor->slave, name, &raw, NULL)) {
		monitor->master = monitor->slave = -1;
		return false;
	}
	fcntl(monitor->master, F_SETFL, O_NONBLOCK);
	fcntl(monitor->master, F_SETFD, FD_CLOEXEC);
	fcntl(monitor->slave, F_SETFD, FD_CLOEXEC);
	return symlink(name, place) == 0;
}

void monitor_open(struct monitor *monitor, const char *directory, bool bare)
{
	char *place = text_format("%s/" MONITOR_NAME, directory);

	*monitor = (struct monitor){.master = -1, .slave = -1};
	if (!bare && !open_line(monitor, place))
		monitor_close(monitor);
	free(place);
}

void monitor_close(struct monitor *monitor)
{
	if (monitor->master >= 0) {
		close(monitor->master);
		close(monitor->slave);
	}
	monitor->master = monitor->slave = -1;
}

char *monitor_device(const char *directory)
{
	char *place = text_format("%s/" MONITOR_NAME, directory);

	if (access(place, R_OK | W_OK) == 0)
		return place;
	free(place);
	return NULL;
}

static bool say_to_l0(struct monitor *monitor, const char *word)
{
	return write(monitor->master, word, 1) == 1;
}

void monitor_ask(struct monitor *monitor)
{
	if (monitor->asked > 0)
		return;
	if (monitor->master < 0 || !say_to_l0(monitor, WORD_TELL)) {
		give_up(0, "there is no L0 to ask what the guest does");
		return;
	}
	monitor->asked = seconds_now();
	monitor->hurried = false;
	monitor->told = 0;
}

void monitor_told(struct monitor *monitor, const json_t *state)
{
	uint64_t together = 1;

	state_print(stderr, state);
	channel_number(state, "told_with", &together);
	if (++monitor->told >= together)
		monitor->asked = 0;
}

bool monitor_waits(struct monitor *monitor)
{
	double since = seconds_now() - monitor->asked;

	if (!(monitor->asked > 0))
		return false;
	if (since > PATIENCE && !monitor->hurried)
		monitor->hurried = say_to_l0(monitor, WORD_HURRY);
	if (since < LIMIT)
		return true;
	give_up(0, "L0 does not say what %s does", monitor->told ? "every guest" : "the guest");
	monitor->asked = 0;
	return false;
}

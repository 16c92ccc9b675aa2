// SPDX-License-Identifier: Apache-2.0
#include "engines/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_A '\001'

static struct termios before;
static bool raw;

void terminal_restore(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	raw = false;
}

void terminal_raw(void)
{
	struct termios settings;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return;
	settings = before;
	cfmakeraw(&settings);
	/* L0's and the guests' line ends come as they are; only "\n" alone needs its return. */
	settings.c_oflag |= OPOST | ONLCR;
	raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) == 0;
	atexit(terminal_restore);
}

bool escape_asked(struct escape *escape)
{
	bool asked = escape->asked;

	escape->asked = false;
	return asked;
}

size_t escape_filter(struct escape *escape, char *keys, size_t count, bool *quit)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		char key = keys[i];

		if (!escape->active) {
			keys[kept++] = key;
		} else if (escape->pending) {
			escape->pending = false;
			if (key == 'x')
				*quit = true;
			else if (key == 'd')
				escape->asked = true;
			else
				keys[kept++] = key;
		} else if (key == CTRL_A) {
			escape->pending = true;
		} else {
			keys[kept++] = key;
		}
	}
	return kept;
}

bool terminal_size(unsigned int *rows, unsigned int *columns)
{
	struct winsize size;

	if (!isatty(STDIN_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ||
	    !size.ws_col)
		return false;
	*rows = size.ws_row;
	*columns = size.ws_col;
	return true;
}

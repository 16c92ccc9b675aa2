// SPDX-License-Identifier: Apache-2.0
#include "engines/console.h"
#include "lib/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The slave stays open here too, so that output which the engine leaves behind is not lost. */
static bool open_pty(struct console *console)
{
	struct termios raw;
	char name[64];

	cfmakeraw(memset(&raw, 0, sizeof(raw)));
	if (openpty(&console->master, &console->slave, name, &raw, NULL))
		return false;
	fcntl(console->master, F_SETFL, O_NONBLOCK);
	fcntl(console->master, F_SETFD, FD_CLOEXEC);
	fcntl(console->slave, F_SETFD, FD_CLOEXEC);
	console->device = text_format("%s", name);
	console->input_open = true;
	console->escape.active = isatty(STDIN_FILENO);
	terminal_raw();
	return true;
}

bool console_open(struct console *console, bool interactive, const char *log, const char *directory)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;

	*console = (struct console){.tty = interactive, .master = -1, .slave = -1, .log = -1};
	if (log && (console->log = open(log, flags, 0666)) < 0) {
		complain("--console: %s cannot be written: %s; give another place", log,
			 strerror(errno));
		return false;
	}
	if (interactive && !open_pty(console)) {
		give_up(0, "no pseudo-terminal: %s", strerror(errno));
		return false;
	}
	if (!interactive)
		console->device = log ? realpath(log, NULL) : text_format("%s/console", directory);
	return console->device != NULL;
}

/* Keys are read only when the last ones have gone: the guest's UART is slow. */
void console_polls(struct console *console, struct pollfd polls[CONSOLE_POLLS])
{
	bool waiting = console->pending_count > 0;

	polls[0] = (struct pollfd){.fd = console->master,
				   .events = (short)(POLLIN | (waiting ? POLLOUT : 0))};
	polls[1] = (struct pollfd){
		.fd = console->tty && console->input_open && !waiting ? STDIN_FILENO : -1,
		.events = POLLIN};
}

static void write_all(int file, const char *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(file, bytes, count);

		if (written <= 0)
			return;
		bytes += written;
		count -= (size_t)written;
	}
}

static void pass_output(struct console *console)
{
	char bytes[4096];
	ssize_t count;

	while ((count = read(console->master, bytes, sizeof(bytes))) > 0) {
		console->written += (uint64_t)count;
		write_all(STDOUT_FILENO, bytes, (size_t)count);
		if (console->log >= 0)
			write_all(console->log, bytes, (size_t)count);
	}
}

static void take_keys(struct console *console)
{
	ssize_t count = read(STDIN_FILENO, console->pending, sizeof(console->pending));

	if (count <= 0)
		console->input_open = false;
	else
		console->pending_count = escape_filter(&console->escape, console->pending,
						       (size_t)count, &console->quit);
}

static void send_keys(struct console *console)
{
	ssize_t count = write(console->master, console->pending, console->pending_count);

	if (count <= 0)
		return;
	console->pending_count -= (size_t)count;
	memmove(console->pending, console->pending + count, console->pending_count);
}

void console_serve(struct console *console, const struct pollfd polls[CONSOLE_POLLS])
{
	if (!console->tty)
		return;
	if (polls[0].revents & POLLIN)
		pass_output(console);
	if (polls[1].revents)
		take_keys(console);
	if (console->pending_count)
		send_keys(console);
}

uint64_t console_written(const struct console *console)
{
	struct stat status;

	if (console->tty)
		return console->written;
	return stat(console->device, &status) ? 0 : (uint64_t)status.st_size;
}

void console_close(struct console *console)
{
	if (console->tty) {
		pass_output(console);
		close(console->master);
		close(console->slave);
		terminal_restore();
	}
	if (console->log >= 0)
		close(console->log);
	free(console->device);
}

char *console_of_neighbour(const char *place, const char *directory, bool *tty)
{
	char *here = place && *place != '/' ? getcwd(NULL, 0) : NULL, *path;
	struct stat status;

	if (!place)
		path = text_format("%s/console2", directory);
	else
		path = text_format("%s%s%s", here ? here : "", here ? "/" : "", place);
	*tty = stat(path, &status) == 0 && S_ISCHR(status.st_mode);
	free(here);
	return path;
}

// SPDX-License-Identifier: Apache-2.0
#include "tables/symbols.h"
#include "lib/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_ADDR2LINE 127

/* "./l0/loop/exit.c:29 (discriminator 2)" is l0/loop/exit.c: paths of L0 begin at the tree's top.
 */
static const char *file_of(char *line)
{
	char *colon = strrchr(line, ':');

	if (colon)
		*colon = '\0';
	return strncmp(line, "./", 2) ? line : line + 2;
}

static bool is_source(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".S"));
}

/* Frames come from the inside out. */
static void add_frame(json_t *place, const char *function, const char *file)
{
	if (!json_object_get(place, "function")) {
		json_object_set_new(place, "function", json_string(function));
		json_object_set_new(place, "file", json_string(file));
	}
	if (is_source(file) && !json_object_get(place, "unit")) {
		json_object_set_new(place, "in", json_string(function));
		json_object_set_new(place, "unit", json_string(file));
	}
}

/* What has no source file around it stands for itself. */
static void end_places(json_t *places)
{
	json_t *place;
	size_t i;

	json_array_foreach (places, i, place) {
		if (!json_object_get(place, "function"))
			add_frame(place, "??", "??");
		if (json_object_get(place, "unit"))
			continue;
		json_object_set(place, "in", json_object_get(place, "function"));
		json_object_set(place, "unit", json_object_get(place, "file"));
	}
}

void symbols_parse(FILE *output, json_t *places)
{
	char *line = NULL, *function = NULL;
	json_t *place = NULL;
	size_t size = 0;

	while (getline(&line, &size, output) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0x", 2)) {
			place = json_object();
			json_array_append_new(places, place);
		} else if (!function) {
			function = text_format("%s", line);
		} else {
			if (place)
				add_frame(place, function, file_of(line));
			free(function);
			function = NULL;
		}
	}
	free(function);
	free(line);
	end_places(places);
}

static void become_addr2line(const char *program, FILE *input, int output)
{
	int errors = open("/dev/null", O_WRONLY);

	if (dup2(fileno(input), STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	execlp("addr2line", "addr2line", "-a", "-f", "-i", "-e", program, (char *)NULL);
	_exit(NO_ADDR2LINE);
}

/* By a file, since it begins to answer before it has read all. */
static FILE *write_addresses(const uint64_t *addresses, size_t count)
{
	FILE *file = tmpfile();

	for (size_t i = 0; file && i < count; i++)
		fprintf(file, "0x%" PRIx64 "\n", addresses[i]);
	if (file && (fflush(file) || fseek(file, 0, SEEK_SET))) {
		fclose(file);
		file = NULL;
	}
	return file;
}

static int ask(const char *program, FILE *input, json_t *places)
{
	int ends[2], status = 0;
	FILE *answers;
	pid_t child;

	if (pipe(ends))
		return give_up(STATUS_NO_RESULT, "no pipe to addr2line: %s", strerror(errno));
	child = fork();
	if (child == 0)
		become_addr2line(program, input, ends[1]);
	close(ends[1]);
	answers = fdopen(ends[0], "r");
	symbols_parse(answers, places);
	fclose(answers);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == NO_ADDR2LINE)
		return give_up(STATUS_NO_RESULT, "addr2line is not here; apt-get install binutils");
	if (child < 0 || status)
		return give_up(STATUS_NO_RESULT, "addr2line could not read %s", program);
	return 0;
}

int symbols_find(const char *program, const uint64_t *addresses, size_t count, json_t *places)
{
	FILE *input = write_addresses(addresses, count);
	int status;

	if (!input)
		return give_up(STATUS_NO_RESULT, "no temporary file: %s; set TMPDIR",
			       strerror(errno));
	status = ask(program, input, places);
	fclose(input);
	if (status == 0 && json_array_size(places) != count)
		status = give_up(STATUS_NO_RESULT, "addr2line answered %zu of %zu addresses of %s",
				 json_array_size(places), count, program);
	return status;
}

// SPDX-License-Identifier: Apache-2.0
#include "report/figure.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_GNUPLOT 127

static void become_gnuplot(const struct result *result, const char *name, const char *script)
{
	char *setting = text_format("name='%s'", name);
	int errors = open("/dev/null", O_WRONLY);

	if (chdir(result->work) || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	execlp("gnuplot", "gnuplot", "-e", setting, script, (char *)NULL);
	_exit(NO_GNUPLOT);
}

static char *script_path(const char *template)
{
	return text_format("%s/experiments/figures/%s.gp", tree_top(), template);
}

bool figure_known(const char *template)
{
	char *script = script_path(template);
	bool known = !strchr(template, '/') && file_exists(script);

	free(script);
	return known;
}

bool figure_draw(const struct result *result, const char *name, const char *template)
{
	char *script = script_path(template);
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		become_gnuplot(result, name, script);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	free(script);
	if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == NO_GNUPLOT) {
		give_up(0, "gnuplot is not here: no figure; apt-get install gnuplot-nox");
		return true;
	}
	return child > 0 && status == 0;
}

// SPDX-License-Identifier: Apache-2.0
/* The system tests of tests/system.def: boots machines side by side and judges their ends. */
#include "cli/commands.h"
#include "engines/engine.h"
#include "engines/progress.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "run/system_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIELD(name) offsetof(struct request, name)
#define JOBS_MAX    16

static const struct option_row options[] = {
	{"jobs", OPTION_NUMBER, FIELD(jobs), "N", "tests at a time (2)", 1, JOBS_MAX},
	{"long", OPTION_FLAG, FIELD(lengthy), NULL, "the long ones, instead of the others", 0, 0},
	{"engine", OPTION_TEXT, FIELD(engine), "E", "bochs, fast, stock or kvm", 0, 0},
	{0},
};

struct job {
	pid_t child; /* 0: free */
	const struct system_test *test;
	double start;
	int verdict; /* the pipe that the child writes its reason to */
};

struct batch {
	const struct engine *engine;
	const char *directory; /* logs */
	const char *filter;
	bool lengthy;
	struct job jobs[JOBS_MAX];
	unsigned int running, limit, passed, failed;
};

/* A worker's own words are its log's; only the reason comes back. */
static void become_worker(const struct batch *batch, const struct system_test *test, int verdict)
{
	char *path = text_format("%s/%s.log", batch->directory, test->name);
	char reason[SYSTEM_TEST_REASON] = "";
	int log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (!system_test_run(test, batch->engine, batch->directory, reason))
		(void)!write(verdict, reason, strlen(reason));
	_exit(reason[0] != '\0');
}

static bool start_job(struct batch *batch, struct job *job, const struct system_test *test)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	fflush(stdout);
	job->child = fork();
	if (job->child == 0)
		become_worker(batch, test, ends[1]);
	close(ends[1]);
	job->test = test;
	job->verdict = ends[0];
	job->start = seconds_now();
	batch->running++;
	return job->child > 0;
}

static void end_job(struct batch *batch, struct job *job, int status)
{
	char reason[SYSTEM_TEST_REASON] = "";
	ssize_t length = read(job->verdict, reason, sizeof(reason) - 1);
	double seconds = seconds_now() - job->start;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("PASS %s (%.0f s)\n", job->test->name, seconds);
		batch->passed++;
	} else {
		printf("FAIL %s: %s (logs: %s/%s.*)\n", job->test->name,
		       length > 0 ? reason : "the worker died", batch->directory, job->test->name);
		batch->failed++;
	}
	fflush(stdout);
	close(job->verdict);
	*job = (struct job){0};
	batch->running--;
}

static void wait_for_one(struct batch *batch)
{
	int status;
	pid_t child = wait(&status);

	for (size_t i = 0; child > 0 && i < JOBS_MAX; i++)
		if (batch->jobs[i].child == child)
			end_job(batch, &batch->jobs[i], status);
}

static struct job *free_job(struct batch *batch)
{
	size_t i = 0;

	while (batch->running >= batch->limit)
		wait_for_one(batch);
	while (batch->jobs[i].child)
		i++;
	return &batch->jobs[i];
}

static int run_batch(struct batch *batch)
{
	const struct system_test *test;

	for (size_t i = 0; i < system_test_count; i++) {
		test = &system_tests[i];
		if (batch->filter && !strstr(test->name, batch->filter))
			continue;
		if (test->lengthy != batch->lengthy || !system_test_fits(test, batch->engine))
			continue;
		if (!start_job(batch, free_job(batch), test))
			return give_up(STATUS_MISSING, "no worker: %s", strerror(errno));
	}
	while (batch->running)
		wait_for_one(batch);
	if (!batch->passed && !batch->failed)
		return complain("check-system: no %stest's name has \"%s\" in it",
				batch->lengthy ? "long " : "", batch->filter);
	printf("%u passed, %u failed\n", batch->passed, batch->failed);
	return batch->failed ? STATUS_MISSING : STATUS_DONE;
}

static int run(const struct request *request)
{
	struct batch batch = {
		.engine = engine_find(request->engine),
		.filter = request->subject,
		.lengthy = request->lengthy,
		.limit = request->jobs ? (unsigned int)request->jobs : 2,
	};
	char *directory = tree_path(".build/system");
	int status = STATUS_BAD_INPUT;

	batch.directory = directory;
	if (batch.engine && !directory_make(directory))
		status = complain("%s cannot be made: %s", directory, strerror(errno));
	else if (batch.engine)
		status = run_batch(&batch);
	free(directory);
	return status;
}

const struct command command_check_system = {
	.name = "check-system",
	.about = "run the system tests, or those whose name has NAME in it",
	.subject = "NAME",
	.subject_optional = true,
	.options = options,
	.run = run,
};

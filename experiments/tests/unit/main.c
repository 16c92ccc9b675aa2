// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *caught;
static int real_stderr;

void quiet_begin(void)
{
	fflush(stderr);
	caught = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

unsigned int quiet_end(void)
{
	unsigned int lines = 0;

	fflush(stderr);
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	rewind(caught);
	for (int c; (c = fgetc(caught)) != EOF;)
		lines += c == '\n';
	fclose(caught);
	return lines;
}

int main(void)
{
	SRunner *runner = srunner_create(channel_suite());
	int failed;

	srunner_add_suite(runner, knobs_suite());
	srunner_add_suite(runner, table_suite());
	srunner_add_suite(runner, result_suite());
	srunner_add_suite(runner, options_suite());
	srunner_add_suite(runner, measurement_suite());
	srunner_add_suite(runner, levels_suite());
	srunner_add_suite(runner, marks_suite());
	srunner_add_suite(runner, isolation_suite());
	srunner_add_suite(runner, threats_suite());
	srunner_add_suite(runner, matrix_suite());
	srunner_add_suite(runner, peer_suite());
	srunner_add_suite(runner, charge_suite());
	srunner_add_suite(runner, goals_suite());
	srunner_add_suite(runner, bars_suite());
	srunner_add_suite(runner, profile_suite());
	srunner_add_suite(runner, report_suite());
	srunner_add_suite(runner, smp_suite());
	srunner_add_suite(runner, stamp_suite());
	srunner_add_suite(runner, kernel_suite());
	srunner_add_suite(runner, disk_suite());
	srunner_add_suite(runner, ways_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

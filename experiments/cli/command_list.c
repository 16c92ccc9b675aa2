// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "machine/knobs.h"
#include "run/experiment.h"

#include <stdio.h>

static int run(const struct request *request)
{
	(void)request;
	printf("experiments (testudo run NAME):\n");
	experiments_list();
	printf("\nknobs (--set KEY=VALUE):\n");
	knobs_list();
	return 0;
}

const struct command command_list = {
	.name = "list",
	.about = "experiments and knobs",
	.run = run,
};

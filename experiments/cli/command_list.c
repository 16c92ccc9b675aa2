// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "machine/images.h"
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
	printf("\nimages (boot --l1 NAME, \"kernel\" and \"initrd\" of a definition):\n");
	images_list();
	printf("\nwhat L1's init does (boot --append testudo.do=ACTION[=ARG],...):\n");
	actions_list();
	return 0;
}

const struct command command_list = {
	.name = "list",
	.about = "experiments, knobs, images, and what L1's init does",
	.run = run,
};

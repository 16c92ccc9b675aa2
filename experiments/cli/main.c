// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "lib/complain.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_doctor, &command_list,  &command_run,          &command_boot,
	&command_report, &command_table, &command_check_system,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char about_statuses[] =
	"exit status:\n"
	"  0       done; of boot: the guest powered off\n"
	"  (v<<1)|1  of boot: the guest wrote v to the debug-exit port (always odd)\n"
	"  1       doctor: a run would not work; check-system: a test failed\n"
	"  2       bad input, said in one line\n"
	"  100     the guest asked for a reboot          102  triple fault\n"
	"  104     stopped at something unsupported      106  error of L0\n"
	"  108     the engine died or did not start      110  a measurement is missing\n"
	"  112     the guest halted for ever\n"
	"  124     time-out                              130  ended by you\n";

static int help(void)
{
	printf("usage: testudo COMMAND [WORD] [OPTION...]\n"
	       "Nested virtualization taken apart: runs a guest hypervisor on Testudo's L0 and\n"
	       "shows what every level costs.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-14s %s\n", commands[i]->name, commands[i]->about);
	printf("  %-14s %s\n\n%s", "--help", "this text; testudo COMMAND --help for each command",
	       about_statuses);
	return STATUS_DONE;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int run_command(const struct command *command, int count, char *words[])
{
	struct request request = {0};
	int status;

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--help") && strcmp(words[i], "-h"))
			continue;
		options_help(command);
		return STATUS_DONE;
	}
	status = options_parse(command, count, words, &request);
	if (status == 0)
		status = command->run(&request);
	options_release(&request);
	return status;
}

int main(int count, char *words[])
{
	const struct command *command;

	if (count < 2)
		return complain("no command; see testudo --help");
	if (!strcmp(words[1], "--help") || !strcmp(words[1], "-h") || !strcmp(words[1], "help"))
		return help();
	command = find_command(words[1]);
	if (!command)
		return complain("unknown command \"%s\"; see testudo --help", words[1]);
	return run_command(command, count - 2, words + 2);
}

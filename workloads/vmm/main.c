// SPDX-License-Identifier: Apache-2.0
// vmm: one payload, one VM at a time, and an exit status that says how it ended.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "vm.h"

#define DEBUG_EXIT_GOOD 1 // (0 << 1) | 1

struct file {
	uint8_t *bytes;
	size_t size;
};

static int refuse(const char *file, const char *why)
{
	fprintf(stderr, "vmm: %s: %s\n", file, why);
	return STATUS_USAGE;
}

static int file_open(struct file *file, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat about;
	int status = VM_GOES_ON;

	*file = (struct file){NULL, 0};
	if (fd < 0 || fstat(fd, &about) < 0) {
		status = refuse(name, strerror(errno));
	} else if (!S_ISREG(about.st_mode)) {
		status = refuse(name, "not a regular file");
	} else if (about.st_size > 0) {
		file->size = (size_t)about.st_size;
		file->bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file->bytes == MAP_FAILED)
			status = refuse(name, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return status;
}

static int run_vm(const struct options *options, const struct payload *payload, struct ram ram,
		  struct channel *channel)
{
	struct vm vm;
	int status = vm_create(&vm, options, ram);

	vm.channel = channel;
	if (status == VM_GOES_ON)
		status = vm_start(&vm, options, payload);
	if (status == VM_GOES_ON) {
		alarm(options->timeout);
		status = vm_run(&vm);
		alarm(0);
	}
	vm_destroy(&vm);
	return status;
}

// The payload is looked at first, so that a bad one is told even where there is no KVM.
static int run_one(const struct options *options, const struct file *file, struct channel *channel)
{
	struct payload payload;
	struct ram ram;
	int status = ram_create(&ram, options->memory, options->populate);

	if (status == VM_GOES_ON) {
		const char *wrong = payload_load(file->bytes, file->size, ram, &payload);

		if (wrong != NULL)
			status = refuse(options->file, wrong);
	}
	if (status == VM_GOES_ON) {
		boot_memory(ram, options->append);
		status = run_vm(options, &payload, ram, channel);
	}
	ram_destroy(&ram);
	return status;
}

int main(int argc, char **argv)
{
	static struct channel channel;
	struct options options;
	struct file file;
	enum parsed parsed = options_parse(&options, argc, argv, stderr);
	int status;

	if (parsed == PARSED_HELP) {
		options_help(stdout);
		return 0;
	}
	if (parsed == PARSED_WRONG)
		return STATUS_USAGE;
	if (strlen(options.append) > BOOT_CMDLINE_MAX)
		return refuse("--append", "longer than 4095 characters");
	status = file_open(&file, options.file);
	if (status != VM_GOES_ON)
		return status;
	vm_signals();
	channel_open(&channel, options.channel_port);
	for (unsigned long i = 0; i < options.repeat; i++) {
		status = run_one(&options, &file, &channel);
		if (status != DEBUG_EXIT_GOOD)
			break;
	}
	return status;
}

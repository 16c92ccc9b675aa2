// SPDX-License-Identifier: Apache-2.0
// What of vmm needs no KVM: payload files, the boot state, the channel's lines, the command line.
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "channel.h"
#include "multiboot.h"
#include "options.h"
#include "payload.h"

#define RAM_SIZE (4u << 20)
#define CODE_AT  0x1000u

static uint8_t file[0x2000];
static struct ram ram;

static void setup(void)
{
	memset(file, 0, sizeof(file));
	ram = (struct ram){calloc(1, RAM_SIZE), RAM_SIZE};
}

static void teardown(void)
{
	free(ram.bytes);
}

static void put_multiboot(uint32_t flags)
{
	const uint32_t header[] = {MULTIBOOT_HEADER_MAGIC, flags,
				   0u - MULTIBOOT_HEADER_MAGIC - flags};

	memcpy(file + CODE_AT, header, sizeof(header));
}

// One segment of 12 bytes in the file and 64 KiB in memory, at 1 MiB.
static Elf32_Phdr *make_elf32(void)
{
	Elf32_Ehdr *e = (void *)file;
	Elf32_Phdr *p = (void *)(file + sizeof(*e));

	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS32;
	e->e_machine = EM_386;
	e->e_phoff = sizeof(*e);
	e->e_phentsize = sizeof(*p);
	e->e_phnum = 1;
	e->e_entry = 0x100004;
	*p = (Elf32_Phdr){.p_type = PT_LOAD,
			  .p_offset = CODE_AT,
			  .p_paddr = 0x100000,
			  .p_filesz = 12,
			  .p_memsz = 0x10000};
	return p;
}

static Elf64_Phdr *make_elf64(void)
{
	Elf64_Ehdr *e = (void *)file;
	Elf64_Phdr *p = (void *)(file + sizeof(*e));

	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS64;
	e->e_machine = EM_X86_64;
	e->e_phoff = sizeof(*e);
	e->e_phentsize = sizeof(*p);
	e->e_phnum = 1;
	e->e_entry = 0x200000;
	*p = (Elf64_Phdr){.p_type = PT_LOAD,
			  .p_offset = CODE_AT,
			  .p_paddr = 0x200000,
			  .p_filesz = 12,
			  .p_memsz = 12};
	return p;
}

static const char *load(size_t size, struct payload *payload)
{
	return payload_load(file, size, ram, payload);
}

START_TEST(multiboot_elf)
{
	struct payload payload;

	make_elf32();
	put_multiboot(MULTIBOOT_WANT_ALIGN | MULTIBOOT_WANT_MEMORY);
	ck_assert_ptr_null(load(sizeof(file), &payload));
	ck_assert_int_eq(payload.state, ENTRY_MULTIBOOT);
	ck_assert_uint_eq(payload.entry, 0x100004);
	ck_assert_mem_eq(ram.bytes + 0x100000, file + CODE_AT, 12);
	ck_assert_uint_eq(ram.bytes[0x10000c], 0);
}
END_TEST

START_TEST(elf64)
{
	struct payload payload;

	make_elf64();
	ck_assert_ptr_null(load(sizeof(file), &payload));
	ck_assert_int_eq(payload.state, ENTRY_LONG);
	ck_assert_uint_eq(payload.entry, 0x200000);
}
END_TEST

START_TEST(flat)
{
	struct payload payload;

	file[0] = 0xf4;
	ck_assert_ptr_null(load(1, &payload));
	ck_assert_int_eq(payload.state, ENTRY_LONG);
	ck_assert_uint_eq(payload.entry, PAYLOAD_FLAT);
	ck_assert_uint_eq(ram.bytes[PAYLOAD_FLAT], 0xf4);
}
END_TEST

// Each row spoils one thing of a good multiboot ELF.
static void no_header(Elf32_Phdr *p)
{
	(void)p;
	memset(file + CODE_AT, 0, 12);
}

static void wants_video(Elf32_Phdr *p)
{
	(void)p;
	put_multiboot(MULTIBOOT_WANT_VIDEO);
}

static void beyond_file(Elf32_Phdr *p)
{
	p->p_offset = 0xfffffff0;
}

static void more_in_file(Elf32_Phdr *p)
{
	p->p_filesz = p->p_memsz + 1;
}

static void beyond_memory(Elf32_Phdr *p)
{
	p->p_memsz = RAM_SIZE;
}

static void wraps(Elf32_Phdr *p)
{
	p->p_paddr = 0xfffffffc;
}

static void too_low(Elf32_Phdr *p)
{
	p->p_paddr = PAYLOAD_LOWEST - 1;
}

static void entry_outside(Elf32_Phdr *p)
{
	p->p_paddr = 0x200000;
}

static void headers_cut_off(Elf32_Phdr *p)
{
	(void)p;
	((Elf32_Ehdr *)(void *)file)->e_phoff = sizeof(file) - 8;
}

static void headers_too_small(Elf32_Phdr *p)
{
	(void)p;
	((Elf32_Ehdr *)(void *)file)->e_phentsize = 8;
}

static void other_machine(Elf32_Phdr *p)
{
	(void)p;
	((Elf32_Ehdr *)(void *)file)->e_machine = EM_ARM;
}

static void no_class(Elf32_Phdr *p)
{
	(void)p;
	file[EI_CLASS] = 9;
}

static void (*const spoilers[])(Elf32_Phdr *p) = {
	no_header, wants_video,   beyond_file,     more_in_file,      beyond_memory, wraps,
	too_low,   entry_outside, headers_cut_off, headers_too_small, other_machine, no_class,
};

START_TEST(spoiled)
{
	struct payload payload;
	Elf32_Phdr *p = make_elf32();

	put_multiboot(MULTIBOOT_WANT_MEMORY);
	spoilers[_i](p);
	ck_assert_ptr_nonnull(load(sizeof(file), &payload));
}
END_TEST

// A file of any length is read within its bounds: the sanitizer watches an exact copy.
START_TEST(cut_off_anywhere)
{
	struct payload payload;

	make_elf32();
	put_multiboot(MULTIBOOT_WANT_MEMORY);
	for (size_t size = 0; size < sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr) + 16; size++) {
		uint8_t *copy = malloc(size + 1);

		memcpy(copy, file, size);
		if (size > SELFMAG || size == 0)
			ck_assert_ptr_nonnull(payload_load(copy, size, ram, &payload));
		free(copy);
	}
}
END_TEST

START_TEST(flat_too_big)
{
	struct payload payload;

	ram.size = PAYLOAD_FLAT + 0x1000;
	ck_assert_ptr_nonnull(load(0x1001, &payload));
	ck_assert_ptr_null(load(0x1000, &payload));
}
END_TEST

START_TEST(information)
{
	struct multiboot_info info;
	struct multiboot_region region;
	struct kvm_regs regs;
	struct kvm_sregs sregs = {0};
	uint64_t total = 0;

	boot_memory(ram, "ops=cpuid");
	boot_registers(&(struct payload){ENTRY_MULTIBOOT, 0x100000}, &regs, &sregs);
	ck_assert_uint_eq(regs.rax, MULTIBOOT_LOADER_MAGIC);
	ck_assert_uint_eq(sregs.cr0 & 0x80000001, 1);
	memcpy(&info, ram.bytes + regs.rbx, sizeof(info));
	ck_assert_str_eq((char *)ram.bytes + info.cmdline, "ops=cpuid");
	ck_assert_uint_eq(info.mem_upper, (RAM_SIZE >> 10) - 1024);
	for (uint32_t at = 0; at < info.mmap_length; at += region.size + 4) {
		memcpy(&region, ram.bytes + info.mmap_addr + at, sizeof(region));
		ck_assert_uint_eq(region.base, total);
		total += region.length;
	}
	ck_assert_uint_eq(total, RAM_SIZE);
}
END_TEST

START_TEST(long_mode)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs = {0};
	uint64_t entry;

	boot_memory(ram, "");
	boot_registers(&(struct payload){ENTRY_LONG, 0x100000}, &regs, &sregs);
	ck_assert_uint_eq(sregs.efer, 0x500);
	ck_assert_uint_eq(sregs.cs.l, 1);
	ck_assert_uint_eq(sregs.cs.db, 0);
	// The last large page below 4 GiB stands for itself.
	memcpy(&entry, ram.bytes + 0x3000 + 2047 * 8, sizeof(entry));
	ck_assert_uint_eq(entry, 0xffe00083);
}
END_TEST

START_TEST(long_command_line_ends)
{
	char *words = malloc(BOOT_CMDLINE_MAX + 100);

	memset(words, 'x', BOOT_CMDLINE_MAX + 99);
	words[BOOT_CMDLINE_MAX + 99] = '\0';
	boot_memory(ram, words);
	ck_assert_uint_eq(strlen((char *)ram.bytes + 0x9000), BOOT_CMDLINE_MAX);
	free(words);
}
END_TEST

START_TEST(whole_lines)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	char got[16] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	channel->fd = ends[1];
	channel_put(channel, 'a');
	ck_assert_uint_eq(channel->used, 1); // nothing goes before the line is whole
	channel_put(channel, '\n');
	channel_put(channel, 'b');
	channel_finish(channel);
	channel_finish(channel);
	ck_assert_int_eq(read(ends[0], got, sizeof(got)), 4);
	ck_assert_str_eq(got, "a\nb\n");
	close(ends[0]);
	close(ends[1]);
	free(channel);
}
END_TEST

static enum parsed parse(struct options *options, char **argv)
{
	FILE *nowhere = tmpfile();
	enum parsed parsed;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	parsed = options_parse(options, argc, argv, nowhere);
	// One line when wrong, none otherwise.
	ck_assert_int_eq(ftell(nowhere) > 0, parsed == PARSED_WRONG);
	fclose(nowhere);
	return parsed;
}

START_TEST(command_line)
{
	struct options options;
	char *words[] = {"vmm",           "--memory", "128",       "--timeout=7",
			 "--irqchip",     "none",     "--repeat",  "3",
			 "--append",      "a b",      "--vcpus=1", "--channel=stdout",
			 "--pages=start", "file",     NULL};
	char *plain[] = {"vmm", "file", NULL};
	char *many[] = {"vmm", "--vcpus", "8", "file", NULL};
	char *help[] = {"vmm", "--help", NULL};

	ck_assert_int_eq(parse(&options, words), PARSED_RUN);
	ck_assert_uint_eq(options.memory, 128u << 20);
	ck_assert_uint_eq(options.timeout, 7);
	ck_assert_uint_eq(options.repeat, 3);
	ck_assert_uint_eq(options.vcpus, 1);
	ck_assert(!options.irqchip && !options.channel_port);
	ck_assert(options.populate);
	ck_assert_str_eq(options.append, "a b");
	ck_assert_int_eq(parse(&options, plain), PARSED_RUN);
	ck_assert_uint_eq(options.memory, 64u << 20);
	ck_assert(options.irqchip && options.channel_port);
	ck_assert(!options.populate);
	ck_assert_uint_eq(options.vcpus, 1);
	ck_assert_int_eq(parse(&options, many), PARSED_RUN);
	ck_assert_uint_eq(options.vcpus, 8);
	ck_assert_int_eq(parse(&options, help), PARSED_HELP);
}
END_TEST

static char *wrong[][5] = {
	{"vmm"},
	{"vmm", "a", "b"},
	{"vmm", "--memory", "1", NULL},
	{"vmm", "--memory=3073", "a"},
	{"vmm", "--memory=64M", "a"},
	{"vmm", "--memory=-1", "a"},
	{"vmm", "--timeout=", "a"},
	{"vmm", "--repeat=0", "a"},
	{"vmm", "--vcpus=0", "a"},
	{"vmm", "--vcpus=9", "a"},
	{"vmm", "--vcpus=2", "--irqchip=none", "a"},
	{"vmm", "--irqchip=user", "a"},
	{"vmm", "--channel=file", "a"},
	{"vmm", "--pages=huge", "a"},
	{"vmm", "--append"},
	{"vmm", "--nothing", "a"},
	{"vmm", "-x", "a"},
};

START_TEST(wrong_command_line)
{
	struct options options;

	ck_assert_int_eq(parse(&options, wrong[_i]), PARSED_WRONG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmm");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, multiboot_elf);
	tcase_add_test(all, elf64);
	tcase_add_test(all, flat);
	tcase_add_loop_test(all, spoiled, 0, sizeof(spoilers) / sizeof(spoilers[0]));
	tcase_add_test(all, cut_off_anywhere);
	tcase_add_test(all, flat_too_big);
	tcase_add_test(all, information);
	tcase_add_test(all, long_mode);
	tcase_add_test(all, long_command_line_ends);
	tcase_add_test(all, whole_lines);
	tcase_add_test(all, command_line);
	tcase_add_loop_test(all, wrong_command_line, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

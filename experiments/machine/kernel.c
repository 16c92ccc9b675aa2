// SPDX-License-Identifier: Apache-2.0
#include "machine/kernel.h"
#include "lib/complain.h"
#include "lib/scratch.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* What a kernel is recognised by lies in its first 32 KiB (Multiboot 2, 3.1). */
#define HEAD              32768u
#define MULTIBOOT1_SEARCH 8192u
#define MULTIBOOT1_MAGIC  0x1badb002u
#define MULTIBOOT2_MAGIC  0xe85250d6u
#define LINUX_BOOT_FLAG   0x1feu /* Linux/x86 boot protocol: 55H AAH */
#define LINUX_HEADER      0x202u /* "HdrS" */
#define UNPACKED_MAX      (1ull << 31)

struct head {
	uint8_t bytes[HEAD];
	size_t count;
};

static bool read_head(const char *path, struct head *head)
{
	FILE *file = fopen(path, "re");

	*head = (struct head){.count = 0};
	if (!file)
		return false;
	head->count = fread(head->bytes, 1, HEAD, file);
	fclose(file);
	return true;
}

static uint32_t word_at(const struct head *head, size_t at)
{
	uint32_t word;

	memcpy(&word, head->bytes + at, sizeof(word));
	return word;
}

/* Magic and two or three more words that add up to nought, on a boundary of @align. */
static bool has_multiboot(const struct head *head, uint32_t magic, size_t search, size_t align,
			  size_t words)
{
	for (size_t at = 0; at + 4 * words <= head->count && at + 4 * words <= search;
	     at += align) {
		uint32_t sum = 0;

		for (size_t i = 0; i < words; i++)
			sum += word_at(head, at + 4 * i);
		if (word_at(head, at) == magic && !sum)
			return true;
	}
	return false;
}

static bool is_multiboot(const struct head *head)
{
	return has_multiboot(head, MULTIBOOT1_MAGIC, MULTIBOOT1_SEARCH, 4, 3) ||
	       has_multiboot(head, MULTIBOOT2_MAGIC, HEAD, 8, 4);
}

static bool is_bzimage(const struct head *head)
{
	return head->count > LINUX_HEADER + 4 && head->bytes[LINUX_BOOT_FLAG] == 0x55 &&
	       head->bytes[LINUX_BOOT_FLAG + 1] == 0xaa &&
	       !memcmp(head->bytes + LINUX_HEADER, "HdrS", 4);
}

/* The ELF inside a bzImage; L0 enters it by its 64-bit entry. */
static bool is_vmlinux(const struct head *head)
{
	return head->count > sizeof(Elf64_Ehdr) && !memcmp(head->bytes, ELFMAG, SELFMAG) &&
	       head->bytes[EI_CLASS] == ELFCLASS64;
}

bool kernel_is_bzimage(const char *path)
{
	struct head head;

	return read_head(path, &head) && is_bzimage(&head);
}

int kernel_check(const char *name, const char *path, bool bare)
{
	struct head head;

	if (!read_head(path, &head) || !head.count)
		return complain("%s is empty; give a kernel", name);
	if (is_multiboot(&head) || is_bzimage(&head))
		return 0;
	if (is_vmlinux(&head))
		return bare ? complain("%s is an ELF without a multiboot header, which GRUB does "
				       "not boot; give the bzImage, or leave out --bare",
				       name)
			    : 0;
	return complain("%s is no kernel that can be booted: neither Linux (bzImage%s) nor "
			"multiboot 1 or 2, as it is or compressed by gzip",
			name, bare ? "" : ", vmlinux");
}

static bool is_gzip(const char *path)
{
	struct head head;

	return read_head(path, &head) && head.count > 2 && head.bytes[0] == 0x1f &&
	       head.bytes[1] == 0x8b;
}

/* What is wrong with it, or NULL. */
static const char *inflate_file(const char *from, const char *to)
{
	gzFile in = gzopen(from, "re");
	FILE *out = in ? fopen(to, "we") : NULL;
	const char *problem = out ? NULL : "no place to unpack it; see TMPDIR";
	uint64_t total = 0;
	char bytes[65536];
	int count = 0;

	while (!problem && (count = gzread(in, bytes, sizeof(bytes))) > 0) {
		total += (uint64_t)count;
		if (fwrite(bytes, 1, (size_t)count, out) != (size_t)count)
			problem = "the disk is full; see TMPDIR";
		else if (total > UNPACKED_MAX)
			problem = "it is more than 2 GiB unpacked";
	}
	if (in && gzclose_r(in) != Z_OK && !problem)
		count = -1;
	if (count < 0 && !problem)
		problem = "it is cut short or damaged; give the whole file";
	if (out && fclose(out) && !problem)
		problem = "the disk is full; see TMPDIR";
	return problem;
}

char *kernel_unpack(const char *path, char **place)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *problem;
	size_t length = strlen(name);
	char *plain;

	if (!is_gzip(path))
		return text_format("%s", path);
	if (!*place && !(*place = scratch_make()))
		return NULL;
	if (length > 3 && !strcmp(name + length - 3, ".gz"))
		length -= 3;
	plain = text_format("%s/%.*s", *place, (int)length, name);
	problem = inflate_file(path, plain);
	if (!problem)
		return plain;
	complain("%s cannot be unpacked: %s", path, problem);
	free(plain);
	return NULL;
}

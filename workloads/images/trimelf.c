// SPDX-License-Identifier: Apache-2.0
/*
 * Writes the ELF file on stdin again without what no loader reads: sections, gaps between segments,
 * and the zeros that end a segment, which p_memsz stands for. The memory that results is the same;
 * Debian's kernel shrinks by almost half, and every byte costs ticks until it lies there.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE (256ul << 20)
#define ALIGN    16u

__attribute__((noreturn)) static void die(const char *why)
{
	fprintf(stderr, "trimelf: %s\n", why);
	exit(1);
}

static uint8_t *read_all(size_t *size)
{
	uint8_t *file = malloc(MAX_FILE);

	if (!file)
		die("no memory");
	*size = fread(file, 1, MAX_FILE, stdin);
	if (ferror(stdin) || *size == MAX_FILE)
		die("the file cannot be read or is too large");
	return file;
}

static void check(const Elf64_Ehdr *header, const Elf64_Phdr *segment, size_t size)
{
	if (size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_ident[EI_CLASS] != ELFCLASS64)
		die("not a 64-bit ELF file");
	if (header->e_phoff > size || header->e_phnum * sizeof(*segment) > size - header->e_phoff)
		die("program headers beyond the end");
	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (segment[i].p_offset > size || segment[i].p_filesz > size - segment[i].p_offset)
			die("a segment beyond the end");
}

/* A segment that lies inside a loaded one (the notes) moves with it. */
static const Elf64_Phdr *host_of(const Elf64_Phdr *old, unsigned int count, const Elf64_Phdr *inner)
{
	for (unsigned int i = 0; i < count; i++)
		if (old[i].p_type == PT_LOAD && inner->p_offset >= old[i].p_offset &&
		    inner->p_offset + inner->p_filesz <= old[i].p_offset + old[i].p_filesz)
			return &old[i];
	die("a segment outside the loaded ones");
}

/* Gives every loaded segment its new size and place, then the others theirs. */
static void lay_out(const uint8_t *file, const Elf64_Phdr *old, Elf64_Phdr *new, unsigned int count)
{
	uint64_t at = sizeof(Elf64_Ehdr) + count * sizeof(*new);

	memcpy(new, old, count * sizeof(*new));
	for (unsigned int i = 0; i < count; i++) {
		if (old[i].p_type != PT_LOAD)
			continue;
		while (new[i].p_filesz && !file[old[i].p_offset + new[i].p_filesz - 1])
			new[i].p_filesz--;
		at = (at + ALIGN - 1) / ALIGN * ALIGN;
		new[i].p_offset = at;
		new[i].p_align = ALIGN;
		at += new[i].p_filesz;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (old[i].p_type == PT_LOAD)
			continue;
		const Elf64_Phdr *host = host_of(old, count, &old[i]);

		new[i].p_offset += new[host - old].p_offset - host->p_offset;
	}
}

static void write_loads(const uint8_t *file, const Elf64_Phdr *old, const Elf64_Phdr *new,
			unsigned int count)
{
	uint64_t at = sizeof(Elf64_Ehdr) + count * sizeof(*new);

	for (unsigned int i = 0; i < count; i++) {
		if (new[i].p_type != PT_LOAD)
			continue;
		for (; at < new[i].p_offset; at++)
			putchar(0);
		fwrite(file + old[i].p_offset, 1, new[i].p_filesz, stdout);
		at += new[i].p_filesz;
	}
}

int main(void)
{
	size_t size;
	uint8_t *file = read_all(&size);
	Elf64_Ehdr header;

	memcpy(&header, file, sizeof(header));
	const Elf64_Phdr *old = (const void *)(file + header.e_phoff);
	check(&header, old, size);

	unsigned int count = header.e_phnum;
	Elf64_Phdr *new = calloc(count, sizeof(*new));

	if (!new)
		die("no memory");
	lay_out(file, old, new, count);
	header.e_phoff = sizeof(header);
	header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
	fwrite(&header, sizeof(header), 1, stdout);
	fwrite(new, sizeof(*new), count, stdout);
	write_loads(file, old, new, count);
	if (fflush(stdout) || ferror(stdout))
		die("the file cannot be written");
	free(new);
	free(file);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a cpio archive ("newc", the form the kernel unpacks as its initramfs), by a list on its
 * standard input:
 *
 *	dir PATH MODE
 *	file PATH MODE SOURCE
 *	link PATH TARGET
 *	char PATH MODE MAJOR MINOR
 *
 * Every owner is 0 and every time stamp 1, inode numbers count up, and the order is the list's: the
 * same list and the same sources give the same bytes. Device nodes need no root: none is made.
 * Format: Documentation/driver-api/early-userspace/buffer-format.rst in the kernel's sources.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_WORDS 5

static unsigned int line_number;
static unsigned int inode;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "mkcpio: line %u: ", line_number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* What one archive member is; data is its content or, for a link, its target. */
struct member {
	const char *path;
	unsigned int mode;
	unsigned int major, minor;
	const char *data;
	size_t size;
};

static void pad_to_four(size_t written)
{
	static const char zeros[4];

	fwrite(zeros, 1, -written & 3, stdout);
}

/* The header's thirteen numbers are eight hexadecimal digits each; a path has no leading slash. */
static void put(const struct member *m)
{
	const char *path = m->path + (m->path[0] == '/');
	size_t name_size = strlen(path) + 1;
	unsigned int links = S_ISDIR(m->mode) ? 2 : 1;
	unsigned int is_trailer = !strcmp(path, "TRAILER!!!");

	if (m->size > UINT32_MAX)
		die("%s: too large for the format", path);
	printf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
	       is_trailer ? 0 : ++inode, m->mode, 0, 0, links, is_trailer ? 0 : 1,
	       (unsigned int)m->size, 0, 0, m->major, m->minor, (unsigned int)name_size, 0);
	fwrite(path, 1, name_size, stdout);
	pad_to_four(110 + name_size);
	if (m->size)
		fwrite(m->data, 1, m->size, stdout);
	pad_to_four(m->size);
}

static char *read_source(const char *source, size_t *size)
{
	FILE *in = fopen(source, "rb");
	struct stat st;
	char *data;

	if (!in || fstat(fileno(in), &st))
		die("%s: %s", source, strerror(errno));
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	if (!data || fread(data, 1, *size, in) != *size)
		die("%s: cannot be read", source);
	fclose(in);
	return data;
}

static unsigned int number(const char *word, int base)
{
	char *end;
	unsigned long value = strtoul(word, &end, base);

	if (*end || value > UINT32_MAX)
		die("%s is not a number", word);
	return (unsigned int)value;
}

static void put_dir(char **word)
{
	put(&(struct member){.path = word[1], .mode = S_IFDIR | number(word[2], 8)});
}

static void put_file(char **word)
{
	struct member m = {.path = word[1], .mode = S_IFREG | number(word[2], 8)};
	char *data = read_source(word[3], &m.size);

	m.data = data;
	put(&m);
	free(data);
}

static void put_link(char **word)
{
	put(&(struct member){
		.path = word[1], .mode = S_IFLNK | 0777, .data = word[2], .size = strlen(word[2])});
}

static void put_char(char **word)
{
	put(&(struct member){.path = word[1],
			     .mode = S_IFCHR | number(word[2], 8),
			     .major = number(word[3], 10),
			     .minor = number(word[4], 10)});
}

static const struct kind {
	const char *name;
	int words;
	void (*put)(char **word);
} kinds[] = {
	{"dir", 3, put_dir},
	{"file", 4, put_file},
	{"link", 3, put_link},
	{"char", 5, put_char},
};

static void put_line(char *line)
{
	char *word[MAX_WORDS + 1];
	int words = 0;

	for (char *w = strtok(line, " \t\n"); w && words <= MAX_WORDS; w = strtok(NULL, " \t\n"))
		word[words++] = w;
	if (!words || word[0][0] == '#')
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(word[0], kinds[i].name) && words == kinds[i].words) {
			kinds[i].put(word);
			return;
		}
	}
	die("not understood: %s, %d words", word[0], words);
}

int main(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		line_number++;
		put_line(line);
	}
	put(&(struct member){.path = "TRAILER!!!"});
	if (fflush(stdout) || ferror(stdout))
		die("the archive cannot be written");
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "lib/base64.h"
#include "lib/scratch.h"
#include "machine/disk.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* RFC 4648, section 10, and what is none. */
static const struct {
	const char *text, *bytes;
} texts[] = {
	{"", ""},
	{"Zg==", "f"},
	{"Zm8=", "fo"},
	{"Zm9v", "foo"},
	{"Zm9vYg==", "foob"},
	{"Zm9vYmE=", "fooba"},
	{"Zm9vYmFy", "foobar"},
	{"Z", NULL},
	{"Zg", NULL},
	{"Zg=", NULL},
	{"Z===", NULL},
	{"====", NULL},
	{"Zg==Zg==", NULL},
	{"Zg==\n", NULL},
	{"Zm9-", NULL},
	{"Zm9vYmFyYg==", NULL}, /* more than there is room for */
};

START_TEST(base64_by_the_book)
{
	uint8_t bytes[6];
	ssize_t count = base64_decode(texts[_i].text, bytes, sizeof(bytes));

	if (!texts[_i].bytes) {
		ck_assert_int_eq(count, -1);
		return;
	}
	ck_assert_int_eq(count, (ssize_t)strlen(texts[_i].bytes));
	ck_assert_mem_eq(bytes, texts[_i].bytes, (size_t)count);
}
END_TEST

static char *directory, *source, *target;

static void fresh(void)
{
	directory = scratch_make();
	ck_assert_ptr_nonnull(directory);
	source = malloc(512);
	target = malloc(512);
	snprintf(source, 512, "%s/source", directory);
	snprintf(target, 512, "%s/target", directory);
}

static void gone(void)
{
	scratch_remove(directory);
	free(directory);
	free(source);
	free(target);
}

static void write_source(size_t size)
{
	FILE *file = fopen(source, "we");

	for (size_t i = 0; i < size; i++)
		fputc(i < 8192 ? 'a' : 0, file);
	fclose(file);
}

static void take(struct disk_return *disk, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	ck_assert_ptr_nonnull(object);
	disk_take(disk, object);
	json_decref(object);
}

static const struct {
	size_t size;
	unsigned int lines;
} sizes[] = {{0, 1}, {511, 1}, {512, 0}, {513, 1}, {1024, 0}};

START_TEST(a_disk_is_sectors)
{
	write_source(sizes[_i].size);
	quiet_begin();
	ck_assert_int_eq(disk_check(source), sizes[_i].lines ? 2 : 0);
	ck_assert_uint_eq(quiet_end(), sizes[_i].lines);
}
END_TEST

static int byte_of(FILE *file, long at)
{
	fseek(file, at, SEEK_SET);
	return fgetc(file);
}

START_TEST(changes_are_put_into_the_copy)
{
	struct disk_return disk;
	struct stat status;
	FILE *file;

	write_source(150 * 512);
	ck_assert_int_eq(disk_begin(&disk, source, target), 0);
	ck_assert(!file_exists(target));
	take(&disk, "{\"at\":4096,\"size\":4096,\"data\":\"eHk=\"}");
	take(&disk, "{\"at\":73728,\"size\":3072,\"data\":\"eg==\"}");
	take(&disk, "{\"changed\":2,\"of\":76800}");
	ck_assert_int_eq(disk_end(&disk), 0);
	ck_assert_int_eq(stat(target, &status), 0);
	ck_assert_int_eq(status.st_size, 150 * 512);
	file = fopen(target, "re");
	ck_assert_int_eq(byte_of(file, 4095), 'a');
	ck_assert_int_eq(byte_of(file, 4096), 'x');
	ck_assert_int_eq(byte_of(file, 4097), 'y');
	ck_assert_int_eq(byte_of(file, 4098), 0);
	ck_assert_int_eq(byte_of(file, 8191), 0);
	ck_assert_int_eq(byte_of(file, 73728), 'z');
	fclose(file);
}
END_TEST

START_TEST(a_disk_takes_its_own_place)
{
	struct disk_return disk;

	write_source(4096);
	ck_assert_int_eq(disk_begin(&disk, source, source), 0);
	take(&disk, "{\"changed\":0,\"of\":4096}");
	ck_assert_int_eq(disk_end(&disk), 0);
	ck_assert_int_eq(disk_check(source), 0);
}
END_TEST

/* Lines of which no disk can be made. */
static const char *const wrong[] = {
	"{\"at\":4096,\"size\":4096,\"data\":\"\"}",
	"{\"at\":1,\"size\":4096,\"data\":\"\"}",
	"{\"at\":18446744073709551615,\"size\":4096,\"data\":\"\"}",
	"{\"at\":-1,\"size\":512,\"data\":\"\"}",
	"{\"at\":0,\"size\":4097,\"data\":\"\"}",
	"{\"at\":0,\"size\":1,\"data\":\"eHk=\"}",
	"{\"at\":0,\"size\":512}",
	"{\"at\":0,\"data\":\"\"}",
	"{}",
};

START_TEST(a_wrong_line_makes_no_disk)
{
	struct disk_return disk;
	json_t *object = json_loads(wrong[_i], 0, NULL);

	write_source(4096);
	ck_assert_int_eq(disk_begin(&disk, source, target), 0);
	disk_take(&disk, object);
	json_decref(object);
	take(&disk, "{\"changed\":1,\"of\":4096}");
	quiet_begin();
	ck_assert_int_eq(disk_end(&disk), 110);
	ck_assert_uint_eq(quiet_end(), 1);
	ck_assert(!file_exists(target));
}
END_TEST

Suite *disk_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tests = tcase_create("disk");

	tcase_add_checked_fixture(tests, fresh, gone);
	tcase_add_loop_test(tests, base64_by_the_book, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(tests, a_disk_is_sectors, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(tests, changes_are_put_into_the_copy);
	tcase_add_test(tests, a_disk_takes_its_own_place);
	tcase_add_loop_test(tests, a_wrong_line_makes_no_disk, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, tests);
	return suite;
}

// SPDX-License-Identifier: Apache-2.0
#include "machine/knobs.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *setting;
	int status;
} settings[] = {
	{"memory=1024", 0},
	{"memory=16", 0},
	{"memory=65536", 0},
	{"memory=15", 2},
	{"memory=65537", 2},
	{"memory=", 2},
	{"memory= 16", 2},
	{"memory=-16", 2},
	{"memory=+16", 2},
	{"memory=0x20", 2},
	{"memory=16M", 2},
	{"memory", 2},
	{"=16", 2},
	{"", 2},
	{"Memory=16", 2},
	{"memor=16", 2},
	{"memory2=16", 2},
	{"apic=xapic", 0},
	{"apic=", 2},
	{"apic=xapi", 2},
	{"tsc_khz=100000000", 0},
	{"tsc_khz=18446744073709551616", 2},
};

START_TEST(each_setting_is_checked)
{
	struct knob_settings knobs = {0};
	int status;

	quiet_begin();
	status = knobs_set(&knobs, settings[_i].setting);
	ck_assert_uint_eq(quiet_end(), status ? 1 : 0);
	ck_assert_int_eq(status, settings[_i].status);
}
END_TEST

START_TEST(every_knob_accepts_its_initial_value)
{
	struct knob_settings knobs = {0};
	char setting[128];

	snprintf(setting, sizeof(setting), "%s=%s", knob_rows[_i].name, knob_rows[_i].initial);
	ck_assert_int_eq(knobs_set(&knobs, setting), 0);
	ck_assert_str_eq(knob_value(&knobs, knob_rows[_i].name), knob_rows[_i].initial);
}
END_TEST

START_TEST(every_knob_says_what_it_does)
{
	ck_assert_ptr_nonnull(knob_about(_i));
	ck_assert_uint_gt(strlen(knob_about(_i)), 0);
}
END_TEST

START_TEST(only_what_was_set_for_l0_reaches_it)
{
	struct knob_settings knobs = {0};
	char *line;

	ck_assert_int_eq(knobs_set(&knobs, "vmx=off"), 0);
	ck_assert_int_eq(knobs_set(&knobs, "iterations=5"), 0);
	ck_assert_int_eq(knobs_set(&knobs, "memory=64"), 0);
	line = knobs_command_line(&knobs, "");
	ck_assert_str_eq(line, "memory=64 vmx=off");
	free(line);
	line = knobs_command_line(&knobs, "neighbour.");
	ck_assert_str_eq(line, "neighbour.memory=64 neighbour.vmx=off");
	free(line);
	ck_assert_uint_eq(knob_number(&knobs, "iterations"), 5);
}
END_TEST

static const struct {
	const char *words[3];
	bool together;
} together[] = {
	{{"queues=1"}, true},
	{{"queues=2", "nic=virtio"}, true},
	{{"queues=02", "nic=function"}, false},
	{{"nic=function", "vfs=8", "nic_behind=port"}, true},
	{{"nic=virtio", "nic_behind=port"}, true},
	{{"nic=e1000", "nic_behind=port"}, false},
	{{"nic=virtio", "vfs=1"}, false},
	{{"nic=none", "vfs=0", "peer=off"}, true},
	{{"peer=on"}, false},
	{{"viommu=sidecore"}, false},
	{{"viommu=sidecore", "sidecore=off"}, false},
	{{"viommu=sidecore", "sidecore=on"}, true},
	{{"profile=yes", "vcpus=01"}, true},
	{{"profile=yes", "vcpus=2"}, false},
	{{"profile=yes", "nic=function"}, false},
	{{"profile=yes", "charge=turtles-nehalem"}, false},
	{{"mmu=shadow-on-shadow", "vcpus=2"}, false},
};

START_TEST(what_needs_another_says_so)
{
	struct knob_settings knobs = {0};
	int status;

	for (size_t i = 0; i < 3 && together[_i].words[i]; i++)
		ck_assert_int_eq(knobs_set(&knobs, together[_i].words[i]), 0);
	quiet_begin();
	status = knobs_agree(&knobs);
	ck_assert_uint_eq(quiet_end(), together[_i].together ? 0 : 1);
	ck_assert_int_eq(status, together[_i].together ? 0 : 2);
}
END_TEST

Suite *knobs_suite(void)
{
	Suite *suite = suite_create("knobs");
	TCase *tests = tcase_create("knobs");

	tcase_add_loop_test(tests, each_setting_is_checked, 0,
			    sizeof(settings) / sizeof(settings[0]));
	tcase_add_loop_test(tests, every_knob_accepts_its_initial_value, 0, (int)knob_count);
	tcase_add_loop_test(tests, every_knob_says_what_it_does, 0, (int)knob_count);
	tcase_add_loop_test(tests, what_needs_another_says_so, 0,
			    sizeof(together) / sizeof(together[0]));
	tcase_add_test(tests, only_what_was_set_for_l0_reaches_it);
	suite_add_tcase(suite, tests);
	return suite;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <check.h>

Suite *channel_suite(void);
Suite *bars_suite(void);
Suite *charge_suite(void);
Suite *goals_suite(void);
Suite *isolation_suite(void);
Suite *kernel_suite(void);
Suite *knobs_suite(void);
Suite *levels_suite(void);
Suite *marks_suite(void);
Suite *matrix_suite(void);
Suite *table_suite(void);
Suite *result_suite(void);
Suite *options_suite(void);
Suite *measurement_suite(void);
Suite *peer_suite(void);
Suite *profile_suite(void);
Suite *report_suite(void);
Suite *smp_suite(void);
Suite *stamp_suite(void);
Suite *disk_suite(void);
Suite *threats_suite(void);
Suite *ways_suite(void);

/* Sends stderr to nowhere while a complaint is provoked, and tells how many lines came. */
void quiet_begin(void);
unsigned int quiet_end(void);

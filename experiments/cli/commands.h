/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/options.h"

extern const struct command command_doctor, command_list, command_run, command_boot, command_report,
	command_table, command_check_system;

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the program ends. A guest that writes v to the debug-exit port gives (v << 1) | 1, which is
 * always odd, so every status of our own above 2 is even: the two can never be mistaken.
 */
enum exit_status {
	STATUS_DONE = 0,
	STATUS_MISSING = 1, /* doctor: a run would not work; check-system: a test failed */
	STATUS_BAD_INPUT = 2,
	STATUS_REBOOT = 100,
	STATUS_TRIPLE_FAULT = 102,
	STATUS_UNSUPPORTED = 104,
	STATUS_L0_ERROR = 106,
	STATUS_ENGINE_DIED = 108,
	STATUS_NO_RESULT = 110,
	STATUS_HALTED = 112,
	STATUS_TIMEOUT = 124,
	STATUS_QUIT = 130,
};

/* One line on stderr that names the thing and the remedy; returns STATUS_BAD_INPUT. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what is not the caller's mistake; returns @status. */
int give_up(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like asprintf, but never fails and returns the text, which the caller frees. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* @text, which is freed, and that after it. */
char *text_longer(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

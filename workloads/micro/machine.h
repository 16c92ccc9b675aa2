/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: bytes, lines, and the end of the program. */
#ifndef MICRO_MACHINE_H
#define MICRO_MACHINE_H

#include <stdint.h>

#include "line.h"
#include "options.h"

/* A whole line to the data channel (port E9H), and to COM1. */
void channel_send(struct line *line);
void serial_say(struct line *line);

/* Ends the program in the way asked for; the status goes out by the debug-exit port. */
void machine_end_by(enum end end);
_Noreturn void machine_end(uint8_t status);

/* Reports an exception that nobody expected, and ends with status 1. */
_Noreturn void die_of_exception(uint8_t vector, uint64_t code, uint64_t rip);

/* The ACPI table of that signature (four characters), or NULL. */
const void *acpi_table(const char *signature);

/* Turns the machine off by ACPI's S5 state; returns if there is no such thing. */
void acpi_power_off(void);

#endif

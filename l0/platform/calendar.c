// SPDX-License-Identifier: Apache-2.0
#include "platform/calendar.h"

#define DAY 86400

enum {
	REG_SECONDS = 0,
	REG_MINUTES = 2,
	REG_HOURS = 4,
	REG_WEEKDAY = 6,
	REG_DAY = 7,
	REG_MONTH = 8,
	REG_YEAR = 9,
};

#define HOURS_PM 0x80

bool calendar_register(unsigned index)
{
	return index == CALENDAR_CENTURY || (index >= REG_WEEKDAY && index <= REG_YEAR) ||
	       (index < REG_WEEKDAY && index % 2 == 0);
}

static uint8_t to_code(uint8_t format, int64_t value)
{
	return (uint8_t)(format & CALENDAR_BINARY ? value : value / 10 << 4 | value % 10);
}

static int64_t from_code(uint8_t format, uint8_t raw)
{
	return format & CALENDAR_BINARY ? raw : (raw >> 4) * 10 + (raw & 15);
}

static uint8_t to_hours(uint8_t format, int64_t hours)
{
	if (format & CALENDAR_24_HOURS)
		return to_code(format, hours);
	/* 12, 1 to 11, then the same again with the PM bit. */
	return to_code(format, (hours + 11) % 12 + 1) | (hours >= 12 ? HOURS_PM : 0);
}

static int64_t from_hours(uint8_t format, uint8_t raw)
{
	if (format & CALENDAR_24_HOURS)
		return from_code(format, raw);
	return from_code(format, raw & (uint8_t)~HOURS_PM) % 12 + (raw & HOURS_PM ? 12 : 0);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Days are counted in years that begin in March, so that the leap day is the last of its year:
 * month m (March is 0) then begins on day (153 m + 2) / 5, and 400 years are 146097 days.
 */
#define DAYS_400  146097
#define DAYS_1970 719468 /* from 1 March of year 0 */

static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t m = (month + 9) % 12;
	int64_t y = year - (m >= 10);
	int64_t era = floor_div(y, 400), in_era = y - era * 400;

	return era * DAYS_400 + in_era * 365 + in_era / 4 - in_era / 100 + (153 * m + 2) / 5 + day -
	       1 - DAYS_1970;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t shifted = days + DAYS_1970, era = floor_div(shifted, DAYS_400);
	int64_t d = shifted - era * DAYS_400;
	/* Leap days of the era before day d, taken out so that 365 divides. */
	int64_t y = (d - d / 1460 + d / 36524 - d / (DAYS_400 - 1)) / 365;
	int64_t in_year = d - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

void calendar_encode(int64_t seconds, uint8_t format, uint8_t *registers)
{
	int64_t days = floor_div(seconds, DAY), rest = seconds - days * DAY;
	int64_t year, month, day;

	date_from_days(days, &year, &month, &day);
	registers[REG_SECONDS] = to_code(format, rest % 60);
	registers[REG_MINUTES] = to_code(format, rest / 60 % 60);
	registers[REG_HOURS] = to_hours(format, rest / 3600);
	/* 1 January 1970 was a Thursday; Sunday is 1. */
	registers[REG_WEEKDAY] = to_code(format, (days + 4) - floor_div(days + 4, 7) * 7 + 1);
	registers[REG_DAY] = to_code(format, day);
	registers[REG_MONTH] = to_code(format, month);
	registers[REG_YEAR] = to_code(format, year % 100);
	registers[CALENDAR_CENTURY] = to_code(format, year / 100 % 100);
}

int64_t calendar_decode(uint8_t format, const uint8_t *registers)
{
	int64_t year = from_code(format, registers[REG_YEAR]) +
		       from_code(format, registers[CALENDAR_CENTURY]) * 100;
	int64_t month = from_code(format, registers[REG_MONTH]);
	int64_t days;

	month = month < 1 ? 1 : month > 12 ? 12 : month;
	days = days_from_date(year, month, from_code(format, registers[REG_DAY]));
	return days * DAY + from_hours(format, registers[REG_HOURS]) * 3600 +
	       from_code(format, registers[REG_MINUTES]) * 60 +
	       from_code(format, registers[REG_SECONDS]);
}

/* The value that an alarm register wants, -1 for any, `limit` or more if it never matches. */
static int64_t wanted(int64_t decoded, uint8_t raw)
{
	return (raw & 0xc0) == 0xc0 ? -1 : decoded;
}

/* Smallest value from `from` that is wanted, `limit` if there is none. */
static int64_t next_value(int64_t want, int64_t from, int64_t limit)
{
	if (want < 0)
		return from < limit ? from : limit;
	return want >= from && want < limit ? want : limit;
}

/* First match in this day from second `from` of it; DAY if there is none. */
static int64_t match_in_day(int64_t hours, int64_t minutes, int64_t seconds, int64_t from)
{
	int64_t h = from / 3600, m = from / 60 % 60, s = next_value(seconds, from % 60, 60);

	/* A field that ran over carries into the next larger one, as in any addition. */
	if (s == 60)
		m++, s = next_value(seconds, 0, 60);
	if (next_value(minutes, m, 60) != m)
		s = next_value(seconds, 0, 60);
	m = next_value(minutes, m, 60);
	if (m == 60)
		h++, m = next_value(minutes, 0, 60), s = next_value(seconds, 0, 60);
	if (next_value(hours, h, 24) != h)
		m = next_value(minutes, 0, 60), s = next_value(seconds, 0, 60);
	h = next_value(hours, h, 24);
	return h == 24 ? DAY : h * 3600 + m * 60 + s;
}

int64_t calendar_next_alarm(const struct calendar_alarm *alarm, uint8_t format, int64_t after)
{
	int64_t h = wanted(from_hours(format, alarm->hours), alarm->hours);
	int64_t m = wanted(from_code(format, alarm->minutes), alarm->minutes);
	int64_t s = wanted(from_code(format, alarm->seconds), alarm->seconds);
	int64_t day = floor_div(after + 1, DAY) * DAY;
	int64_t found;

	if (h >= 24 || m >= 60 || s >= 60)
		return INT64_MAX;
	found = match_in_day(h, m, s, after + 1 - day);
	if (found < DAY)
		return day + found;
	return day + DAY + match_in_day(h, m, s, 0);
}

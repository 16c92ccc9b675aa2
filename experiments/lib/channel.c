// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "../l0/measure/frame.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum channel_kind kind;
	bool guests; /* a guest of L0 may say it */
} kinds[] = {
	{"boot", CHANNEL_BOOT, false},    {"measure", CHANNEL_MEASURE, false},
	{"sample", CHANNEL_SAMPLE, true}, {"skip", CHANNEL_SKIP, true},
	{"error", CHANNEL_ERROR, true},   {"stop", CHANNEL_STOP, false},
	{"end", CHANNEL_END, false},      {"profile", CHANNEL_PROFILE, false},
	{"state", CHANNEL_STATE, false},  {"net", CHANNEL_NET, false},
	{"disk", CHANNEL_DISK, false},    {"polling", CHANNEL_POLLING, false},
	{"iommu", CHANNEL_IOMMU, false},  {"window", CHANNEL_WINDOW, false},
	{"delay", CHANNEL_DELAY, false},
};

static const char *const marks[] = {CHANNEL_GUEST_MARK, CHANNEL_NEIGHBOUR_MARK};

const char *channel_mark(const char *line, unsigned *machine, const char **end)
{
	const char *first = NULL;

	/* No guest writes before its mark: the first is L0's, whatever stands behind it. */
	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(line, marks[i]);

		if (!at || (first && first < at))
			continue;
		first = at;
		*machine = i;
	}
	*end = first ? first + strlen(marks[*machine]) : NULL;
	while (first && !strncmp(*end, CHANNEL_GUEST_MARK, strlen(CHANNEL_GUEST_MARK)))
		*end += strlen(CHANNEL_GUEST_MARK);
	return first;
}

static enum channel_kind kind_of(const json_t *object, bool marked)
{
	const char *name = channel_text(object, "t", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name) && (kinds[i].guests || !marked))
			return kinds[i].kind;
	return CHANNEL_NOISE;
}

/*
 * The engine may have left words of its own before ours on the line, so look for the start. Behind
 * L0's mark all is a guest's, wherever in its words a line of ours seems to begin.
 */
void channel_parse(const char *line, struct channel_event *event)
{
	const char *start = strstr(line, "{\"t\":"), *end, *mark;
	unsigned machine = 0;
	uint64_t about;

	mark = channel_mark(line, &machine, &end);
	*event = (struct channel_event){.kind = CHANNEL_NOISE, .text = line};
	if (!start)
		return;
	event->object = json_loads(start, JSON_REJECT_DUPLICATES, NULL);
	event->kind = kind_of(event->object, mark && mark < start);
	if (mark && mark < start)
		event->machine = machine;
	else if (channel_number(event->object, "machine", &about))
		event->machine = about != 0;
	if (event->kind == CHANNEL_NOISE) {
		json_decref(event->object);
		event->object = NULL;
	}
}

static void end_line(struct channel_reader *reader, channel_handler *handler, void *context)
{
	struct channel_event event;

	while (reader->length && reader->line[reader->length - 1] == '\r')
		reader->length--;
	reader->line[reader->length] = '\0';
	channel_parse(reader->line, &event);
	handler(context, &event);
	json_decref(event.object);
	reader->length = 0;
	reader->overlong = false;
}

static void take_byte(struct channel_reader *reader, char byte)
{
	/* What no honest sender sends is cut, and then does not parse. */
	if (reader->length + 1 >= CHANNEL_LINE_MAX) {
		reader->overlong = true;
		return;
	}
	reader->line[reader->length++] = byte ? byte : '?';
}

void channel_feed(struct channel_reader *reader, const char *bytes, size_t count,
		  channel_handler *handler, void *context)
{
	if (!reader->line && !(reader->line = malloc(CHANNEL_LINE_MAX)))
		abort();
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			end_line(reader, handler, context);
		else
			take_byte(reader, bytes[i]);
	}
}

void channel_finish(struct channel_reader *reader, channel_handler *handler, void *context)
{
	if (reader->length)
		end_line(reader, handler, context);
	free(reader->line);
	*reader = (struct channel_reader){0};
}

bool channel_number(const json_t *object, const char *name, uint64_t *value)
{
	const json_t *field = json_object_get(object, name);

	if (!json_is_integer(field) || json_integer_value(field) < 0)
		return false;
	*value = (uint64_t)json_integer_value(field);
	return true;
}

const char *channel_text(const json_t *object, const char *name, const char *otherwise)
{
	const json_t *field = json_object_get(object, name);

	return json_is_string(field) ? json_string_value(field) : otherwise;
}

const json_t *channel_first(const json_t *run, const char *kind)
{
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event)
		if (!strcmp(channel_text(event, "t", ""), kind))
			return event;
	return NULL;
}

bool channel_any(const json_t *result, const char *kind)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(result, "runs"), i, run)
		if (channel_first(run, kind))
			return true;
	return false;
}

#include "pipeline/message.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/json.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards standard error and shown_progress */
static bool shown_progress;
static bool json;
static bool colored;

void message_configure(bool as_json, enum color color)
{
	const char *no_color = getenv("NO_COLOR");
	json = as_json;
	colored = !as_json && (color == COLOR_ALWAYS ||
	                       (color == COLOR_AUTO && isatty(STDERR_FILENO) && !(no_color && *no_color)));
}

bool message_is_json(void)
{
	return json;
}

/* Writes b, which ends in a line end, in one call. */
static void write_out(const struct buf *b)
{
	pthread_mutex_lock(&lock);
	if (shown_progress) {
		fputs("\r\033[K", stderr);
		shown_progress = false;
	}
	fwrite(b->data, 1, b->length, stderr);
	fflush(stderr);
	pthread_mutex_unlock(&lock);
}

static void json_head(struct buf *b, const char *level, const char *event)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
	buf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", stamp, level, event);
}

__attribute__((format(printf, 3, 0)))
static void say(const char *level, const char *paint, const char *format, va_list args)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	buf_vprintf(&text, format, args);
	if (json) {
		json_head(&out, level, "message");
		buf_append_str(&out, ",\"message\":");
		json_append_string(&out, text.data, text.length);
		buf_append_str(&out, "}\n");
	} else {
		buf_printf(&out, "themetally: %s%s%s\n", colored ? paint : "", text.data, colored && *paint ? "\033[0m" : "");
	}
	write_out(&out);
	buf_release(&text);
	buf_release(&out);
}

void message_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("error", "\033[31m", format, args);
	va_end(args);
}

void message_warning(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("warning", "\033[33m", format, args);
	va_end(args);
}

void message_note(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("note", "", format, args);
	va_end(args);
}

void message_fault(const char *archive, const struct fault *fault, bool skipped)
{
	struct buf name = BUF_INIT, out = BUF_INIT;
	json_append_printable(&name, archive);
	if (json) {
		json_head(&out, "warning", skipped ? "skipped" : "refused");
		buf_append_str(&out, ",\"archive\":");
		json_append_string(&out, archive, strlen(archive));
		buf_append_str(&out, ",\"member\":");
		json_append_string(&out, fault->member, strlen(fault->member));
		buf_printf(&out, ",\"reason\":\"%s\"", fault_word(fault->code));
		if (fault->packed_offset != FAULT_NO_OFFSET)
			buf_printf(&out, ",\"packed_offset\":%" PRIu64, fault->packed_offset);
		if (fault->offset != FAULT_NO_OFFSET)
			buf_printf(&out, ",\"offset\":%" PRIu64, fault->offset);
		if (fault->line)
			buf_printf(&out, ",\"line\":%" PRIu64, fault->line);
		buf_append_str(&out, ",\"message\":");
		json_append_string(&out, fault->message, strlen(fault->message));
		buf_append_str(&out, "}\n");
	} else {
		buf_printf(&out, "themetally: %s%s", colored ? "\033[33m" : "", name.data);
		if (*fault->member)
			buf_printf(&out, ": %s", fault->member);
		buf_printf(&out, ": %s, %s", skipped ? "skipped" : "refused", fault_word(fault->code));
		if (fault->packed_offset != FAULT_NO_OFFSET)
			buf_printf(&out, " at packed byte %" PRIu64, fault->packed_offset);
		if (fault->offset != FAULT_NO_OFFSET)
			buf_printf(&out, "%s byte %" PRIu64, fault->packed_offset != FAULT_NO_OFFSET ? "," : " at", fault->offset);
		if (fault->line)
			buf_printf(&out, ", line %" PRIu64, fault->line);
		buf_printf(&out, ": %s%s\n", fault->message, colored ? "\033[0m" : "");
	}
	write_out(&out);
	buf_release(&name);
	buf_release(&out);
}

void message_progress(const char *line)
{
	pthread_mutex_lock(&lock);
	if (line) {
		fprintf(stderr, "\r\033[K%s", line);
		shown_progress = true;
	} else if (shown_progress) {
		fputs("\r\033[K", stderr);
		shown_progress = false;
	}
	fflush(stderr);
	pthread_mutex_unlock(&lock);
}

/* What the program says on standard error, and how it ends. Any thread; one message is written whole. */
#ifndef PIPELINE_MESSAGE_H
#define PIPELINE_MESSAGE_H

#include <stdbool.h>

#include "corpora/fault.h"

/* The four ways to end (P3 of docs/reliability.md). */
enum exit_status {
	STATUS_DONE = 0,
	STATUS_PARTIAL = 1,    /* done, but something was skipped or damaged, each named */
	STATUS_USAGE = 2,      /* wrong usage or lexicon; nothing was changed */
	STATUS_CANNOT_RUN = 3  /* no input readable, store locked or damaged, disk full */
};

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* json: one JSON object per line with time, level, event and fields. Colour follows NO_COLOR when auto. */
void message_configure(bool json, enum color color);
bool message_is_json(void);

void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "themetally: a.tar.gz: b.txt: truncated at packed byte 120, byte 4096: message". skipped: a member was left out, the rest of its
 * unit counts; otherwise the whole unit was refused. */
void message_fault(const char *archive, const struct fault *fault, bool skipped);

/* A line of the progress display, rewritten in place; NULL takes it away. Other messages are printed above it. */
void message_progress(const char *line);

#endif

/* A converter in a child process of its own, for bytes that nobody vouches for.
 *
 * The child is this program again (/proc/self/exe under another name, met before main() runs), started by posix_spawn: nothing
 * of a threaded process is copied, and the child is free to prepare itself as it likes. It has its own session, sealed memory as
 * standard input, pipes as output and error, no other descriptor, no privileges to gain; limits on CPU, memory, files and core; if
 * it is run by root it becomes nobody. Then a system call filter goes on:
 *   - a converter built in (HTML, DOCX, ODT) may read and write what is open, manage memory and end: no file, process or network;
 *   - a converter program (pdftotext) may also open files for reading, and Landlock leaves it the system's libraries and its own data.
 * Whatever of this the system does not offer, the child does not start and the member is refused. When the wall clock or the limit of
 * output is over, its whole process group is killed. Any thread may run one, several at once.
 *
 * It costs 3 to 4 ms a document, most of it loading libraries, and the input once more in memory. One document, one process:
 * nothing that a page does to its converter outlives it. */
#ifndef CORPORA_SANDBOX_H
#define CORPORA_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "corpora/document.h"
#include "corpora/fault.h"

/* Runs the built-in converter of that name ("html", "docx", "odt"), or, where program is not NULL, program with these arguments
 * (NULL-terminated, without its name). On success returns FAULT_NONE: out holds what it wrote, err what it complained (at most 4 KiB).
 * Otherwise the code, and a phrase in why. *status: the exit status, -1 where it did not end by itself. */
struct sandbox_result {
	struct buf out, err;
	int status;
	char why[200];
};
enum fault_code sandbox_run(const struct document_options *limits, const char *converter, const char *program, const char *const *arguments,
                            const unsigned char *input, size_t length, struct sandbox_result *result);
void sandbox_result_release(struct sandbox_result *r);

/* The child's side: what a built-in converter gives, or why it cannot. */
struct conversion {
	struct buf text, title;
	uint64_t replaced;    /* characters that could not be decoded */
	enum fault_code code; /* FAULT_NONE: text is good */
	char why[160];        /* without document text */
};
typedef void converter_fn(const unsigned char *bytes, size_t length, struct conversion *c);
converter_fn convert_html, convert_docx, convert_odt;

/* Parts the output of a built-in converter into the text and title; false if it is not what a converter writes. */
bool sandbox_unpack(const struct buf *out, const char **text, size_t *text_length, const char **title, size_t *title_length, uint64_t *replaced);

#endif

/* Private to the lexicon: regular expressions (flag r) looked at as text, before any engine compiles them. */
#ifndef MATCHERS_EXPRESSION_H
#define MATCHERS_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* False with a message if the expression is refused unseen: groups within groups more than 50 deep, a repeat of more than 50, \C, callouts,
 * verbs, recursion. What else is wrong with it the engine says. text is valid UTF-8. */
bool expression_accept(const char *text, size_t length, struct buf *message);

/* What an author should know: repeats within repeats, or one after another, that can match the same text in many ways, and characters that
 * no folded sentence holds. keep_case: flag C. One call of report for each. */
void expression_check(const char *text, size_t length, bool keep_case, void (*report)(void *context, const char *message), void *context);

#endif

/* Private to the lexicon: what a theme's code may be. */
#ifndef MATCHERS_THEME_CODE_H
#define MATCHERS_THEME_CODE_H

#include <stdbool.h>
#include <stddef.h>

#define CODE_BYTES 200
#define CODE_PARTS 16

/* Words of a to z, 0 to 9 and '_' joined by '.'. */
bool theme_code_is_well_formed(const char *code, size_t length);

#endif

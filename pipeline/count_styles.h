/* Other tables of the same counts as `count` prints (--style, --spark, --grid, --compare). Counts that --suppress-below hides stay hidden. */
#ifndef PIPELINE_COUNT_STYLES_H
#define PIPELINE_COUNT_STYLES_H

#include "pipeline/session.h"
#include "pipeline/tally.h"

/* As national analyses print them: a row per theme, a column per period (and facet value) with its n in the header, cells "83 (60%)". */
void print_published(FILE *file, const struct session *s, const struct tally_group *groups, size_t count);

/* A row per theme with the course of its share over the periods that have a date: block characters, a dot where nothing can be shown. */
void print_sparks(FILE *file, const struct session *s, const struct tally_group *groups, size_t count);

/* A row per last part of a theme's code, a column per theme of the list (codes joined by commas): reviews with the theme COLUMN.ROW, such as agencies by
 * action and omission. Over all groups: they are added up by the caller. 0, or -1 with a message: a theme is not there. */
int grid_check(const struct session *s, const char *list);
void print_grid(FILE *file, const struct session *s, const struct tally_group *total, const char *list, bool published);

/* A row per theme: reviews whose facet (the groups') has the value against those with another, with tests and keyness. Over all periods; unknown is on neither side. */
void print_comparison(FILE *file, const struct session *s, const struct tally_group *groups, size_t count, const char *value);

#endif

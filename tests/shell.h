/* What tests of the command line share: shell scripts in a scratch folder. $T is the program that THEMETALLY names, $S the folder of sample
 * archives, $D that of the sources; the cache is in the scratch folder too. */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include <stddef.h>

/* For cmocka_run_group_tests(). The folder is in memory: stores sync often. */
int shell_set_up(void **state);
int shell_tear_down(void **state);

const char *shell_folder(void);

/* Runs the script in the folder; standard error goes to the file err, that of the script before is in err.before. Fails the test, with the end of
 * err, unless its status is that. */
void shell_run(int status, const char *script);
/* The same without failing: its status, -1 if it was killed. */
int shell_status(const char *script);

/* Writes a file into the folder. */
void shell_put(const char *name, const char *text);
void shell_put_bytes(const char *name, const void *bytes, size_t length);

#endif

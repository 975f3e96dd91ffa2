/* What must hold for any bytes whatever, however they are read. Aborts where it does not. */
#ifndef TESTS_FUZZ_AGREE_H
#define TESTS_FUZZ_AGREE_H

#include <stddef.h>
#include <stdint.h>

/* Small enough for quick runs: members of 1 MiB, records of 64 KiB, units of 4 MiB, a zstd window of 2^20, 16 MiB for xz. */
struct archive_limits fuzz_limits(void);

/* Reads the bytes as an archive of that name in small and in large pieces, from a file and from a pipe: the verdict on each unit, and
 * the members of each sealed unit, must be the same; the account must add up; the end must stay the end. threads: that many
 * more help in one of the readings. */
void archive_agrees(const char *name, const uint8_t *bytes, size_t length);
void archive_agrees_threaded(const char *name, const uint8_t *bytes, size_t length, unsigned threads);

/* Fails the program, naming the property. */
_Noreturn void property_fails(const char *property);

#endif

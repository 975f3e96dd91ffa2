/* A disk that forgets: an SQLite VFS that notes every write, and what of them a power cut may leave.
 *
 * What was synced is there. Of what was written to a file since its last sync, any part may be there, in any order, writes torn at 512 bytes. A new
 * name is there once its file was synced, a deletion once its directory was: SQLite syncs the directory of a journal or log with that file's
 * first sync, and with a deletion that asks for it. The -shm file is memory and never survives. One thread. */
#ifndef TESTS_LOSSY_DISK_H
#define TESTS_LOSSY_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "bench/rng.h"

/* Takes the place of SQLite's VFS: from now on every file that SQLite opens under `directory` is noted. What lies there already is
 * taken as safely on the disk. */
void lossy_disk_begin(const char *directory);
/* Forgets what was noted and gives SQLite its own VFS back. */
void lossy_disk_end(void);

/* Operations noted so far. */
size_t lossy_disk_position(void);
/* Bytes and syncs noted so far. */
uint64_t lossy_disk_bytes(void);
size_t lossy_disk_syncs(void);

/* Writes into the (empty) folder `to` what may be left of the directory after a power cut before operation number `position`. */
void lossy_disk_cut(size_t position, struct rng *rng, const char *to);

#endif

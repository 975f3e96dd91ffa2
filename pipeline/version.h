/* What this build is. */
#ifndef PIPELINE_VERSION_H
#define PIPELINE_VERSION_H

#include <stdio.h>

#define THEMETALLY_VERSION "0.1.0"

/* Version, libraries with their versions, and the engine used on this machine. */
void version_print(FILE *out);

#endif

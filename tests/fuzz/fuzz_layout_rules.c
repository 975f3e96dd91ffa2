/* Any bytes as a file of layout rules: read, or refused with a message that names file and line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corpora/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char path[64], message[512] = "";
	int fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const char *files[] = {path};
	struct rules *r = rules_new(files, 1, NULL, message, sizeof message);
	if (!r && !message[0])
		abort();
	rules_free(r);
	close(fd);
	return 0;
}

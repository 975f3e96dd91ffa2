/* SHA-256, for naming content: archives, lexicons, compiled databases. The work is libnettle's. One struct per thread. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256 {
	uint64_t context[16]; /* libnettle's, whose header would rename these functions */
};

void sha256_init(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *bytes, size_t length);
void sha256_final(struct sha256 *h, unsigned char digest[SHA256_BYTES]); /* init again before the next use */
void sha256(const void *bytes, size_t length, unsigned char digest[SHA256_BYTES]);
/* Of a file, read to its end. 0, or -1 with errno: it cannot be read. */
int sha256_file(const char *path, unsigned char digest[SHA256_BYTES]);
/* 64 lower-case hexadecimal digits and a NUL. */
void sha256_hex(const unsigned char digest[SHA256_BYTES], char hex[2 * SHA256_BYTES + 1]);

#endif

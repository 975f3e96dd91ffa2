#include "base/sha256.h"

#include <nettle/sha2.h>
#include <stdio.h>
#undef sha256_init
#undef sha256_update

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct sha256), "room for libnettle's context");

static struct sha256_ctx *context(struct sha256 *h)
{
	return (struct sha256_ctx *)(void *)h->context;
}

void sha256_init(struct sha256 *h)
{
	nettle_sha256_init(context(h));
}

void sha256_update(struct sha256 *h, const void *bytes, size_t length)
{
	nettle_sha256_update(context(h), length, bytes);
}

void sha256_final(struct sha256 *h, unsigned char digest[SHA256_BYTES])
{
	nettle_sha256_digest(context(h), SHA256_BYTES, digest);
}

void sha256(const void *bytes, size_t length, unsigned char digest[SHA256_BYTES])
{
	struct sha256 h;
	sha256_init(&h);
	sha256_update(&h, bytes, length);
	sha256_final(&h, digest);
}

void sha256_hex(const unsigned char digest[SHA256_BYTES], char hex[2 * SHA256_BYTES + 1])
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

int sha256_file(const char *path, unsigned char digest[SHA256_BYTES])
{
	char block[1 << 16];
	size_t n;
	struct sha256 h;
	FILE *f = fopen(path, "re");
	if (!f)
		return -1;
	sha256_init(&h);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		sha256_update(&h, block, n);
	int failed = ferror(f);
	fclose(f);
	sha256_final(&h, digest);
	return failed ? -1 : 0;
}

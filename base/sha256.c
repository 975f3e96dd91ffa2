#include "base/sha256.h"

#include <stdio.h>

void sha256_init(struct sha256 *h)
{
	nettle_sha256_init(&h->context);
}

void sha256_update(struct sha256 *h, const void *bytes, size_t length)
{
	nettle_sha256_update(&h->context, length, bytes);
}

void sha256_final(struct sha256 *h, unsigned char digest[SHA256_BYTES])
{
	nettle_sha256_digest(&h->context, SHA256_BYTES, digest);
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

/* damage SEED <file >damaged: a hundredth of the bytes, at least one, have bits flipped; every fifth seed cuts the file instead. The same seed does the
 * same on every machine. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint64_t next_random(void)
{
	uint64_t z = state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

int main(int argc, char **argv)
{
	static unsigned char bytes[16 << 20];
	size_t length = fread(bytes, 1, sizeof bytes, stdin);
	if (argc != 2 || !length || !feof(stdin))
		return 2;
	unsigned long long seed = strtoull(argv[1], NULL, 10);
	state = seed;
	if (seed % 5 == 0)
		length = next_random() % length;
	else
		for (size_t i = 0; i <= length / 100; i++)
			bytes[next_random() % length] ^= (unsigned char)(1 + next_random() % 255);
	return fwrite(bytes, 1, length, stdout) == length ? 0 : 1;
}

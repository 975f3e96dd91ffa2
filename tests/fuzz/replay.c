/* Stands in for libFuzzer in the ordinary tests: runs a target over the files of its corpus, tests/fuzz/corpus/NAME, then over
 * damaged copies of each, the same ones every time. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { DAMAGED_COPIES = 100 };

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A hundredth of the bytes, at least one, or a cut. */
static void run_damaged(const struct buf *file, uint64_t seed)
{
	uint64_t random = seed * 0x9E3779B97F4A7C15u + 1;
	size_t length = file->length;
	if (!length)
		return;
	uint8_t *copy = mem_alloc(length);
	memcpy(copy, file->data, length);
	for (size_t i = 0; i <= length / 100; i++)
		copy[next_random(&random) % length] ^= (uint8_t)(1u << next_random(&random) % 8);
	if (seed % 4 == 0)
		length = next_random(&random) % length;
	uint8_t *exact = mem_alloc(length); /* so that reading over the end is seen */
	memcpy(exact, copy, length);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	free(copy);
}

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf file = BUF_INIT;
	char piece[4096];
	size_t n;
	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(piece, 1, sizeof piece, f)))
		buf_append(&file, piece, n);
	fclose(f);
	LLVMFuzzerTestOneInput((const uint8_t *)(file.data ? file.data : ""), file.length);
	for (uint64_t seed = 1; seed <= DAMAGED_COPIES; seed++)
		run_damaged(&file, seed);
	buf_release(&file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	const char *program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	struct buf path = BUF_INIT;
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i]);
		return 0;
	}
	buf_printf(&path, "tests/fuzz/corpus/%s", program + strlen("fuzz_"));
	DIR *dir = opendir(path.data);
	if (!dir) {
		perror(path.data);
		return 1;
	}
	char **names = NULL;
	size_t count = 0, capacity = 0, base = path.length;
	for (const struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		MEM_GROW(names, count, capacity);
		names[count++] = mem_strdup(e->d_name);
	}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		path.length = base;
		buf_printf(&path, "/%s", names[i]);
		run_file(path.data);
		free(names[i]);
	}
	free(names);
	buf_release(&path);
	printf("[       OK ] %s: %zu files, each damaged in %d ways\n", program, count, DAMAGED_COPIES);
	return count ? 0 : 1;
}

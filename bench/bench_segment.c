/* Times segmentation, dates and facets over texts held in memory, one thread: usage bench_segment [-n PASSES] FILE...
 * Each file is one document. Prints the best and the median pass, and what was found, so that a faster wrong answer is seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "corpora/review.h"

static char *read_file(const char *path, size_t *length)
{
	struct buf b = BUF_INIT;
	char block[65536];
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(1);
	}
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_append(&b, block, n);
	fclose(f);
	*length = b.length;
	return buf_detach(&b);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	int passes = 5, option;
	while ((option = getopt(argc, argv, "n:")) == 'n')
		passes = atoi(optarg);
	if (option != -1 || optind == argc || passes < 1) {
		fprintf(stderr, "usage: bench_segment [-n PASSES] FILE...\n");
		return 2;
	}
	char message[400];
	struct segmenter_options options = {0};
	double begin = seconds();
	struct segmenter *segmenter = segmenter_new(&options, message, sizeof message);
	if (!segmenter) {
		fprintf(stderr, "%s\n", message);
		return 1;
	}
	printf("rules read in %.1f ms\n", 1e3 * (seconds() - begin));
	struct cutter *cutter = cutter_new(segmenter);
	size_t files = (size_t)(argc - optind), bytes = 0, reviews = 0, records = 0, dated = 0, incidents = 0;
	struct document *documents = mem_calloc(files, sizeof *documents);
	for (size_t i = 0; i < files; i++) {
		size_t length;
		documents[i].text = read_file(argv[optind + (int)i], &length);
		documents[i].length = length;
		documents[i].first_line = 1;
		documents[i].encoding = "utf-8";
		bytes += length;
	}
	double *taken = mem_calloc((size_t)passes, sizeof *taken);
	for (int p = 0; p < passes; p++) {
		reviews = records = dated = incidents = 0;
		begin = seconds();
		for (size_t i = 0; i < files; i++) {
			const struct review *r;
			size_t n = cutter_cut(cutter, &documents[i], argv[optind + (int)i], "", &r);
			records += n;
			for (size_t k = 0; k < n; k++) {
				reviews += r[k].kind == KIND_REVIEW;
				dated += r[k].kind == KIND_REVIEW && r[k].published.year;
				incidents += r[k].kind == KIND_REVIEW && r[k].incident.year;
			}
		}
		taken[p] = seconds() - begin;
	}
	qsort(taken, (size_t)passes, sizeof *taken, by_value);
	printf("%zu documents, %zu bytes, %zu records, %zu reviews, %zu dated, %zu with the year of the incident\n", files, bytes, records,
	       reviews, dated, incidents);
	printf("best %.3f GB/s (%.3f ns/byte, %.0f ns/review), median %.3f GB/s\n", 1e-9 * (double)bytes / taken[0], 1e9 * taken[0] / (double)bytes,
	       reviews ? 1e9 * taken[0] / (double)reviews : 0, 1e-9 * (double)bytes / taken[passes / 2]);
	for (size_t i = 0; i < files; i++)
		free((char *)documents[i].text);
	free(documents);
	free(taken);
	cutter_free(cutter);
	segmenter_free(segmenter);
	return 0;
}

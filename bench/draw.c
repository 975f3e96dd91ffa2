/* Draws a result file of the driver, on standard output: as SVG, or as tables for docs/benchmarks.md.
 *
 * usage: draw bars FILE [NAME...]      speed of each job, or of those named, on a logarithmic scale, with quartiles
 *        draw growth FILE              cost of jobs called "N entries" against N, both logarithmic
 *        draw table FILE...            jobs and ratios as Markdown */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WIDTH = 760, LEFT = 240, RIGHT = 90, ROW = 26, TOP = 56, BOTTOM = 40 };
#define INK "#1f2933"
#define FAINT "#d5dbe1"
#define MUTED "#5f6c7b"
#define OURS "#0b6e4f"
#define OTHERS "#8aa0b5"

struct bar {
	const char *name;
	double speed, low, high; /* GB/s */
	bool ours;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void quartiles(const json_t *samples, double *low, double *median, double *high)
{
	size_t n = json_array_size(samples);
	double *v = mem_calloc(n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = json_number_value(json_array_get(samples, i));
	qsort(v, n, sizeof *v, compare);
	*low = n ? v[n / 4] : 0;
	*high = n ? v[n - 1 - n / 4] : 0;
	*median = n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : 0;
	free(v);
}

static void text(double x, double y, const char *anchor, const char *colour, const char *style, const char *content)
{
	printf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\" %s>", x, y, anchor, colour, style);
	for (; *content; content++)
		if (*content == '<')
			printf("&lt;");
		else if (*content == '&')
			printf("&amp;");
		else
			putchar(*content);
	printf("</text>\n");
}

static void line(double x1, double y1, double x2, double y2, const char *colour, double width)
{
	printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n", x1, y1, x2, y2, colour, width);
}

static void begin(double height, const char *title, const json_t *result)
{
	const json_t *machine = json_object_get(result, "machine");
	char below[300];
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n", WIDTH, height);
	printf("<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
	text(16, 26, "start", INK, "font-size=\"16\" font-weight=\"600\"", title);
	snprintf(below, sizeof below, "%s, %s", json_string_value(json_object_get(machine, "processor")), json_string_value(json_object_get(machine, "date")));
	text(WIDTH - 16, height - 10, "end", MUTED, "font-size=\"11\"", below);
}

static void number(char *out, size_t size, double v)
{
	if (v >= 1)
		snprintf(out, size, "%.3g GB/s", v);
	else if (v >= 0.001)
		snprintf(out, size, "%.3g MB/s", v * 1e3);
	else
		snprintf(out, size, "%.3g kB/s", v * 1e6);
}

static bool wanted(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return !count;
}

static void draw_bars(const json_t *result, int count, char **names)
{
	const json_t *jobs = json_object_get(result, "jobs");
	struct bar *bars = mem_calloc(json_array_size(jobs) + 1, sizeof *bars);
	size_t n = 0;
	double least = 1e9, most = 0;
	for (size_t i = 0; i < json_array_size(jobs); i++) {
		const json_t *j = json_array_get(jobs, i);
		struct bar *b = &bars[n];
		b->name = json_string_value(json_object_get(j, "name"));
		if (!wanted(b->name, count, names))
			continue;
		double low, median, high;
		const char *kind = json_string_value(json_object_get(j, "kind"));
		quartiles(json_object_get(j, "seconds"), &low, &median, &high);
		b->speed = json_number_value(json_object_get(j, "gb_per_second"));
		b->low = b->speed * median / high;
		b->high = b->speed * median / low;
		b->ours = strcmp(kind, "command") && strcmp(kind, "text-command") && strncmp(kind, "hyperscan", 9) && strcmp(kind, "read");
		least = fmin(least, b->low);
		most = fmax(most, b->high);
		n++;
	}
	double from = floor(log10(least)), to = ceil(log10(most)), scale = (WIDTH - LEFT - RIGHT) / (to - from), height = TOP + ROW * (double)n + BOTTOM;
	begin(height, json_string_value(json_object_get(result, "title")), result);
	for (double d = from; d <= to; d++) {
		char label[32];
		double x = LEFT + (d - from) * scale;
		number(label, sizeof label, pow(10, d));
		line(x, TOP - 6, x, TOP + ROW * (double)n, FAINT, 1);
		text(x, TOP - 10, "middle", MUTED, "font-size=\"11\"", label);
	}
	for (size_t i = 0; i < n; i++) {
		const struct bar *b = &bars[i];
		double y = TOP + ROW * (double)i + 4, end = LEFT + (log10(b->speed) - from) * scale;
		char label[32];
		number(label, sizeof label, b->speed);
		text(LEFT - 8, y + 13, "end", INK, "", b->name);
		printf("<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", LEFT, y, fmax(end - LEFT, 1), ROW - 9, b->ours ? OURS : OTHERS);
		line(LEFT + (log10(b->low) - from) * scale, y + 8.5, LEFT + (log10(b->high) - from) * scale, y + 8.5, INK, 1.5);
		text(fmax(end, LEFT + (log10(b->high) - from) * scale) + 6, y + 13, "start", INK, "font-size=\"12\"", label);
	}
	printf("</svg>\n");
	free(bars);
}

static void draw_growth(const json_t *result)
{
	const json_t *jobs = json_object_get(result, "jobs");
	enum { HEIGHT = 380, X0 = 70, Y0 = 320, X1 = 720, Y1 = 60 };
	double entries[16], cost[16], least = 1e9, most = 0;
	size_t n = 0;
	double words = json_number_value(json_object_get(json_object_get(result, "corpus"), "words"));
	for (size_t i = 0; i < json_array_size(jobs) && n < 16; i++) {
		const json_t *j = json_array_get(jobs, i);
		const char *name = json_string_value(json_object_get(j, "name"));
		char *end;
		double size = strtod(name, &end), low, median, high;
		if (strcmp(end, " entries"))
			continue;
		quartiles(json_object_get(j, "seconds"), &low, &median, &high);
		entries[n] = size;
		cost[n] = median / words * 1e9;
		least = fmin(least, cost[n]);
		most = fmax(most, cost[n]);
		n++;
	}
	begin(HEIGHT, "Matching: nanoseconds a word against the number of entries", result);
	double from = floor(log2(least)), to = ceil(log2(most) + 0.01), low_x = log2(entries[0]), high_x = log2(entries[n - 1]);
	char label[64];
	for (double d = from; d <= to; d++) {
		double y = Y0 - (d - from) / (to - from) * (Y0 - Y1);
		snprintf(label, sizeof label, "%g ns", pow(2, d));
		line(X0, y, X1, y, FAINT, 1);
		text(X0 - 8, y + 4, "end", MUTED, "font-size=\"11\"", label);
	}
	printf("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", OURS);
	for (size_t i = 0; i < n; i++)
		printf("%.1f,%.1f ", X0 + (log2(entries[i]) - low_x) / (high_x - low_x) * (X1 - X0 - 20), Y0 - (log2(cost[i]) - from) / (to - from) * (Y0 - Y1));
	printf("\"/>\n");
	for (size_t i = 0; i < n; i++) {
		double x = X0 + (log2(entries[i]) - low_x) / (high_x - low_x) * (X1 - X0 - 20), y = Y0 - (log2(cost[i]) - from) / (to - from) * (Y0 - Y1);
		printf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y, OURS);
		snprintf(label, sizeof label, "%.1f", cost[i]);
		text(x, y - 10, "middle", INK, "font-size=\"12\"", label);
		snprintf(label, sizeof label, "%g", entries[i]);
		text(x, Y0 + 18, "middle", MUTED, "font-size=\"11\"", label);
	}
	text((X0 + X1) / 2.0, Y0 + 36, "middle", MUTED, "font-size=\"11\"", "entries");
	printf("</svg>\n");
}

static void seconds(char *out, size_t size, double s)
{
	if (s < 1)
		snprintf(out, size, "%.3g ms", s * 1e3);
	else
		snprintf(out, size, "%.3g s", s);
}

static void write_tables(const json_t *result)
{
	const json_t *corpus = json_object_get(result, "corpus"), *machine = json_object_get(result, "machine"), *item;
	size_t i;
	printf("**%s.** %.4g MB of text, %" JSON_INTEGER_FORMAT " reviews in %" JSON_INTEGER_FORMAT " archives, %.4g MB on disk, %" JSON_INTEGER_FORMAT " entries; %s, %s time.\n\n",
	       json_string_value(json_object_get(result, "title")), json_number_value(json_object_get(corpus, "text_bytes")) / 1e6,
	       json_integer_value(json_object_get(corpus, "reviews")), json_integer_value(json_object_get(corpus, "archives")),
	       json_number_value(json_object_get(corpus, "disk_bytes")) / 1e6, json_integer_value(json_object_get(corpus, "entries")),
	       json_string_value(json_object_get(machine, "date")), json_string_value(json_object_get(result, "clock")));
	printf("| job | median | quartiles | speed | peak memory |\n|---|---|---|---|---|\n");
	json_array_foreach(json_object_get(result, "jobs"), i, item) {
		double low, median, high;
		char a[32], b[32], c[32], speed[32], memory[32] = "";
		quartiles(json_object_get(item, "seconds"), &low, &median, &high);
		seconds(a, sizeof a, low);
		seconds(b, sizeof b, median);
		seconds(c, sizeof c, high);
		number(speed, sizeof speed, json_number_value(json_object_get(item, "gb_per_second")));
		if (json_integer_value(json_object_get(item, "peak_kib")))
			snprintf(memory, sizeof memory, "%.0f MB", json_number_value(json_object_get(item, "peak_kib")) / 1024);
		printf("| %s | %s | %s to %s | %s | %s |\n", json_string_value(json_object_get(item, "name")), b, a, c, speed, memory);
	}
	if (json_array_size(json_object_get(result, "ratios")))
		printf("\n| ratio of speeds | median | quartiles | aim |\n|---|---|---|---|\n");
	json_array_foreach(json_object_get(result, "ratios"), i, item) {
		char aim[64] = "";
		double at_least = json_number_value(json_object_get(item, "aim")), median = json_number_value(json_object_get(item, "median"));
		if (at_least > 0)
			snprintf(aim, sizeof aim, "%g, %s", at_least, median >= at_least ? "reached" : "not reached");
		printf("| %s / %s | %.3g | %.3g to %.3g | %s |\n", json_string_value(json_object_get(item, "of")), json_string_value(json_object_get(item, "over")), median,
		       json_number_value(json_object_get(item, "low")), json_number_value(json_object_get(item, "high")), aim);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc < 3 || (strcmp(argv[1], "bars") && strcmp(argv[1], "growth") && strcmp(argv[1], "table"))) {
		fprintf(stderr, "usage: draw bars FILE [NAME...]\n       draw growth FILE\n       draw table FILE...\n");
		return 2;
	}
	bool table = !strcmp(argv[1], "table");
	for (int i = 2; i < (table ? argc : 3); i++) {
		json_error_t error;
		json_t *result = json_load_file(argv[i], 0, &error);
		if (!result) {
			fprintf(stderr, "draw: %s: %s\n", argv[i], error.text);
			return 1;
		}
		if (table)
			write_tables(result);
		else if (!strcmp(argv[1], "bars"))
			draw_bars(result, argc - 3, argv + 3);
		else
			draw_growth(result);
		json_decref(result);
	}
	return 0;
}

/* themetally plot: shares of a few themes over time, as an SVG or PNG picture. */
#include <limits.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/released.h"
#include "pipeline/session.h"
#include "pipeline/stats.h"
#include "pipeline/tally.h"

enum { PLOT_THEMES = 40 };

struct arguments {
	struct options common;
	const char *themes[PLOT_THEMES]; /* codes, * allowed */
	size_t theme_count;
	bool png;
	/* what is drawn */
	struct tally *tally;
	struct release *release; /* with --suppress-below */
	const struct tally_group *groups;
	size_t group_count;
};

static const struct argp_option own[] = {
	{"theme", 't', "CODE", 0, "Theme to draw, * allowed (repeatable; at most 40 in all)", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 't':
		if (a->theme_count == PLOT_THEMES)
			argp_error(state, "--theme: at most %d themes are drawn", PLOT_THEMES);
		a->themes[a->theme_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		options_need_input(state, &a->common);
		if (!a->theme_count)
			argp_error(state, "--theme CODE says what to draw");
		if (a->common.facet != FACET_NONE)
			argp_error(state, "--facet is for tables; --where chooses the reviews of one value");
		if (a->common.format != FORMAT_DEFAULT)
			argp_error(state, "--format is for tables; a plot is SVG, or PNG with -o NAME.png");
	}
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "--theme CODE PATH...\n--theme CODE --store DB",
	"Draws the share of reviews over time with its 95% Wilson interval, one small chart per theme, all with one scale, as SVG; as PNG with -o NAME.png, by rsvg-convert.\v"
	"Undated reviews are not drawn.\n\n"
	"Examples:\n"
	"  themetally plot --theme harm.neglect --store reviews.db -o trend.svg\n"
	"  themetally plot --theme 'harm.*' --by fy digests/ -o trend.png\n",
	options_all, NULL, NULL};

enum { COLUMNS = 3, WIDTH = 270, HEIGHT = 194, LEFT = 44, RIGHT = 22, TOP = 44, BOTTOM = 28, TITLE = 32 /* characters that fit */ };

struct picture {
	struct buf svg;
	const struct tally_group **groups; /* dated */
	size_t group_count;
	double top;                        /* share at the top of each chart */
};

static void put_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<': buf_append_str(out, "&lt;"); break;
		case '>': buf_append_str(out, "&gt;"); break;
		case '&': buf_append_str(out, "&amp;"); break;
		default: buf_append_char(out, *s);
		}
	}
}

static double x_of(const struct picture *p, size_t i)
{
	double first = p->groups[0]->first_month + p->groups[0]->last_month, last = p->groups[p->group_count - 1]->first_month + p->groups[p->group_count - 1]->last_month;
	double at = p->groups[i]->first_month + p->groups[i]->last_month;
	return LEFT + (last > first ? (at - first) / (last - first) : 0.5) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct picture *p, double share)
{
	return TOP + (1 - share / p->top) * (HEIGHT - TOP - BOTTOM);
}

static void draw_axes(struct picture *p)
{
	for (int i = 0; i <= 2; i++) {
		double share = p->top * i / 2, y = y_of(p, share);
		buf_printf(&p->svg, "<path d=\"M%d,%.1fH%d\" stroke=\"#c9d0d7\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f%%</text>\n", LEFT, y, WIDTH - RIGHT,
		           LEFT - 5, y + 4, 100 * share);
	}
	size_t step = (p->group_count + 1) / 3; /* three or four labels, which cannot meet */
	step = step ? step : 1;
	for (size_t i = 0; i < p->group_count; i += step)
		buf_printf(&p->svg, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x_of(p, i), HEIGHT - BOTTOM + 16, p->groups[i]->period);
}

static bool is_drawn(const struct tally_group *g, size_t theme)
{
	return !g->reviews_mark && (!g->marks || !g->marks[theme].reviews);
}

/* One unbroken run of points; what --suppress-below withholds is a gap between runs. */
static void draw_run(struct picture *p, size_t number, size_t first, size_t end)
{
	struct buf band = BUF_INIT, line = BUF_INIT, dots = BUF_INIT;
	double low, high;
	for (size_t i = first; i < end; i++) {
		const struct tally_group *g = p->groups[i];
		uint64_t with = g->cells[number].reviews;
		double x = x_of(p, i), y = y_of(p, (double)with / (double)g->reviews);
		stats_wilson(with, g->reviews, &low, &high);
		buf_printf(&band, "%.1f,%.1f ", x, y_of(p, high));
		buf_printf(&line, "%.1f,%.1f ", x, y);
		buf_printf(&dots, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"><title>%s: %llu of %llu reviews</title></circle>\n", x, y, g->period,
		           (unsigned long long)with, (unsigned long long)g->reviews);
	}
	for (size_t i = end; i-- > first;) {
		stats_wilson(p->groups[i]->cells[number].reviews, p->groups[i]->reviews, &low, &high);
		buf_printf(&band, "%.1f,%.1f ", x_of(p, i), y_of(p, low));
	}
	if (end == first + 1) { /* a band of no width would not be seen */
		stats_wilson(p->groups[first]->cells[number].reviews, p->groups[first]->reviews, &low, &high);
		buf_printf(&p->svg, "<path d=\"M%.1f,%.1fV%.1f\" stroke=\"#0b5ea8\" stroke-opacity=\"0.3\" stroke-width=\"5\"/>\n", x_of(p, first), y_of(p, low), y_of(p, high));
	}
	buf_printf(&p->svg, "<polygon points=\"%s\" fill=\"#0b5ea8\" fill-opacity=\"0.2\"/>\n<polyline points=\"%s\" fill=\"none\" stroke=\"#0b5ea8\" stroke-width=\"2\"/>\n"
	                    "<g fill=\"#0b5ea8\">\n%s</g>\n", band.data, line.data, dots.data);
	buf_release(&band);
	buf_release(&line);
	buf_release(&dots);
}

/* On two lines if it does not fit on one: then a middle space breaks it. */
static void draw_title(struct picture *p, const char *label)
{
	size_t length = strlen(label), best = length;
	for (size_t i = 0; i < length && length > TITLE; i++)
		if (label[i] == ' ' && (best == length || llabs((long long)(2 * i) - (long long)length) < llabs((long long)(2 * best) - (long long)length)))
			best = i;
	char *first = mem_strndup(label, best);
	if (best < length) {
		buf_printf(&p->svg, "<text x=\"0\" y=\"17\" font-size=\"13\" font-weight=\"bold\">");
		put_escaped(&p->svg, first);
		buf_append_str(&p->svg, "</text>\n");
	}
	buf_printf(&p->svg, "<text x=\"0\" y=\"32\" font-size=\"13\" font-weight=\"bold\">");
	put_escaped(&p->svg, best < length ? label + best + 1 : first);
	buf_append_str(&p->svg, "</text>\n");
	free(first);
}

static void draw_chart(struct picture *p, const struct theme *theme, size_t number)
{
	draw_title(p, theme->label);
	draw_axes(p);
	for (size_t i = 0, end; i < p->group_count; i = end) {
		for (end = i; end < p->group_count && is_drawn(p->groups[end], number); end++)
			;
		if (end > i)
			draw_run(p, number, i, end);
		else
			end++;
	}
}

/* The dated groups, and a scale that holds every interval that is drawn: a multiple of a tenth. */
static void lay_out(struct picture *p, const struct session *s, const struct tally_group *groups, size_t count)
{
	p->groups = mem_calloc(count + 1, sizeof *p->groups);
	p->top = 0.1;
	for (size_t g = 0; g < count; g++) {
		if (groups[g].first_month == INT_MAX || !groups[g].reviews)
			continue;
		p->groups[p->group_count++] = &groups[g];
		for (size_t i = 0; i < s->lexicon->theme_count; i++) {
			double low, high;
			stats_wilson(groups[g].cells[i].reviews, groups[g].reviews, &low, &high);
			while (s->shown[i] && is_drawn(&groups[g], i) && high > p->top + 1e-9 && p->top < 0.999)
				p->top += 0.1;
		}
	}
}

/* The picture as PNG, drawn by rsvg-convert. */
static int put_png(FILE *file, const struct buf *svg)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	pid_t child;
	int status = 0, error;
	FILE *in = tmpfile();
	if (!in || fwrite(svg->data, 1, svg->length, in) != svg->length || fflush(in) != 0 || lseek(fileno(in), 0, SEEK_SET) != 0) {
		message_error("cannot draw the picture: no temporary file: %s", strerror(errno));
		if (in)
			fclose(in);
		return -1;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fileno(in), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, fileno(file), STDOUT_FILENO);
	char program[] = "rsvg-convert", zoom[] = "--zoom=2", format[] = "--format=png";
	error = posix_spawnp(&child, program, &files, NULL, (char *[]){program, zoom, format, NULL}, environ);
	posix_spawn_file_actions_destroy(&files);
	while (!error && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	fclose(in);
	if (error || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		message_error("PNG needs rsvg-convert (Debian package librsvg2-bin), which %s; SVG needs nothing", error == ENOENT ? "is not installed" : "failed");
		return -1;
	}
	return 0;
}

static void print_plot(FILE *file, struct session *s, void *context)
{
	const struct arguments *a = context;
	const struct options *o = s->options;
	struct picture p = {0};
	size_t drawn = 0, at = 0;
	lay_out(&p, s, a->groups, a->group_count);
	for (size_t i = 0; i < s->lexicon->theme_count; i++)
		drawn += s->shown[i];
	size_t across = drawn < COLUMNS ? drawn : COLUMNS, height = (drawn + COLUMNS - 1) / COLUMNS * HEIGHT + 24, width = across * WIDTH;
	width = width < 2 * WIDTH ? 2 * WIDTH : width; /* room for the last line */
	buf_printf(&p.svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" viewBox=\"0 0 %zu %zu\" role=\"img\" font-family=\"sans-serif\" font-size=\"11\">\n"
	                   "<title>Share of reviews by theme and period</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", width, height, width, height);
	uint64_t reviews = 0;
	for (size_t i = 0; i < p.group_count; i++)
		reviews += p.groups[i]->reviews;
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		if (!s->shown[i])
			continue;
		buf_printf(&p.svg, "<g transform=\"translate(%zu,%zu)\">\n", at % COLUMNS * WIDTH + 4, at / COLUMNS * HEIGHT);
		if (p.group_count)
			draw_chart(&p, &s->lexicon->themes[i], i);
		buf_append_str(&p.svg, "</g>\n");
		at++;
	}
	buf_printf(&p.svg, "<text x=\"4\" y=\"%zu\">Share of reviews", height - 8);
	if (!o->suppress_below)
		buf_printf(&p.svg, ", n=%llu", (unsigned long long)reviews);
	buf_printf(&p.svg, " dated by %s; one scale; band: 95%% Wilson interval;%s lexicon ", o->incident_year ? "incident" : "publication",
	           o->suppress_below ? " gap: withheld;" : "");
	put_escaped(&p.svg, s->store ? s->edition.lexicon_name : s->lexicon->name);
	buf_append_char(&p.svg, ' ');
	put_escaped(&p.svg, s->store ? s->edition.lexicon_version : s->lexicon->version);
	buf_append_str(&p.svg, "</text>\n</svg>\n");
	if (!a->png)
		fwrite(p.svg.data, 1, p.svg.length, file);
	else
		s->unprintable = put_png(file, &p.svg) != 0;
	buf_release(&p.svg);
	free(p.groups);
}

static enum exit_status add_up(struct session *s, struct arguments *a)
{
	const struct options *o = s->options;
	a->tally = tally_of_ledger(s->ledger, s->lexicon, o);
	a->groups = tally_groups(a->tally, &a->group_count);
	if (!o->suppress_below)
		return STATUS_DONE;
	a->release = release_settle(s, a->groups, a->group_count, NULL, NULL);
	if (!a->release)
		return STATUS_CANNOT_RUN;
	a->groups = a->release->groups;
	a->group_count = a->release->printed;
	return STATUS_DONE;
}

int cmd_plot(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	a.common.can_suppress = true;
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open(&s, &a.common, NEED_THEMES);
	const char *name = a.common.output;
	a.png = name && strlen(name) > 4 && strcasecmp(name + strlen(name) - 4, ".png") == 0;
	size_t drawn = 0;
	if (status == STATUS_DONE)
		memset(s.shown, 0, s.lexicon->theme_count);
	for (size_t i = 0; status == STATUS_DONE && i < a.theme_count; i++)
		if (session_choose_themes(s.lexicon, "--theme", a.themes[i], s.shown) != 0)
			status = STATUS_USAGE;
	for (size_t i = 0; status == STATUS_DONE && i < s.lexicon->theme_count; i++)
		drawn += s.shown[i];
	if (drawn > PLOT_THEMES) {
		message_error("--theme: %zu themes; at most %d are drawn", drawn, PLOT_THEMES);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE)
		status = session_run(&s, NULL, 0);
	if (status == STATUS_DONE)
		status = add_up(&s, &a);
	status = session_print(&s, status, print_plot, &a);
	status = session_close(&s, status);
	release_free(a.release);
	if (a.tally)
		tally_free(a.tally);
	options_release(&a.common);
	return status;
}

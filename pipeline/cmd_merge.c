/* themetally merge and shard: one corpus over several machines. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/output.h"
#include "pipeline/session.h"

/* ---- merge ---- */

static error_t parse_merge(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	if (key == ARGP_KEY_END) {
		if (!o->output)
			argp_error(state, "-o DB says which store to make");
		if (!o->path_count)
			argp_error(state, "say which stores to join");
		return 0;
	}
	return options_common_key(key, arg, state, o, 2);
}

static const struct argp_child merge_children[] = {{&options_output_argp, 0, NULL, 0}, {&options_message_argp, 0, NULL, 0}, {0}};
static const struct argp merge_argp = {
	NULL, parse_merge, "-o DB DB...",
	"Joins stores into a new one. Any order, any grouping and any repetition of the stores gives the same tables; reviews that stand in "
	"several of them are settled as on one machine.\v"
	"Examples:\n  themetally merge -o all.db shard-*.db\n", merge_children, NULL, NULL};

static enum exit_status merge_into(const char *temporary, const struct options *o)
{
	struct store **from = mem_calloc(o->path_count, sizeof *from);
	enum exit_status status = STATUS_DONE;
	for (size_t i = 0; i < o->path_count && status == STATUS_DONE; i++)
		if (!(from[i] = store_open(o->paths[i], STORE_READ)))
			status = STATUS_CANNOT_RUN;
	struct store *to = status == STATUS_DONE ? store_open(temporary, STORE_BUILD) : NULL;
	if (!to || store_merge(to, from, o->path_count, o->threads) != 0)
		status = STATUS_CANNOT_RUN;
	store_close(to);
	for (size_t i = 0; i < o->path_count; i++)
		store_close(from[i]);
	free(from);
	return status;
}

int cmd_merge(int argc, char **argv)
{
	struct options o;
	struct buf temporary = BUF_INIT;
	options_init(&o);
	if (options_parse(&merge_argp, argc, argv, &o) != 0)
		return STATUS_USAGE;
	buf_printf(&temporary, "%s.%ld.tmp", o.output, (long)getpid());
	enum exit_status status = merge_into(temporary.data, &o);
	if (status == STATUS_DONE && (store_lock(o.output) != 0 || store_put_in_place(temporary.data, o.output) != 0))
		status = STATUS_CANNOT_RUN;
	store_remove(temporary.data);
	buf_release(&temporary);
	options_release(&o);
	return status;
}

/* ---- shard ---- */

struct shard_arguments {
	struct options common;
	unsigned parts;
};

enum { PARTS_MOST = 100000 };

static const struct argp_option shard_own[] = {{"parts", 'n', "N", 0, "Number of parts", 0}, {0}};

static error_t parse_shard(int key, char *arg, struct argp_state *state)
{
	struct shard_arguments *a = state->input;
	char *end;
	switch (key) {
	case 'n': {
		unsigned long n = strtoul(arg, &end, 10);
		if (!*arg || *end || *arg == '-' || n < 1 || n > PARTS_MOST)
			argp_error(state, "--parts takes a number from 1 to %d, not '%s'", PARTS_MOST, arg);
		a->parts = (unsigned)n;
		return 0;
	}
	case ARGP_KEY_END:
		if (!a->parts)
			argp_error(state, "--parts N says into how many parts");
		if (!a->common.output)
			argp_error(state, "-o DIR says where to write the lists");
		if (!a->common.path_count)
			argp_error(state, "say which archives to split (files or directories)");
		return 0;
	}
	return options_common_key(key, arg, state, &a->common, 2);
}

static const struct argp shard_argp = {
	shard_own, parse_shard, "--parts N -o DIR PATH...",
	"Splits archives into N parts of about the same number of bytes: DIR/shard-0001.list and so on, one path a line, for "
	"'themetally update --files-from'.\v"
	"The same archives give the same parts; when archives are added most of the others stay where they were.\n\n"
	"Examples:\n  themetally shard --parts 8 -o shards/ digests/\n", merge_children, NULL, NULL};

static int by_size(const void *a, const void *b)
{
	const struct archive_path *x = a, *y = b;
	return x->bytes != y->bytes ? (x->bytes > y->bytes ? -1 : 1) : strcmp(x->path, y->path);
}

/* Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam 2018): each archive goes to the part its path likes best
 * among those that stay below the average and a twentieth; where there is none, to the emptiest. */
static unsigned *assign(struct archive_path *list, size_t count, unsigned parts)
{
	uint64_t total = 0;
	uint64_t *load = mem_calloc(parts, sizeof *load);
	unsigned *part = mem_calloc(count, sizeof *part);
	for (size_t i = 0; i < count; i++)
		total += list[i].bytes;
	uint64_t most = total / parts + total / parts / 20 + 1;
	mem_sort(list, count, sizeof *list, by_size);
	for (size_t i = 0; i < count; i++) {
		uint64_t best = 0;
		unsigned chosen = parts, emptiest = 0;
		for (unsigned k = 0; k < parts; k++) {
			uint64_t liking = XXH3_64bits_withSeed(list[i].path, strlen(list[i].path), k);
			if (load[k] + list[i].bytes <= most && (chosen == parts || liking > best)) {
				best = liking;
				chosen = k;
			}
			if (load[k] < load[emptiest])
				emptiest = k;
		}
		part[i] = chosen == parts ? emptiest : chosen;
		load[part[i]] += list[i].bytes;
	}
	free(load);
	return part;
}

static int write_lists(const struct shard_arguments *a, const struct archive_path *list, const unsigned *part, size_t count)
{
	const char *directory = a->common.output;
	if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
		message_error("cannot make %s: %s", directory, strerror(errno));
		return -1;
	}
	for (unsigned k = 0; k < a->parts; k++) {
		struct buf name = BUF_INIT;
		struct output out;
		buf_printf(&name, "%s/shard-%04u.list", directory, k + 1);
		int failed = output_open(&out, name.data);
		for (size_t i = 0; i < count && !failed; i++)
			if (part[i] == k)
				fprintf(out.file, "%s\n", list[i].path);
		failed = failed || output_commit(&out);
		buf_release(&name);
		if (failed)
			return -1;
	}
	return 0;
}

int cmd_shard(int argc, char **argv)
{
	struct shard_arguments a = {0};
	struct session s = {.options = &a.common, .packs_whole = true};
	options_init(&a.common);
	if (options_parse_into(&shard_argp, argc, argv, &a, &a.common) != 0)
		return STATUS_USAGE;
	enum exit_status status = session_list_archives(&s);
	for (size_t i = 0; i < s.archive_count && status == STATUS_DONE; i++)
		if (strchr(s.archives[i].path, '\n')) {
			message_error("the name of an archive holds a line end, which a list cannot: rename it");
			status = STATUS_USAGE;
		}
	if (status == STATUS_DONE) {
		unsigned *part = assign(s.archives, s.archive_count, a.parts);
		if (write_lists(&a, s.archives, part, s.archive_count) != 0)
			status = STATUS_CANNOT_RUN;
		free(part);
	}
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}

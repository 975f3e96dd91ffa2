/* A laid out lexicon as bytes and back: making it from the patterns takes many times as long.
 *
 * The bytes are those of the structs of this build. Their sum has been checked by the cache and the build is part of its key, so what is checked here is only that the parts
 * are as long as they say. */
#include <string.h>

#include "base/codec.h"
#include "matchers/layout.h"

/* The lists of a layout, in the order in which they are written: where each is, how many there are. The last two have as many as there are atoms. */
enum { LIST_COUNT = 7, LISTS_BY_ATOM = 2 };
struct saved_list {
	void **items;
	size_t *count;
	size_t size;
};

static void lists_of(struct layout *l, size_t counts[LISTS_BY_ATOM], struct saved_list lists[LIST_COUNT])
{
	const struct saved_list of[LIST_COUNT] = {
		{(void **)&l->steps, &l->step_count, sizeof *l->steps},
		{(void **)&l->variants, &l->variant_count, sizeof *l->variants},
		{(void **)&l->trials, &l->trial_count, sizeof *l->trials},
		{(void **)&l->runs, &l->run_count, sizeof *l->runs},
		{(void **)&l->pairs, &l->pair_count, sizeof *l->pairs},
		{(void **)&l->guard_bits, &counts[0], sizeof *l->guard_bits},
		{(void **)&l->singles, &counts[1], sizeof *l->singles},
	};

	counts[0] = (size_t)l->vocabulary.atom_count + 1;
	counts[1] = l->vocabulary.atom_count;
	memcpy(lists, of, sizeof of);
}

void layout_save(const struct layout *l, struct buf *out)
{
	struct layout read_only = *l;
	struct saved_list lists[LIST_COUNT];
	size_t counts[LISTS_BY_ATOM];

	vocabulary_save(&l->vocabulary, out);
	lists_of(&read_only, counts, lists);
	for (int i = 0; i < LIST_COUNT; i++) {
		put_number(out, *lists[i].count);
		buf_append(out, *lists[i].items, *lists[i].count * lists[i].size);
	}
}

bool layout_restore(struct layout *l, const char *bytes, size_t length)
{
	struct byte_reader r = {bytes, bytes + length};
	struct saved_list lists[LIST_COUNT];
	size_t counts[LISTS_BY_ATOM];

	*l = (struct layout){0};
	vocabulary_init(&l->vocabulary);
	vocabulary_restore(&l->vocabulary, &r);
	lists_of(l, counts, lists);
	for (int i = 0; i < LIST_COUNT && r.at; i++) {
		size_t expected = *lists[i].count, count = get_count(&r);

		if (i >= LIST_COUNT - LISTS_BY_ATOM && count != expected)
			r.at = NULL;
		*lists[i].items = get_list(&r, count, lists[i].size);
		*lists[i].count = count;
	}
	if (!r.at || r.at != r.end) {
		layout_release(l);
		return false;
	}
	layout_index(l);
	return true;
}

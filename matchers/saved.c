/* A laid out lexicon as bytes and back: making it from the patterns takes many times as long. It is used where it lies.
 *
 * The bytes are the struct, whose numbers say how long its lists are, and the lists. Their sum has been checked by the cache and the build is part of its key, so what is checked here is
 * only that they are as long as they say. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/layout.h"

enum { ALIGNMENT = 16, LAYOUT_LISTS = VOCABULARY_LISTS + 13 };

static void lists_of(struct layout *l, struct kept_list lists[LAYOUT_LISTS])
{
	size_t atoms = l->vocabulary.atom_count;
	struct kept_list *to = lists + VOCABULARY_LISTS;

	vocabulary_lists(&l->vocabulary, lists);
#define LIST(of, number) *to++ = (struct kept_list){(void **)&(of), (number), sizeof *(of)}
	LIST(l->steps, l->step_count);
	LIST(l->variants, l->variant_count);
	LIST(l->trials, l->trial_count);
	LIST(l->guard_bits, atoms + 1);
	LIST(l->runs, l->run_count);
	LIST(l->run_slots, l->run_slot_count);
	LIST(l->pairs, l->pair_count);
	LIST(l->left_first, atoms + 2);
	LIST(l->left_pairs, l->pair_count);
	LIST(l->right_first, atoms + 2);
	LIST(l->right_pairs, l->pair_count);
	LIST(l->singles, atoms);
	LIST(l->links, l->link_count);
#undef LIST
}

void layout_save(const struct layout *l, struct buf *out)
{
	static const char zeros[ALIGNMENT];
	struct layout kept = *l, numbers = *l;
	struct kept_list lists[LAYOUT_LISTS], none[LAYOUT_LISTS];

	lists_of(&kept, lists);
	lists_of(&numbers, none);
	for (size_t i = 0; i < LAYOUT_LISTS; i++)
		*none[i].items = NULL;
	numbers.memory = (struct buf)BUF_INIT;
	numbers.vocabulary.wildcard_map[0] = numbers.vocabulary.wildcard_map[1] = numbers.vocabulary.class_map = (struct strmap)STRMAP_INIT;
	buf_append(out, &numbers, sizeof numbers);
	for (size_t i = 0; i < LAYOUT_LISTS; i++) {
		buf_append(out, zeros, -out->length % ALIGNMENT);
		buf_append(out, *lists[i].items, lists[i].count * lists[i].size);
	}
}

bool layout_restore(struct layout *l, struct buf *bytes)
{
	struct kept_list lists[LAYOUT_LISTS];
	size_t at = sizeof *l, list = 0;

	if (bytes->length < sizeof *l) {
		*l = (struct layout){0};
		return false;
	}
	memcpy(l, bytes->data, sizeof *l);
	lists_of(l, lists);
	for (; list < LAYOUT_LISTS; list++) {
		at += -at % ALIGNMENT;
		if (at > bytes->length || lists[list].count > (bytes->length - at) / lists[list].size)
			break;
		*lists[list].items = bytes->data + at;
		at += lists[list].count * lists[list].size;
	}
	if (list < LAYOUT_LISTS || at != bytes->length) {
		*l = (struct layout){0};
		return false;
	}
	l->memory = *bytes;
	*bytes = (struct buf)BUF_INIT;
	return true;
}

void layout_release(struct layout *l)
{
	struct kept_list lists[LAYOUT_LISTS];

	vocabulary_release(&l->vocabulary);
	lists_of(l, lists);
	for (size_t i = 0; !l->memory.data && i < LAYOUT_LISTS; i++)
		free(*lists[i].items);
	buf_release(&l->memory);
	*l = (struct layout){0};
}

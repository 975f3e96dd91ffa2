#include "pipeline/fault_list.h"

#include <stdlib.h>

#include "base/mem.h"

void fault_list_count(struct fault_list *l, uint64_t unit, uint64_t skipped, uint64_t refused)
{
	if (!l->rest_count || l->rests[l->rest_count - 1].unit != unit) {
		MEM_GROW(l->rests, l->rest_count, l->rest_capacity);
		l->rests[l->rest_count++] = (struct fault_rest){.unit = unit};
	}
	l->rests[l->rest_count - 1].skipped += skipped;
	l->rests[l->rest_count - 1].refused += refused;
}

static void leave_unnamed(struct fault_list *l, const struct fault_note *note)
{
	fault_list_count(l, note->unit, note->skipped, !note->skipped);
	l->rest_io |= note->fault.code == FAULT_IO;
}

void fault_list_add(struct fault_list *l, const struct fault *fault, bool skipped, uint64_t unit)
{
	struct fault_note note = {*fault, skipped, unit};
	/* what a pack says of its rest is one more */
	if (l->count >= FAULTS_NAMED && fault->code != FAULT_MORE) {
		leave_unnamed(l, &note);
		return;
	}
	MEM_GROW(l->notes, l->count, l->capacity);
	l->notes[l->count++] = note;
}

void fault_list_append(struct fault_list *l, struct fault_list *from)
{
	for (size_t i = 0; i < from->count; i++)
		fault_list_add(l, &from->notes[i].fault, from->notes[i].skipped, from->notes[i].unit);
	for (size_t i = 0; i < from->rest_count; i++)
		fault_list_count(l, from->rests[i].unit, from->rests[i].skipped, from->rests[i].refused);
	l->rest_io |= from->rest_io;
	fault_list_release(from);
}

void fault_list_shorten(struct fault_list *l, size_t most)
{
	if (l->count <= most)
		return;
	for (size_t i = most; i < l->count; i++)
		leave_unnamed(l, &l->notes[i]);
	l->count = most;
	l->capacity = most;
	if (most) {
		l->notes = mem_realloc(l->notes, most, sizeof *l->notes);
	} else {
		free(l->notes);
		l->notes = NULL;
	}
}

void fault_list_release(struct fault_list *l)
{
	free(l->notes);
	free(l->rests);
	*l = (struct fault_list){0};
}

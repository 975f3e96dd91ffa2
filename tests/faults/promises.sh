#!/bin/bash
# Does a test fail when a promise of docs/reliability.md is broken? Breaks each in a copy of the source, one change at a time, and runs the tests that hold it.
# usage: promises.sh [NAME...]     from the root of the source, with a build there to start from
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir "$work/copy"
tar cf - --exclude=.git --exclude=node_modules --exclude=bench-data $(git ls-files | cut -d/ -f1 | sort -u) $([ -d build/release ] && echo build/release) | tar xf - -C "$work/copy"
cd "$work/copy"
broken=0 unseen=0
# NAME FILE OLD NEW TEST...: fixed text, all occurrences
breaks() {
	local name=$1 file=$2 old=$3 new=$4; shift 4
	[ ${#chosen[@]} = 0 ] || [[ " ${chosen[*]} " == *" $name "* ]] || return 0
	broken=$((broken + 1))
	cp -p "$file" "$work/kept"
	OLD=$old NEW=$new perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/g' "$file"
	if cmp -s "$file" "$work/kept"; then unseen=$((unseen + 1)); echo "VIOLATION: $name: '$old' is no longer in $file"; return; fi
	touch "$file"
	if ! make -s -j"$(nproc)" build/release/themetally "${@/#/build/release/tests/}" >"$work/log" 2>&1; then
		unseen=$((unseen + 1)); echo "VIOLATION: $name: does not build: $(tail -n 1 "$work/log")"
	else
		local seen=
		for test; do
			THEMETALLY=build/release/themetally timeout 600 "build/release/tests/$test" >"$work/log" 2>&1 || seen+=" $test ($(sed -n 's/^\[  FAILED  \] \([a-z_0-9]*\)$/\1/p' "$work/log" | sort -u | head -n 3 | paste -sd, | sed 's/,/, /g'))"
		done
		if [ -n "$seen" ]; then echo "$name: $file:$seen"; else unseen=$((unseen + 1)); echo "VIOLATION: $name: broken in $file, and no test fails of: $*"; fi
	fi
	cp -p "$work/kept" "$file"; touch "$file"
}
chosen=("$@")

breaks P1 pipeline/archive_job.c 'if (job->units[b->sheaves[k].unit] != UNIT_SEALED)' 'if (false)' test_hazards
breaks P1-gzip corpora/unpack_gzip.c 'little_endian(g->held, 4) != crc' 'false' test_archive test_archive_codecs
breaks P1-pack pipeline/pack.c 'if (!hash_is(r->bytes.data, e->length, e->hash))' 'if (false)' test_pack
breaks P1-listed pipeline/archive_job.c 'if (job->listed && manifest_refuses' 'if (false && manifest_refuses' test_manifest
breaks P2 pipeline/archive_job.c 'message_fault(r->path, &n->fault, n->skipped);' '' test_cli
breaks P3 pipeline/session.c 'faults(s) ? STATUS_PARTIAL : so_far' 'faults(s) ? STATUS_DONE : so_far' test_cli
breaks P4 pipeline/archive_job.c 'fault ? UNIT_REFUSED : UNIT_SEALED' 'fault ? UNIT_OPEN : UNIT_SEALED' test_cli
breaks P4-sums pipeline/archive_job.c 'sealed == a->units_sealed && ' '' test_archive_job
breaks P5-near pipeline/dedupe_search.c 'return DUPLICATE_NEAR;' 'return DUPLICATE_NONE;' test_dedupe
breaks P5-order pipeline/dedupe.c 'return name ? name < 0 : row_a < row_b;' 'return row_a > row_b;' test_dedupe test_store
breaks P6 pipeline/store_write.c '"BEGIN IMMEDIATE"' '"SELECT 1"' test_store
breaks P6-unnoticed pipeline/store.c 'if (s->failed && strcmp(sql, "COMMIT") == 0)' 'if (false)' test_store_fails
breaks P6-half pipeline/output.c 'if (!error && rename(' 'if (rename(' test_output
breaks P7-batches pipeline/archive_job.c 'return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;' 'return (void)x, (void)y, 0;' test_hazards
breaks P7-windows corpora/unpack_gzip_points.c ' && memcmp(piece->window, p->tail, p->tail_length) == 0' '' test_gzip_index
breaks P7-bits corpora/unpack_gzip_points.c 'unread == (8 - to->bit % 8) % 8' 'unread < 9 + 0 * to->bit' test_gzip_index
breaks P7-order pipeline/session.c 'mem_sort(list, count, sizeof *list, by_path);' '(void)by_path;' test_hazards
breaks P7-pack pipeline/pack_block.c 'o->shift += get_signed(&o->shifts);' 'get_signed(&o->shifts);' test_pack
breaks P7-finds pipeline/pack_finds.c 'out->items[at - 1].entry > c.entry' 'false' test_pack_finds
breaks P7-build pipeline/pack_finds.c ' && strcmp(p->contents.finder, matcher_build()) == 0' '' test_pack_finds
breaks P7-faults pipeline/archive_job.c 'if (job->enough && b->sequence > job->last_named)' 'if (job->enough)' test_archive_job
breaks P7-pieces pipeline/dedupe_buckets.c 'n == b->equal.count ? n : n - NEIGHBOURS' 'n' test_dedupe_search
breaks P8 corpora/stream.c 'breaks(s, FAULT_LIMIT, "expands more' '(void)0; if (false) breaks(s, FAULT_LIMIT, "expands more' test_archive_limits
breaks P8-faults pipeline/fault_list.c 'if (l->count >= FAULTS_NAMED && fault->code != FAULT_MORE)' 'if (false)' test_archive_job test_hazards
breaks P8-rows pipeline/dedupe_search.h 'PART_ROWS = 1 << 17' 'PART_ROWS = 1 << 22' test_dedupe_search
breaks P9 corpora/sandbox_child.c 'e = seccomp_load(filter);' 'e = 0;' test_sandbox
breaks P10 matchers/regex.c 's->inconclusive[s->inconclusive_count++] = r->entry;' '' test_cli
breaks P11 pipeline/store.c 'sha256_update(&h, lexicon->sha256, sizeof lexicon->sha256);' '' test_store
breaks P12 pipeline/worker_count.c 'e->file, e->line);' 'w->row.title, e->line);' test_cli
echo "$broken promises broken, $unseen of them unseen"
[ $unseen = 0 ]

#!/bin/sh
# Joins the parts into $RESULT, on local disk first. Refuses while a part is missing. Environment: THEMETALLY, LISTS, STORES, RESULT, HERE.
set -eu
left=$("$HERE/missing.sh" "$LISTS" "$STORES")
[ -z "$left" ] || { echo "parts not done: $(echo "$left" | paste -sd' ' -)" >&2; exit 1; }
work=$(mktemp -d "${SCRATCH:-/tmp}/themetally-merge-XXXXXX")
trap 'rm -rf "$work"' EXIT
"$THEMETALLY" merge -q -o "$work/all.db" "$STORES"/part-*.db
cp "$work/all.db" "$RESULT.$$.tmp"
sync -d "$RESULT.$$.tmp" 2>/dev/null || sync
mv "$RESULT.$$.tmp" "$RESULT"

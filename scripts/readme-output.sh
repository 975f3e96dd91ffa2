#!/bin/sh
# Puts the output of the command that README.md shows into it again (after a change of the lexicon or the sample).
set -eu
command='count -q --themes parent.domestic_abuse,harm.neglect --by period:2010-14,2014-18,2018-22,2022-26 --format table corpora/sample'
# shellcheck disable=SC2086
./themetally $command | sed 's/^/    /' >README.table
awk '/^    period  .*theme/ { while ((getline line < "README.table") > 0) print line; skip = 1 }
     skip && /^    / { next } { skip = 0; print }' README.md >README.new
mv README.new README.md
rm README.table

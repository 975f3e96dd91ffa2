#!/bin/sh
# What `make demo` shows: the main job on the sample archives of the repository.
set -eu
echo '$ ./themetally count --themes parent.domestic_abuse,harm.neglect,practice.information_sharing corpora/sample --format table'
./themetally count --themes parent.domestic_abuse,harm.neglect,practice.information_sharing corpora/sample --format table
echo
echo '$ ./themetally kwic --theme harm.sudi_unsafe_sleep --context 30 corpora/sample --format table'
./themetally kwic --theme harm.sudi_unsafe_sleep --context 30 -q corpora/sample --format table | head -12

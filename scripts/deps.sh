#!/bin/sh
# Installs the Debian packages that building and testing need and that are not there; says what it installs.
set -eu
packages="
gcc make pkg-config
libhyperscan-dev libpcre2-dev
zlib1g-dev libisal-dev libdeflate-dev libzstd-dev liblzma-dev libbz2-dev
libutf8proc-dev libjansson-dev libcsv-dev libxml2-dev libyaml-dev libxxhash-dev nettle-dev uthash-dev
libseccomp-dev poppler-utils
libsqlite3-dev
libgsl-dev libglpk-dev libreadstat-dev librsvg2-bin
libcmocka-dev
"
# libvectorscan-dev has the same API and takes the place of libhyperscan-dev where it is installed
missing=""
for p in $packages; do
	dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null | grep -q 'install ok installed' && continue
	[ "$p" = libhyperscan-dev ] && dpkg-query -W -f '${Status}\n' libvectorscan-dev 2>/dev/null | grep -q 'install ok installed' && continue
	missing="$missing $p"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $missing >/dev/null

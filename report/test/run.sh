#!/bin/sh
# The browser tests of the report page. usage: run.sh [FOLDER for screenshots]; THEMETALLY is the program.
set -eu
cd "$(dirname "$0")/../.."
for tool in node npm "${CHROMIUM:-chromium}"; do
	command -v "$tool" >/dev/null || { echo "skipped: the report page, for lack of $tool"; exit 0; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ -d report/node_modules/playwright-core ] || (cd report && npm ci --silent --ignore-scripts)

(cd report && node build.js "$folder/dist")
diff -rq report/dist "$folder/dist" || { echo "report/dist is not what its sources give: make report-bundle" >&2; exit 1; }

cp -r corpora/sample "$folder/sample"
"$THEMETALLY" update -q --store "$folder/sample.db" "$folder/sample"
"$THEMETALLY" report -q --store "$folder/sample.db" -o "$folder/page.html"
node report/test/browser.mjs "$folder/page.html" "$@"

# with small numbers withheld, over the sample, whose every period is small
"$THEMETALLY" report -q --store "$folder/sample.db" --suppress-below 5 -o "$folder/guarded.html"
node report/test/browser.mjs "$folder/guarded.html"

# a page whose archives have gone, and whose every text is hostile
printf '%s\n' '{"title":"</script><script>alert(1)</script>","board":"<img src=x onerror=alert(2)>","year":"2015","text":"The mother said </textarea><svg onload=alert(3)> of neglect and domestic abuse {{x}}."}' \
	'{"title":"\u202ereversed <!--","year":"2016","text":"Neglect <iframe src=javascript:alert(4)></iframe> and domestic abuse and drift."}' >"$folder/=x<b>.jsonl"
printf 'theme\tpattern\nharm.x\tneglect\nparent.domestic_abuse\tdomestic abuse\n' >"$folder/l.tsv"
"$THEMETALLY" update -q -l "$folder/l.tsv" --store "$folder/hostile.db" "$folder/=x<b>.jsonl"
"$THEMETALLY" report -q -l "$folder/l.tsv" --store "$folder/hostile.db" -o "$folder/hostile.html"
node report/test/browser.mjs "$folder/hostile.html"
rm "$folder/=x<b>.jsonl"
"$THEMETALLY" report -q -l "$folder/l.tsv" --store "$folder/hostile.db" -o "$folder/gone.html"
node report/test/browser.mjs "$folder/gone.html"

// The page's data, with what is derived from it. The form is that of pipeline/report.c.

export const data = JSON.parse(document.getElementById("data").textContent);
export const { meta, themes, groups, pairs, sets, total } = data;

// With --suppress-below a count may be hidden: "<5" or "[c]" in its place, null for what rests on it.
export const known = (...counts) => counts.every((n) => typeof n === "number");
export const guarded = meta.suppress_below !== undefined;
// a test for trend that rests on a hidden count
export const hiddenTrend = (theme) => data.trends[theme] === "[c]";
export const trends = data.trends.map((t) => (t === "[c]" ? null : t));

themes.forEach((theme, i) => {
  theme.index = i;
  theme.children = [];
  theme.total = total ? total.reviews_with[i] : 0;
});
themes.forEach((theme) => theme.parent !== undefined && themes[theme.parent].children.push(theme));
export const roots = themes.filter((theme) => theme.parent === undefined);

// Labels that several themes share are told apart by what stands above them.
const labels = new Map();
themes.forEach((theme) => labels.set(theme.label, (labels.get(theme.label) ?? 0) + 1));
themes.forEach((theme) => {
  theme.name = labels.get(theme.label) > 1 ? `${theme.label} (${theme.code})` : theme.label;
});

groups.forEach((g, i) => {
  g.index = i;
});
export const dated = groups.filter((g) => g.middle !== undefined && g.reviews !== 0);
export const reviews = total ? total.reviews : 0;
// null where it is hidden
export const share = (g, theme) => (known(g.reviews_with[theme], g.reviews) ? g.reviews_with[theme] / g.reviews : null);
export const isFound = (theme) => theme.total !== 0;

// Share in a period less that of the up to three periods before it taken together, as the nightly notice compares them; null for the first, and where a count is hidden.
export function change(position, theme) {
  const before = dated.slice(Math.max(0, position - 3), position);
  if (![...before, dated[position]].every((g) => known(g.reviews_with[theme], g.reviews))) return null;
  const n = before.reduce((sum, g) => sum + g.reviews, 0);
  return n ? share(dated[position], theme) - before.reduce((sum, g) => sum + g.reviews_with[theme], 0) / n : null;
}

// Evidence: [theme, group, review, title, left, match, right, entry, cue]
const phrases = new Map();
for (const e of data.evidence ?? []) {
  const key = e[0] * groups.length + e[1];
  if (!phrases.has(key)) phrases.set(key, []);
  phrases.get(key).push(e);
}
export const phrasesOf = (theme, group) => phrases.get(theme * groups.length + group) ?? [];

const place = new Map(pairs.themes.map((theme, i) => [theme, i]));
export const paired = (theme) => place.has(theme);
export function both(a, b) {
  const [x, y] = [place.get(a), place.get(b)].sort((m, n) => m - n);
  return pairs.both[x][y - x];
}
export const within = (a, b) => {
  for (let t = a; t !== undefined; t = themes[t].parent) if (t === b) return true;
  return false;
};

// What is shown at first: themes without children that are in most reviews.
export const mostFound = (n) => themes.filter((t) => !t.children.length && known(t.total) && t.total).sort((a, b) => b.total - a.total || a.index - b.index)
  .slice(0, n).map((t) => t.index);
export const strongest = (n) => themes.filter((t) => !t.children.length && trends[t.index]?.q !== null && trends[t.index])
  .sort((a, b) => trends[a.index].p - trends[b.index].p || a.index - b.index).slice(0, n).map((t) => t.index);

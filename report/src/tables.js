// Trend table, intersections, duplicates, undated reviews, method.
import { data, dated, groups, guarded, hiddenTrend, isFound, known, meta, reviews, sets, share, themes, trends } from "./data.js";
import { count, counted, csvButton, decimals, el, percent, plainTable, points, rounded, scroller } from "./dom.js";

const significance = (p) => (p === null || p === undefined ? "" : p < 0.001 ? "<0.001" : p.toFixed(3));

// A pattern with at most three of each list of alternatives and not much over a hundred characters, and places to break the line; the whole of it as a title.
function pattern(source) {
  const short = source.replace(/\{([^{}]*)\}/g, (all, inner) => {
    const list = inner.split("|");
    return list.length > 4 ? `{${list.slice(0, 3).join("|")}|… ${list.length - 3} more}` : all;
  }).replace(/^(.{140}).{10,}$/, "$1…");
  return el("span", { title: short === source ? null : source }, short.split(/(?<=\|)/).flatMap((part, i) => (i ? [el("wbr"), part] : [part])));
}

export function trendTable() {
  const withheld = themes.filter((t) => isFound(t) && hiddenTrend(t.index)).length;
  const rows = themes.filter((t) => isFound(t) && trends[t.index]).map((t) => {
    const r = trends[t.index];
    const [first, last] = [share(groups[r.first], t.index), share(groups[r.last], t.index)];
    return { t, r, first, last, change: last - first };
  });
  if (!rows.length) return el("p", {}, withheld ? "Every test rests on a count that is withheld." : "No theme has dated reviews: there are no trends to test.");
  const columns = [
    ["Theme", (x) => x.t.index, (x) => x.t.name], [`Share ${groups[rows[0].r.first].period}`, (x) => x.first, (x) => percent(x.first)],
    [`Share ${groups[rows[0].r.last].period}`, (x) => x.last, (x) => percent(x.last)], ["Effect (points)", (x) => x.change, (x) => points(x.change)],
    ["z", (x) => x.r.z, (x) => decimals(x.r.z, 2)], ["p", (x) => x.r.p, (x) => significance(x.r.p)], ["q", (x) => x.r.q, (x) => significance(x.r.q)],
    ["Rate: tau", (x) => x.r.tau, (x) => decimals(x.r.tau, 2)], ["Rate: p", (x) => x.r.rate_p, (x) => significance(x.r.rate_p)],
    ["Rate: slope a year", (x) => x.r.slope, (x) => (x.r.slope === null ? "" : `${decimals(x.r.slope, 1)}`
      + (x.r.slope_low === null ? "" : ` (${decimals(x.r.slope_low, 1)} to ${decimals(x.r.slope_high, 1)})`))],
    ["Carried by", (x) => x.r.carried_by ?? "", (x) => (x.r.carried_by ? pattern(x.r.carried_by) : "")]];
  const body = el("tbody");
  const heads = columns.map(([name], i) => el("th", { scope: "col" }, el("button", { type: "button", class: "sort", onclick: () => sort(i) }, name)));
  let by = 6, down = false;
  const sort = (i) => {
    down = i === by ? !down : [1, 2, 3, 4, 7, 9].includes(i);
    by = i;
    draw();
  };
  const draw = () => {
    const key = columns[by][1];
    const missing = (v) => v === null || v === undefined || v === "";
    const sorted = [...rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (missing(x) || missing(y)) return missing(x) - missing(y) || a.t.index - b.t.index;
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1) || a.t.index - b.t.index;
    });
    heads.forEach((head, i) => (i === by ? head.setAttribute("aria-sort", down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
    body.replaceChildren(...sorted.map((x) => el("tr", {}, columns.map(([, , text], i) => el(i ? "td" : "th", { scope: i ? null : "row", class: i && i < 10 ? "number" : null }, text(x))))));
  };
  draw();
  const csv = ["theme", "first", "last", "first_share", "last_share", "change", "trend_z", "trend_p", "trend_q", "rate_tau", "rate_p", "rate_slope", "rate_slope_low", "rate_slope_high", "carried_by"];
  return el("div", {},
    el("p", { class: "note" }, "Trend of shares: Cochran-Armitage (z, p), q by Benjamini and Hochberg over all themes. Rates are mentions per million words: Mann-Kendall (tau, p), ",
      "Theil-Sen slope with its 95% interval. Carried by: the one phrase without which a significant trend would not be one",
      data.no_evidence !== undefined ? " (not known here: it needs the phrases)." : guarded ? " (withheld)." : ".", withheld > 0 && ` ${count(withheld)} themes are left out, whose tests rest on counts that are withheld.`, el("span", { class: "note-keys" }, " Choose a column head to sort.")),
    scroller("Trends", el("table", { class: "plain trends" }, el("caption", {}, "Trends of all themes found"), el("thead", {}, el("tr", {}, heads)), body)),
    el("div", { class: "tools" }, csvButton("trends", csv, () => rows.map(({ t, r, first, last }) => [t.code, groups[r.first].period, groups[r.last].period, +first.toFixed(4), +last.toFixed(4),
      +(last - first).toFixed(4), r.z, r.p, r.q, r.tau, r.rate_p, r.slope, r.slope_low, r.slope_high, r.carried_by ?? null]), "trends")));
}

const bits = (n) => n.toString(2).replaceAll("0", "").length;
const WORDS = ["none of them", "one", "two", "three", "four", "five", "six", "seven", "eight"];

export function intersections() {
  if (!sets) return el("p", {}, guarded ? "The page holds no intersections: they cannot be printed without giving small numbers away, or the lexicon does not have these themes." : "The lexicon of this store does not have the themes of this table (or --themes leaves them out). 'themetally report --sets a,b,c' names others.");
  const n = reviews;
  const size = sets.themes.length;
  const cell = (r) => (known(r, n) ? `${count(r)} (${percent(n ? r / n : null)})` : count(r));
  const interval = (r) => (r.low === null ? "" : `${percent(r.low)} to ${percent(r.high)}`);
  const rows = [];
  for (let k = 0; k <= size; k++) {
    const inSize = sets.regions.filter((r) => bits(r.set) === k);
    rows.push(el("tr", { class: "total" }, el("th", { scope: "row" }, k === size ? `All ${WORDS[k]}` : k ? `Exactly ${WORDS[k]}` : "None of them"),
      sets.themes.map(() => el("td", { class: "mark" }, k === 0 ? "no" : k === size ? "yes" : "")), el("td", { class: "number" }, cell(sets.sizes[k])),
      el("td", { class: "number" }, inSize.length === 1 && interval(inSize[0]))));
    if (k && k < size)
      inSize.forEach((r) => rows.push(el("tr", {}, el("th", { scope: "row" }, sets.themes.filter((_, i) => (r.set >> i) & 1).map((t) => themes[t].name).join(" + ")),
        sets.themes.map((_, i) => el("td", { class: "mark" }, (r.set >> i) & 1 ? "yes" : "no")), el("td", { class: "number" }, cell(r.reviews)),
        el("td", { class: "number" }, interval(r)))));
  }
  const columns = [...sets.themes.map((t) => themes[t].code), "exactly", "reviews", "share", "share_low", "share_high"];
  return el("div", {},
    el("p", { class: "note" }, "Every region of the Venn diagram: reviews that hold exactly these themes and no other of the list. Affirmed mentions only."),
    scroller("Intersections", el("table", { class: "plain sets" }, el("caption", {}, `Intersections, n=${count(n)}`),
      el("thead", {}, el("tr", {}, ["Exactly these", ...sets.themes.map((t) => themes[t].name), "Reviews", "95% interval"].map((c) => el("th", { scope: "col" }, c)))), el("tbody", {}, rows))),
    el("div", { class: "tools" }, csvButton("intersections", columns, () => sets.regions.map((r) =>
      [...sets.themes.map((_, i) => (r.set >> i) & 1), r.reviews, n, known(r.reviews, n) ? rounded(n ? r.reviews / n : null, 4) : "[c]", r.low ?? "[c]", r.high ?? "[c]"]), "regions")));
}

function listed(name, list, noun, tail, columns, keys) {
  if (!list.count) return el("p", {}, `No ${noun}s.`);
  if (guarded) return el("p", {}, `${counted(list.count, noun)}${tail}. Nothing is listed one by one where small numbers are withheld.`);
  const rows = () => list.listed.map((x) => keys.map((key) => x[key]));
  const caption = `${noun[0].toUpperCase()}${noun.slice(1)}s`;
  return el("div", {}, el("p", {}, `${counted(list.count, noun)}${tail}${list.count > list.listed.length ? `; the first ${count(list.listed.length)} are listed, 'themetally segment --store' lists all` : ""}.`),
    scroller(caption, plainTable(caption, columns, rows())), el("div", { class: "tools" }, csvButton(name, keys, rows, `${noun}s`)));
}

export const duplicates = () => listed("duplicates", data.duplicates, "duplicate", meta.all_duplicates ? ", counted on their own here" : ", each counted with the review it repeats",
  ["Review", "Title", "Repeats", "How it was known", "Similarity"], ["review", "title", "of", "reason", "similarity"]);
const undatedCount = groups.filter((g) => g.middle === undefined).map((g) => g.reviews)[0] ?? 0;
export const undated = () => listed("undated", guarded ? { count: undatedCount } : data.undated, "undated review",
  `: no date of ${meta.basis === "incident" ? "the incident" : "publication"} was found, and none is guessed; under “unknown” in the tables`, ["Review", "Title"], ["review", "title"]);
export const faults = () => listed("damaged", data.faults, "damaged part", ", refused or left out", ["Archive", "Member", "What", "Why", "In words"], ["archive", "member", "what", "reason", "message"]);

const NESTED = {
  theme: "of two phrases of one theme, the longer counts", lexicon: "of any two phrases, the longer counts", all: "every phrase counts, within others as well",
};

export function method() {
  const a = data.archives;
  const facts = [
    ["Lexicon", `${meta.lexicon}, version ${meta.lexicon_version}`],
    ["Edition of the store", `${meta.edition}, made ${meta.edition_created}`],
    ["Fingerprint of lexicon, layouts, rules and options", meta.edition_key],
    ["Counted by", `themetally ${meta.counted_by}; Hyperscan, confirmed by PCRE2 where a pattern asks for it. The engine does not change a count`],
    ["Page made by", `themetally ${meta.program}`],
    ["Archives", `${count(a.count)}, read between ${a.first_counted || "–"} and ${a.last_counted || "–"}${guarded ? "" : `; ${count(a.bytes)} bytes, ${count(a.decoded_bytes)} bytes of text`}`],
    ["Damaged", guarded ? `${count(a.damaged)} archives with faults` : `${count(a.damaged)} archives with faults: ${count(a.units_refused)} of ${count(a.units_refused + a.units_sealed)} units refused, ${count(a.members_skipped)} members left out; ${count(a.replaced)} characters could not be decoded`],
    ["Which records", `kind: ${meta.kinds.join(", ")}${meta.where.map(([f, v]) => `; ${f} = ${v}`).join("")}; duplicates ${meta.all_duplicates ? "counted each" : "counted once"}`],
    ["Periods", `${{ year: "calendar years", fy: "financial years, April to March", period: "periods as named" }[meta.by]} of ${meta.basis === "incident" ? "the incident" : "publication"}`],
    ["Denominator", `reviews of the period, whatever they mention: ${count(reviews)} in all, ${count(undatedCount)} of them undated`],
    ["Share", "reviews with at least one affirmed mention, of all reviews of the period; 95% Wilson interval"],
    ["Mentions", `a phrase of the lexicon, whole words, not within an exclusion; nested phrases: ${NESTED[a.nested] ?? a.nested}; negated phrases are counted apart`],
    ["Change", "share less that of the up to three periods before it taken together, in percentage points"],
    ...(guarded ? [["Withheld", `counts of 1 to ${meta.suppress_below - 1} reviews, and those that would give them back by totals, ancestors, intersections or, where a record is kept, other nights `
      + "(docs/disclosure.md of the program)"]] : []),
    ["Lift", "reviews with both, by the number expected were the two independent"],
  ];
  return el("div", {}, el("dl", {}, facts.map(([term, text]) => [el("dt", {}, term), el("dd", {}, text)])),
    el("p", {}, "The rules in full are docs/counting-rules.md of the program."),
    scroller("Denominators", plainTable("Denominators", ["Period", "Reviews", "Words"], groups.map((g) => [g.period, count(g.reviews), count(g.words)]))),
    el("h3", {}, "What was damaged"), faults());
}

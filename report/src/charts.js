// Small multiples: share of reviews by period, with its interval.
import * as Plot from "@observablehq/plot";
import { dated, guarded, hiddenTrend, share, themes, trends } from "./data.js";
import { dataTable, decimals, el, percent, rounded } from "./dom.js";

const WIDTH = 260, HEIGHT = 150;

// Up to four period labels that cannot run into each other.
function tickPlaces() {
  const step = Math.max(1, Math.ceil((dated.length - 1) / 3));
  return dated.filter((g, i) => i % step === 0).map((g) => g.middle);
}

function chart(theme, top) {
  const points = dated.map((g) => ({ x: g.middle, y: share(g, theme), low: g.low[theme], high: g.high[theme] }));
  const label = new Map(dated.map((g) => [g.middle, g.period]));
  const seen = points.filter((p) => p.y !== null);
  const alone = seen.filter((p) => [points[points.indexOf(p) - 1], points[points.indexOf(p) + 1]].every((q) => !q || q.y === null)); // no band to either side
  const ends = [seen[0], seen[seen.length - 1]];
  const svg = Plot.plot({
    width: WIDTH, height: HEIGHT, marginLeft: 38, marginRight: 24, marginTop: 12, marginBottom: 24, className: "plot",
    ariaLabel: `Share of reviews with ${themes[theme].name}`,
    ariaDescription: seen.length ? `From ${percent(ends[0].y)} in ${label.get(ends[0].x)} to ${percent(ends[1].y)} in ${label.get(ends[1].x)}; numbers below the charts`
      : "All its numbers are withheld",
    x: { type: "linear", domain: [points[0].x, points[points.length - 1].x], ticks: tickPlaces(), tickFormat: (x) => label.get(x) ?? "", label: null, inset: 4 },
    y: { domain: [0, top], ticks: 3, tickFormat: percent, label: null, grid: true },
    marks: [
      Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: "var(--accent)", fillOpacity: 0.22 }),
      Plot.ruleX(alone, { x: "x", y1: "low", y2: "high", stroke: "var(--accent)", strokeOpacity: 0.35, strokeWidth: 5 }),
      Plot.lineY(points, { x: "x", y: "y", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(seen, { x: "x", y: "y", r: 2.5, fill: "var(--accent)" }),
      Plot.ruleY([0]),
    ],
  });
  // its style element would need a hole in the policy; report.css has what is needed
  svg.querySelectorAll("style").forEach((style) => style.remove());
  svg.setAttribute("role", "img"); // one picture with one name: its parts have none
  svg.querySelectorAll("[aria-label], [aria-hidden]").forEach((part) => part.removeAttribute("aria-label"));
  return svg;
}

export function smallMultiples(chosen, sameScale) {
  if (dated.length < 2) return el("p", {}, "Fewer than two periods have dated reviews: there is no course of time to draw.");
  const highest = (list) => Math.min(1, 1.02 * Math.max(0.05, ...list.flatMap((theme) => dated.map((g) => g.high[theme] ?? 0))));
  const common = highest(chosen);
  const columns = ["theme", "period", "reviews_with", "reviews", "share", "share_low", "share_high"];
  const rows = () => chosen.flatMap((theme) => dated.map((g) =>
    [themes[theme].code, g.period, g.reviews_with[theme], g.reviews, rounded(share(g, theme), 4), g.low[theme], g.high[theme]]));
  return el("div", {},
    el("p", { class: "note" }, sameScale ? `All charts have the same scale, 0 to ${percent(common)}.` : "Each chart has a scale of its own: heights cannot be compared between charts.",
      " Band: 95% Wilson interval.", guarded && " A gap: the number is withheld."),
    el("div", { class: "multiples" }, chosen.map((theme) => el("figure", {},
      el("figcaption", {}, themes[theme].name, trends[theme] && trends[theme].q !== null && el("span", { class: "q" }, ` q = ${decimals(trends[theme].q, 3)}`),
        hiddenTrend(theme) && el("span", { class: "q" }, " q withheld")),
      chart(theme, sameScale ? common : highest([theme]))))),
    dataTable("shares", "shares by period", columns, rows));
}

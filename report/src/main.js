import { data, dated, groups, guarded, meta, mostFound, reviews } from "./data.js";
import { count, counted, el } from "./dom.js";
import { searchSection } from "./evidence.js";
import { smallMultiples } from "./charts.js";
import { themeHeat, together } from "./heat.js";
import { duplicates, intersections, method, trendTable, undated } from "./tables.js";
import { MOST, themeTree } from "./tree.js";

const sections = [];
function section(id, title, ...children) {
  sections.push([id, title]);
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), ...children);
}

// A group of radio buttons or a checkbox that redraws its section.
function option(id, text, checked, redraw) {
  const box = el("input", { type: "checkbox", id });
  box.checked = checked;
  box.addEventListener("change", redraw);
  return [box, el("label", { for: id, class: "option" }, box, ` ${text}`)];
}

let chosen = [];
const places = { charts: el("div"), heat: el("div"), together: el("div") };
const drawCharts = () => places.charts.replaceChildren(smallMultiples(chosen.slice(0, MOST), sameScale.checked));
const drawHeat = () => places.heat.replaceChildren(themeHeat(chosen, signed.checked));
const drawTogether = () => places.together.replaceChildren(together(chosen.slice(0, MOST), lift.checked));
const [sameScale, sameScaleLabel] = option("same-scale", "Same scale for all charts", true, drawCharts);
const [signed, signedLabel] = option("signed", "Show change against the three periods before", false, drawHeat);
const [lift, liftLabel] = option("lift", "Show lift instead of counts", false, drawTogether);

const tree = themeTree(mostFound(12), (list) => {
  chosen = list;
  drawCharts();
  drawHeat();
  drawTogether();
});

const content = [
  section("trends", "Share of reviews over time", sameScaleLabel, places.charts),
  section("heat", "Themes by period", signedLabel, places.heat),
  section("tests", "Tests for trend", trendTable()),
  section("together", "Themes found together", liftLabel, places.together),
  section("sets", "Intersections", intersections()),
  section("evidence", "Evidence", searchSection()),
  section("doubt", "Duplicates and undated reviews", el("h3", {}, "Duplicates"), duplicates(), el("h3", {}, "Undated"), undated()),
  section("method", "Method", method()),
];

const undatedCount = guarded ? groups.filter((g) => g.middle === undefined).map((g) => g.reviews)[0] ?? 0 : data.undated.count;
const span = dated.length ? `${dated[0].period} to ${dated[dated.length - 1].period}` : "no dates";
document.body.prepend(
  el("a", { class: "skip", href: "#main" }, "To the charts"),
  el("header", {}, el("h1", {}, "Themes in case reviews"),
    el("p", {}, `${counted(reviews, "review")}, ${span}, from ${counted(data.archives.count, "archive")}; lexicon ${meta.lexicon} ${meta.lexicon_version}. `,
      `${counted(data.duplicates.count, "duplicate")}, ${count(undatedCount)} undated, ${counted(data.archives.damaged, "archive")} damaged.`),
    guarded && el("p", {}, `Counts of 1 to ${meta.suppress_below - 1} reviews are withheld, and others that would give them back. <${meta.suppress_below}: such a count. [c]: withheld.`),
    el("nav", { "aria-label": "Sections" }, el("ul", {}, sections.map(([id, title]) => el("li", {}, el("a", { href: `#${id}` }, title)))))),
  el("main", { id: "main", tabindex: "-1" }, tree, content));
document.documentElement.dataset.ready = "yes";

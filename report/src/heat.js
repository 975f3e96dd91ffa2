// Heat maps as tables: every cell says its number, so colour only helps. One cell is in the tab order, arrow keys move between cells.
import { both, change, dated, groups, guarded, known, paired, pairs, reviews, share, themes, within } from "./data.js";
import { count, csvButton, el, percent, points, rounded, scroller } from "./dom.js";
import { showEvidence } from "./evidence.js";

const SHARE_STEPS = [0, 0.05, 0.15, 0.3, 0.5, 0.7];
const CHANGE_STEPS = [0.03, 0.1, 0.2];
const LIFT_STEPS = [1.1, 1.5, 2.5];

// s0 is exactly none
const shareClass = (x) => `s${x === 0 ? 0 : SHARE_STEPS.filter((step) => x >= step).length}`;
const signedClass = (x, steps) => {
  const n = steps.filter((step) => Math.abs(x) >= step).length;
  return n === 0 ? "d0" : x > 0 ? `up${n}` : `down${n}`;
};
const liftClass = (x) => (x >= 1 ? signedClass(x, LIFT_STEPS) : x > 0 ? signedClass(-1 / x, LIFT_STEPS) : "down3");

function legend(items) {
  return el("p", { class: "legend" }, items.map(([name, text]) => el("span", {}, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), text)));
}

// Arrow keys, Home and End move the one tab stop of a table.
function roving(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("button")]).filter((row) => row.length);
  if (!rows.length) return;
  rows.flat().forEach((button) => button.setAttribute("tabindex", "-1"));
  rows[0][0].setAttribute("tabindex", "0");
  const go = (button) => {
    rows.flat().forEach((b) => b.tabIndex === 0 && b.setAttribute("tabindex", "-1"));
    button.setAttribute("tabindex", "0");
    button.focus();
  };
  table.addEventListener("focusin", (event) => {
    if (event.target.tagName === "BUTTON") {
      rows.flat().forEach((b) => b.tabIndex === 0 && b !== event.target && b.setAttribute("tabindex", "-1"));
      event.target.setAttribute("tabindex", "0");
    }
  });
  table.addEventListener("keydown", (event) => {
    const y = rows.findIndex((row) => row.includes(event.target));
    if (y < 0) return;
    const x = rows[y].indexOf(event.target);
    const to = { ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], Home: [y, 0], End: [y, rows[y].length - 1] }[event.key];
    const button = to && rows[to[0]]?.[to[1]];
    if (to) event.preventDefault();
    if (button) go(button);
  });
}

// What stands in a cell whose share is hidden: its count, or the mark of that.
const hiddenText = (g, theme) => (known(g.reviews_with[theme]) ? count(g.reviews_with[theme]) : g.reviews_with[theme]);
const HIDDEN = ["hidden-count", "withheld"];

export function themeHeat(chosen, signed) {
  const shown = signed ? dated : groups.filter((g) => g.reviews !== 0);
  const cell = (theme, g, position) => {
    const value = signed ? change(position, theme) : share(g, theme);
    if (value === null && signed) return el("td", { class: "none" }, position && guarded ? "[c]" : "–");
    const text = signed ? points(value) : value === null ? hiddenText(g, theme) : percent(value);
    return el("td", {}, el("button", {
      type: "button", class: `cell ${value === null ? "hidden-count" : signed ? signedClass(value, CHANGE_STEPS) : shareClass(value)}`,
      "aria-label": `${themes[theme].name}, ${g.period}: ${value === null ? "withheld" : text}${signed ? " percentage points against the three before" : ""}, `
        + `${g.reviews_with[theme]} of ${g.reviews} reviews`,
      onclick: () => showEvidence(theme, g.index),
    }, text));
  };
  const table = el("table", { class: "heat" },
    el("caption", {}, signed ? "Change of the share in percentage points against the up to three periods before it taken together"
      : "Share of reviews that mention the theme"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Theme"), shown.map((g) => el("th", { scope: "col" }, g.period, el("small", {}, `n=${count(g.reviews)}`))))),
    el("tbody", {}, chosen.map((theme) => el("tr", {}, el("th", { scope: "row" }, themes[theme].name), shown.map((g, i) => cell(theme, g, i))))));
  roving(table);
  const columns = ["theme", ...shown.map((g) => g.period)];
  const rows = () => chosen.map((theme) => [themes[theme].code, ...shown.map((g, i) => {
    const value = signed ? change(i, theme) : share(g, theme);
    return value === null ? (guarded && (!signed || i) ? "[c]" : null) : rounded(value, 4);
  })]);
  return el("div", {},
    legend(signed ? [["down3", "−20 or more"], ["down2", "−10"], ["down1", "−3"], ["d0", "within 3"], ["up1", "+3"], ["up2", "+10"], ["up3", "+20 or more"]]
      : [...(guarded ? [HIDDEN] : []), ["s0", "none"], ["s1", "under 5%"], ["s2", "5%"], ["s3", "15%"], ["s4", "30%"], ["s5", "50%"], ["s6", "70% or more"]]),
    el("p", { class: "note" }, el("span", { class: "note-keys" }, "Choose a cell to read the phrases behind it. Arrow keys move between cells."),
      guarded && !signed && " Hatched: the share is withheld; the cell says what is printed of the count.",
      signed && " Where n is small, chance alone moves a share this much: the tests for trend below tell."),
    scroller("Heat map of themes by period", table),
    el("div", { class: "tools" }, csvButton(signed ? "change" : "heat-map", columns, rows, "this table")));
}

export function together(chosen, lift) {
  if (guarded && !pairs.themes.length) return el("p", {}, "The page holds no pairs: they cannot be printed without giving small numbers away, or there are no themes to pair.");
  const list = guarded ? pairs.themes : chosen.filter(paired);
  const missing = guarded ? 0 : chosen.length - list.length;
  const value = (a, b) => {
    if (!known(both(a, a), both(b, b), both(a, b), reviews)) return null;
    const expected = (both(a, a) * both(b, b)) / reviews;
    return lift ? both(a, b) / expected : both(a, b) / reviews;
  };
  const cell = (a, b) => {
    if (a === b) return el("td", { class: "self" }, el("span", { title: "reviews with this theme" }, count(both(a, a))));
    if (within(a, b) || within(b, a)) return el("td", { class: "none", title: "one lies within the other" }, "–");
    const x = value(a, b);
    if (x === null) return el("td", { class: "hidden-count" }, lift ? "[c]" : count(both(a, b)));
    return el("td", { class: lift ? liftClass(x) : shareClass(x) }, lift ? x.toFixed(1) : count(both(a, b)));
  };
  const table = el("table", { class: "heat pairs" },
    el("caption", {}, lift ? "Lift: how many times as many reviews hold both as if the two had nothing to do with each other" : `Reviews that hold both themes, of ${count(reviews)}`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Theme"), list.map((t, i) => el("th", { scope: "col", "aria-label": themes[t].name, title: themes[t].name }, i + 1)))),
    el("tbody", {}, list.map((a, i) => el("tr", {}, el("th", { scope: "row" }, `${i + 1} ${themes[a].name}`), list.map((b) => cell(a, b))))));
  const columns = ["theme_a", "theme_b", "reviews", "a", "b", "both", "expected", "lift"];
  const rows = () => list.flatMap((a, i) => list.slice(i + 1).filter((b) => !within(a, b) && !within(b, a)).map((b) => {
    const expected = known(reviews, both(a, a), both(b, b)) ? (both(a, a) * both(b, b)) / reviews : null;
    return [themes[a].code, themes[b].code, reviews, both(a, a), both(b, b), both(a, b), expected === null ? "[c]" : rounded(expected, 2),
      expected === null || !known(both(a, b)) ? "[c]" : rounded(both(a, b) / expected, 3)];
  }));
  return el("div", {},
    legend(lift ? [["down3", "2.5 times fewer"], ["down2", "1.5"], ["down1", "1.1"], ["d0", "as expected"], ["up1", "1.1"], ["up2", "1.5"], ["up3", "2.5 times more"]]
      : [["s0", "none"], ["s1", "under 5% of reviews"], ["s2", "5%"], ["s3", "15%"], ["s4", "30%"], ["s5", "50%"], ["s6", "70% or more"]]),
    el("p", { class: "note" }, "Columns are numbered as rows. On the diagonal: reviews with the theme.",
      guarded && " Small numbers being withheld, only the themes of the intersections below are paired: all pairs say more about single reviews than can be protected.",
      missing > 0 && ` ${missing} of the chosen themes are in no review, or not among the ${pairs.themes.length} most frequent, and left out.`),
    scroller("Themes found together", table),
    el("div", { class: "tools" }, csvButton("together", columns, rows, "pairs")));
}

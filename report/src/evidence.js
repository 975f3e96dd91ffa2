// The phrases behind a cell, in a dialog, and a search over all that the page holds.
import MiniSearch from "minisearch";
import { data, groups, guarded, known, meta, phrasesOf, share, themes } from "./data.js";
import { count, csvButton, el, percent } from "./dom.js";

const columns = ["theme", "period", ...(guarded ? [] : ["review", "title"]), "left", "match", "right", "entry", "negated_by"];
const asRow = (e) => [themes[e[0]].code, groups[e[1]].period, ...e.slice(guarded ? 4 : 2)];
const NAMELESS = " Which review a phrase is from is not said, and phrases whose words show something that is withheld are left out.";

function phrase(e, withPlace) {
  const [theme, group, review, title, left, match, right, entry, cue] = e;
  return el("li", {},
    el("p", { class: "phrase" }, el("bdi", {}, "… ", left, " ", el("mark", {}, match), " ", right, " …")),
    el("p", { class: "source" }, withPlace && `${themes[theme].name}, ${groups[group].period} · `,
      !guarded && [el("bdi", {}, title || "no title"), " · ", el("bdi", { class: "id" }, review), " · "], `entry “${entry}”`, cue && el("strong", {}, ` · negated by “${cue}”: not counted as affirmed`)));
}

const body = el("div", { class: "dialog-body" });
const heading = el("h2", { id: "evidence-title", tabindex: "-1" });
const dialog = el("dialog", { "aria-labelledby": "evidence-title" },
  el("button", { type: "button", class: "close", onclick: () => dialog.close() }, "Close"), heading, body);
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
document.body.append(dialog);

export function showEvidence(theme, group) {
  const g = groups[group];
  const all = known(g.mentions[theme], g.mentions_negated[theme]) ? g.mentions[theme] + g.mentions_negated[theme] : null;
  const interval = g.low[theme] === null ? "" : ` (${percent(share(g, theme))}, 95% interval ${percent(g.low[theme])} to ${percent(g.high[theme])})`;
  const list = phrasesOf(theme, group);
  heading.textContent = `${themes[theme].name}, ${g.period}`;
  body.replaceChildren(el("div", {},
    el("p", {}, `${count(g.reviews_with[theme])} of ${count(g.reviews)} reviews${interval} mention it: ${count(g.mentions[theme])} affirmed and `
      + `${count(g.mentions_negated[theme])} negated phrases.`, guarded && all === null && " [c]: withheld, so that no small number can be worked out."),
    themes[theme].description && el("p", {}, themes[theme].description),
    data.no_evidence !== undefined ? el("p", { class: "missing" }, `This page holds no phrases: ${data.no_evidence}.`)
      : guarded ? el("p", {}, list.length ? `${list.length} phrases, drawn at random, the same at every run.` : "No phrase is shown.", NAMELESS)
      : el("p", {}, list.length < all ? `${list.length} of the ${count(all)} phrases, drawn at random, the same at every run:` : `All ${count(all)} phrases:`),
    el("ol", { class: "phrases" }, list.map((e) => phrase(e, false))),
    list.length > 0 && csvButton(`evidence-${themes[theme].code}-${g.period}`, columns, () => list.map(asRow), "these phrases")));
  dialog.showModal();
  heading.focus();
}

let index = null;
function search(query) {
  if (!index) {
    index = new MiniSearch({ fields: ["text", "title", "theme"], searchOptions: { combineWith: "AND", prefix: true } });
    index.addAll(data.evidence.map((e, id) => ({ id, text: `${e[4]} ${e[5]} ${e[6]}`, title: e[3], theme: themes[e[0]].name })));
  }
  return index.search(query);
}

export function searchSection() {
  if (data.no_evidence !== undefined)
    return el("p", { class: "missing" }, `This page holds no phrases: ${data.no_evidence}. Every count stands without them; to have them, run `
      + "'themetally report' where the archives are, with the lexicon of the store.");
  const SHOWN = 50;
  const status = el("p", { role: "status" });
  const list = el("ol", { class: "phrases" });
  const input = el("input", { type: "search", id: "find", autocomplete: "off" });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = input.value.trim();
      const found = query.length > 1 ? search(query) : [];
      status.textContent = query.length > 1 ? `${count(found.length)} of ${count(data.evidence.length)} phrases`
        + (found.length > SHOWN ? `, the best ${SHOWN} shown` : "") : "";
      list.replaceChildren(...found.slice(0, SHOWN).map((hit) => phrase(data.evidence[hit.id], true)));
    }, 150);
  });
  return el("div", {},
    el("p", {}, `The page holds at most ${data.sample} phrases per theme and ${meta.by === "period" ? "period" : "year"}, `
      + `${count(data.evidence.length)} in all, drawn by a fixed rule so that every run draws the same.${guarded ? NAMELESS : " 'themetally kwic' lists every one."}`),
    el("div", { class: "controls" }, el("label", { for: "find" }, "Find in the phrases "), input), status, list,
    csvButton("evidence", columns, () => data.evidence.map(asRow), "all phrases"));
}

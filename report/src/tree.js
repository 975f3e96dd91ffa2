// The choice of themes: the lexicon's tree as nested lists of checkboxes.
import { mostFound, roots, strongest, themes } from "./data.js";
import { count, el } from "./dom.js";

export const MOST = 40;

export function themeTree(initial, onchange) {
  const chosen = new Set(initial);
  const boxes = new Map();
  const status = el("p", { role: "status", class: "note" });

  const report = () => {
    status.textContent = `${chosen.size} of ${themes.length} themes chosen` + (chosen.size > MOST ? `; charts and pairs show the first ${MOST}` : "");
    onchange([...chosen].sort((a, b) => a - b));
  };
  const set = (list) => {
    chosen.clear();
    list.forEach((t) => chosen.add(t));
    boxes.forEach((box, t) => { box.checked = chosen.has(t); });
    report();
  };
  const item = (theme) => {
    const box = el("input", { type: "checkbox", id: `theme-${theme.index}` });
    box.checked = chosen.has(theme.index);
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(theme.index);
      else chosen.delete(theme.index);
      report();
    });
    boxes.set(theme.index, box);
    return el("li", {}, el("label", { title: theme.description }, box, ` ${theme.label} `, el("small", {}, count(theme.total))),
      theme.children.length && el("details", {}, el("summary", {}, `${theme.children.length} within ${theme.label}`), el("ul", {}, theme.children.map(item))));
  };
  const tree = el("ul", { class: "tree" }, roots.map(item));
  const button = (text, list) => el("button", { type: "button", onclick: () => set(list()) }, text);
  report();
  return el("fieldset", {}, el("legend", {}, "Themes shown"),
    el("div", { class: "controls" }, button("Most found", () => mostFound(12)), button("Strongest trends", () => strongest(12)),
      button("All", () => themes.map((t) => t.index)), button("None", () => [])),
    status, el("details", { class: "choose" }, el("summary", {}, "Choose from the theme tree"), tree));
}

// Elements, tables and csv. Text from the data goes into text nodes and attributes only, never through a parser.

const SVG_OR_NODE = (child) => child instanceof Node;

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(SVG_OR_NODE(child) ? child : String(child));
  }
  return node;
}

// A cell that begins as a formula would is guarded, as the program's own csv does.
export const isMark = (value) => value === "[c]" || /^<\d+$/.test(value);
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(columns, rows) {
  return [columns, ...rows].map((row) => row.map(csvCell).join(",") + "\n").join("");
}

export function saveCsv(name, columns, rows) {
  const url = URL.createObjectURL(new Blob([toCsv(columns, rows)], { type: "text/csv" }));
  const link = el("a", { href: url, download: `${name}.csv` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function csvButton(name, columns, rows, what) {
  return el("button", { type: "button", class: "save", onclick: () => saveCsv(name, columns, rows()) }, `Save ${what} as csv`);
}

// A plain table: rows of strings and numbers.
export function plainTable(caption, columns, rows) {
  return el("table", { class: "plain" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, columns.map((c) => el("th", { scope: "col" }, c)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((v, i) =>
      el(i ? "td" : "th", { scope: i ? null : "row", class: typeof v === "number" || isMark(v) ? "number" : null }, v ?? ""))))));
}

// The table of a chart's numbers, made when it is first opened.
export function dataTable(name, what, columns, rows) {
  const details = el("details", { class: "data" }, el("summary", {}, `Numbers: ${what}`));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1)
      details.append(scroller(`Numbers: ${what}`, plainTable(what, columns, rows())));
  });
  return el("div", { class: "tools" }, details, csvButton(name, columns, rows, what));
}

export function scroller(label, ...children) {
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, ...children);
}

// "1 archive", "5 archives"
export const counted = (n, what) => `${count(n)} ${what}${n === 1 ? "" : "s"}`;
export const percent = (x) => (x === null || !Number.isFinite(x) ? "–" : `${Math.round(100 * x)}%`);
export const points = (x) => {
  const n = Math.round(100 * x);
  return n > 0 ? `+${n}` : n < 0 ? `−${-n}` : "0";
};
// the mark of a hidden count stands for itself
export const count = (n) => (typeof n === "number" ? n.toLocaleString("en-GB") : n);
export const decimals = (x, n) => (x === null || x === undefined ? "" : x.toFixed(n).replace(/^-(?=[0.]*$)/, "").replace("-", "−"));
export const rounded = (x, n) => (x === null ? null : +x.toFixed(n));

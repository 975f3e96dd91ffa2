// Builds dist/: the page's script and style as one file each, and the licences of what is in them. Same input, same bytes.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const out = process.argv[2] ?? "dist";
const common = { bundle: true, minify: true, charset: "ascii", target: ["es2021", "chrome100", "firefox102", "safari15.4"], legalComments: "none", metafile: true };
const script = await build({ ...common, entryPoints: ["src/main.js"], format: "iife", outfile: join(out, "report.js"), write: false });
await build({ ...common, entryPoints: ["src/style.css"], outfile: join(out, "report.css") });

// The script stands inside an HTML script element.
const text = script.outputFiles[0].text;
if (/<\/script|<!--/i.test(text)) throw new Error("the script would end its own element");
writeFileSync(join(out, "report.js"), text);

const packages = new Set();
for (const file of Object.keys(script.metafile.inputs)) {
  const found = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
let licences = "The page that 'themetally report' writes holds these packages in minified form.\n";
for (const folder of [...packages].sort()) {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  let licence = null;
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"]) {
    try {
      licence = readFileSync(join(folder, name), "utf8");
      break;
    } catch {}
  }
  if (!licence) throw new Error(`${folder} has no licence file (${dirname(folder)})`);
  licences += `\n---- ${about.name} ${about.version} (${about.license}) ----\n\n${licence.trim()}\n`;
}
writeFileSync(join(out, "LICENSES.txt"), licences);

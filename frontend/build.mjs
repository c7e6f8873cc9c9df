// Copies what the pages need from node_modules to static/vendor, whole and unchanged where a
// package ships a finished file, and writes vendor.lock.json so that a test without Node can
// tell whether anything was touched since.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const OUT = new URL("../static/vendor/", import.meta.url);
// The steps that the style sheets use; the build says so when one is missing here.
const SCALES = { slate: [12], indigo: [9, 10, 11, 12], green: [3, 12], amber: [12], red: [3, 6, 12] };
const SHEETS = ["site", "lists", "review", "pages", "insights", "graph"];

const require = createRequire(import.meta.url);
const read = (path) => readFile(new URL(`node_modules/${path}`, import.meta.url), "utf8");
const version = (name) => require(`./node_modules/${name}/package.json`).version;

// Only the sRGB values: one light-dark() each is a third of the size of both gamuts.
async function palette() {
  const lines = [];
  for (const [scale, used] of Object.entries(SCALES)) {
    const light = steps(await read(`@radix-ui/colors/${scale}.css`), scale);
    const dark = steps(await read(`@radix-ui/colors/${scale}-dark.css`), scale);
    for (const step of used) {
      lines.push(`--${scale}-${step}:light-dark(${light[step - 1]},${dark[step - 1]})`);
    }
  }
  await refuseMissing(lines.map((line) => line.slice(0, line.indexOf(":"))));
  return `/* @radix-ui/colors, MIT: LICENSE.radix-colors */\n:root{${lines.join(";")}}\n`;
}

async function refuseMissing(defined) {
  for (const sheet of SHEETS) {
    const css = await readFile(new URL(`../static/${sheet}.css`, import.meta.url), "utf8");
    for (const [, name] of css.matchAll(/var\((--(?:slate|indigo|green|amber|red)-\d+)\)/g)) {
      if (!defined.includes(name)) throw new Error(`${sheet}.css uses ${name}, which is not built`);
    }
  }
}

function steps(css, scale) {
  const found = [...css.matchAll(new RegExp(`--${scale}-\\d+: (#[0-9a-f]+);`, "g"))];
  if (found.length !== 12) throw new Error(`${scale}: ${found.length} steps`);
  return found.map((match) => match[1]);
}

async function sprite() {
  const names = (await readFile(new URL("icons.txt", import.meta.url), "utf8")).trim().split("\n");
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await read(`lucide-static/icons/${name}.svg`);
    const shapes = svg.replace(/<!--.*?-->/gs, "").replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
      `stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` +
      `${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide, ISC: LICENSE.lucide -->${symbols.join("")}</svg>\n`;
}

const withoutMap = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");

const files = [
  ["htmx.min.js", "htmx.org", withoutMap(await read("htmx.org/dist/htmx.min.js"))],
  ["hx-ws.min.js", "htmx.org", withoutMap(await read("htmx.org/dist/ext/hx-ws.min.js"))],
  ["palette.css", "@radix-ui/colors", await palette()],
  ["icons.svg", "lucide-static", await sprite()],
  ["LICENSE.htmx", "htmx.org", await read("htmx.org/LICENSE")],
  ["LICENSE.radix-colors", "@radix-ui/colors", await read("@radix-ui/colors/LICENSE")],
  ["LICENSE.lucide", "lucide-static", await read("lucide-static/LICENSE")],
];

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const lock = {};
for (const [name, source, text] of files) {
  await writeFile(new URL(name, OUT), text);
  lock[name] = {
    from: `${source}@${version(source)}`,
    bytes: Buffer.byteLength(text),
    sha384: createHash("sha384").update(text).digest("base64"),
  };
}
await writeFile(new URL("vendor.lock.json", OUT), `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${files.length} files in ${fileURLToPath(OUT)}`);

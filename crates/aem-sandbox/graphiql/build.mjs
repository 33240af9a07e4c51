// Bundles GraphiQL into dist/: `npm ci && npm run build`. The same sources give the same bytes.

import { readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const LIMIT = 2_500_000;

await rm(dist, { recursive: true, force: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { graphiql: "src/main.jsx" },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [{ name: "no-fonts", setup: withoutFonts }],
});
await writeFile(join(dist, "LICENSES.txt"), await licences(Object.keys(result.metafile.inputs)));

let total = 0;
for (const name of (await readdir(dist)).sort()) {
  const { size } = await stat(join(dist, name));
  total += size;
  console.log(`${String(size).padStart(9)}  ${name}`);
}
if (total > LIMIT) {
  throw new Error(`${total} bytes are more than the ${LIMIT} that may be embedded`);
}

/** The inlined fonts are most of the style sheet, and under licences of their own. */
function withoutFonts({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const text = await readFile(path, "utf8");
    return { contents: text.replace(/@font-face\s*\{[^}]*\}/g, ""), loader: "css" };
  });
}

/** The licence of every package that is in the bundle. */
async function licences(inputs) {
  const folders = new Set(
    inputs
      .map((input) => input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
      .filter(Boolean),
  );
  const texts = [];
  for (const folder of [...folders].sort()) {
    const manifest = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const files = await readdir(join(here, folder));
    const file = files.find((name) => /^licen[cs]e/i.test(name));
    const text = file ? (await readFile(join(here, folder, file), "utf8")).trim() : "(no licence file in the package)";
    texts.push(`${manifest.name} ${manifest.version}: ${manifest.license}\n\n${text}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

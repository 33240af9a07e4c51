// node check.mjs FOLDER: the tests, for one built site.

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node check.mjs FOLDER");
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ["--test"], {
  cwd: import.meta.dirname,
  env: { ...process.env, SITE: resolve(folder) },
  stdio: "inherit",
});
process.exit(status ?? 1);

// `frieze serve` on a copy of the example site, for tests that edit it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const builds = ["release", "debug"].map((build) => join(root, "target", build, "frieze"));
const { FRIEZE_BIN } = process.env;

/** The program; undefined where it was not built. */
export const binary = FRIEZE_BIN ? resolve(FRIEZE_BIN) : builds.find((path) => existsSync(path));

/** What the example site is made of. */
const PARTS = ["site.toml", "content", "content-queries", "templates", "static", "sandbox"];

/** Milliseconds until something has to be so. */
export const PATIENCE = 20_000;

/** Milliseconds between two looks. */
const PAUSE = 50;

/** Looks again and again until `look` gives something, and gives that. */
export async function until(what, look) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`not within ${PATIENCE} ms: ${what}`);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

/** A copy of the example site. */
export async function copy() {
  const folder = await mkdtemp(join(tmpdir(), "frieze-serve-"));
  for (const part of PARTS) await cp(join(root, part), join(folder, part), { recursive: true });
  return new Site(folder);
}

/** A copy of the site on the disk. */
class Site {
  constructor(folder) {
    this.folder = folder;
  }

  read(file) {
    return readFile(join(this.folder, file), "utf8");
  }

  write(file, text) {
    return writeFile(join(this.folder, file), text);
  }

  /** Puts other words in the place of some that are there; gives a way back. */
  async edit(file, from, to) {
    const text = await this.read(file);
    assert.ok(text.includes(from), `${file} has no ${from}`);
    await this.write(file, text.replace(from, () => to));
    return () => this.write(file, text);
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs the program in the folder of a site until it is stopped, and waits until it has told its address. */
export async function run(site, args, env = {}) {
  const child = spawn(binary, args, {
    cwd: site.folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  const ended = new Promise((done) => child.on("close", done));
  const stop = async () => {
    child.kill("SIGINT");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(hard);
  };
  try {
    const origin = await until("an address", () => {
      assert.equal(child.exitCode, null, "it has ended");
      return /http:\/\/[\w.]+:\d+/.exec(said)?.[0];
    });
    return { origin, stop };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${said}`);
  }
}

/** Serves a site, and waits until there is one to see. */
export async function serve(site, args = [], env = {}) {
  const { origin, stop } = await run(site, ["serve", "--port", "0", ...args], env);
  const preview = new Preview(origin, stop);
  try {
    await until("the first site", async () => (await preview.ask("site")).site);
  } catch (error) {
    const { problems } = await preview.ask("problems");
    await stop();
    throw new Error(`${error.message}: ${JSON.stringify(problems)}`);
  }
  return preview;
}

/** A preview, as programs see it. */
class Preview {
  constructor(origin, stop) {
    this.origin = origin;
    this.stop = stop;
  }

  /** What the explorer tells. */
  async ask(name, parameters = {}) {
    const response = await fetch(`${this.origin}/_frieze/api/${name}?${new URLSearchParams(parameters)}`);
    const told = await response.json();
    if (!response.ok) throw new Error(`${response.status}: ${told.error}`);
    return told;
  }

  /** The text of a page. */
  async get(path) {
    const response = await fetch(this.origin + path);
    assert.equal(response.status, 200, path);
    return response.text();
  }

  /** For which site each of these pages was rendered last; all of them are asked for now. */
  async renderedFor(routes) {
    for (const route of routes) await this.get(route);
    const { snapshot, renders } = await this.ask("renders");
    const rendered = Object.fromEntries(renders.map(({ route, rendered }) => [route, rendered.for]));
    return { snapshot, rendered };
  }
}

// The sandbox as a process of its own, over the repository's demo content.

import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

export const PACKAGE = resolve(process.env.FRIEZE_PACKAGE ?? join(here, "../../sandbox"));
export const TOKEN = "a-token-of-the-tests";

/** `frieze sandbox`, or the example `serve` of the crate, which takes the same arguments. */
function command() {
  const { FRIEZE_BIN, SANDBOX_SERVE } = process.env;
  if (FRIEZE_BIN) return [resolve(FRIEZE_BIN), "sandbox"];
  if (SANDBOX_SERVE) return [resolve(SANDBOX_SERVE)];
  throw new Error("FRIEZE_BIN or SANDBOX_SERVE must name the binary to test");
}

/** Starts it on a free port; resolves to `{ origin, close }`. */
export async function serve(...options) {
  const [program, ...first] = command();
  const child = spawn(program, [...first, PACKAGE, "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => child.once("close", done));
  const origin = await new Promise((found, failed) => {
    let printed = "";
    child.once("error", failed);
    child.once("close", (code) => failed(new Error(`the sandbox ended with ${code}: ${printed}`)));
    child.stdout.on("data", (data) => {
      printed += data;
      // Only whole lines: the port could be cut off.
      const line = printed.match(/(http:\/\/127\.0\.0\.1:\d+)\s*\n/);
      if (line) found(line[1]);
    });
  });
  return {
    origin,
    close() {
      child.kill();
      return ended;
    },
  };
}

// A static file server for one folder, on a loopback port of its own.

import { createServer } from "node:http";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};

/** Serves `root`; resolves to `{ origin, close }`. */
export async function serve(root) {
  const server = createServer(async (request, response) => {
    const file = await find(root, new URL(request.url, "http://localhost").pathname);
    if (file) {
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      response.end(await readFile(file));
    } else {
      const missing = await readFile(join(root, "404.html")).catch(() => "");
      response.writeHead(404, { "content-type": TYPES[".html"] });
      response.end(missing);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** The file a path stands for, or nothing. */
async function find(root, path) {
  let file;
  try {
    file = normalize(join(root, decodeURIComponent(path)));
  } catch {
    return undefined;
  }
  if (!file.startsWith(normalize(root + sep)) && file !== normalize(root)) {
    return undefined;
  }
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) {
    // A folder without its slash would resolve relative links wrongly: no such page.
    const index = join(file, "index.html");
    return path.endsWith("/") && (await stat(index).catch(() => undefined)) ? index : undefined;
  }
  return found && file;
}

import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";

/**
 * Takes a lock of this machine named for a path: an abstract Unix socket, which the kernel frees
 * when the process ends in any way, so it is never stale. The folder around the path must exist.
 * @returns what frees it, or "held" (it is taken, perhaps by this process), or "unsupported" (not Linux)
 */
export async function tryKernelLock(
  purpose: string,
  path: string,
): Promise<(() => void) | "held" | "unsupported"> {
  const real = join(await realpath(dirname(path)), basename(path));
  const name = `\0trunkline-${purpose}-${createHash("sha256").update(real).digest("hex").slice(0, 40)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      if (code === "EADDRINUSE") resolve("held");
      else if (["EINVAL", "ENOENT", "EACCES"].includes(code)) resolve("unsupported");
      else reject(error);
    });
    server.listen({ path: name }, () => {
      server.unref();
      resolve(() => {
        server.close();
      });
    });
  });
}

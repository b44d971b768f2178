import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { systemCode } from "./environment-failure.ts";

/**
 * Makes this process the only supervisor of a directory. The lock is an abstract Unix socket named for the
 * directory's real path: the kernel frees it when the process ends in any way, so it is never stale.
 * @returns what frees it, or "held" (another process has it), or "unsupported" (not Linux)
 */
export async function lockEnvironment(
  directory: string,
): Promise<(() => void) | "held" | "unsupported"> {
  const path = await realpath(directory);
  const name = `\0trunkline-environment-${createHash("sha256").update(path).digest("hex").slice(0, 40)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      if (systemCode(error) === "EADDRINUSE") resolve("held");
      else if (["EINVAL", "ENOENT", "EACCES"].includes(systemCode(error))) resolve("unsupported");
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

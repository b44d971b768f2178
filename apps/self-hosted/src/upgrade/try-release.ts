import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServeChild } from "../service/serve-child.ts";
import { waitUntilHealthy } from "../service/wait-until-healthy.ts";
import { dataOwner } from "../site/service-user.ts";
import type { OperationContext } from "./operation-context.ts";

/**
 * Starts the current release on a private socket, asks it, and ends it again: how the
 * health of a site is checked whose service does not run. Gives the problem, or null.
 */
export async function tryCurrentRelease(
  context: OperationContext,
  version: string,
): Promise<string | null> {
  // Not under the prefix: the path of a socket may be 107 bytes long at most.
  const directory = mkdtempSync(join(tmpdir(), "shortline-try-"));
  const owner = dataOwner(context.paths, context.ambient.isRoot);
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  const address = { path: join(directory, "socket") };
  const child = startServeChild({
    paths: context.paths,
    env: context.ambient.env,
    listen: address,
    as: owner,
    writeErr: () => undefined,
  });
  try {
    const ready = await child.ready(new AbortController().signal);
    if (ready === null) return child.lastWords() || `it ended: ${await child.exited}`;
    return await waitUntilHealthy({ address, version });
  } finally {
    await child.stop(context.config.drainTimeoutMs);
    rmSync(directory, { recursive: true, force: true });
  }
}

import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess } from "../../release/src/tools/run-command.ts";
import type { ChildHandle } from "../../release/src/tools/run-command.ts";
import { ask } from "./shortline-client.ts";
import type { ShortlineAddress } from "./shortline-client.ts";
import { StoryError } from "./story-error.ts";
import { isInstalled, runChecked, runProgram } from "./world.ts";
import type { World } from "./world.ts";

const readyDeadlineMs = 20_000;
const pollMs = 50;

/** The site's installation root: everything it writes is below. */
export function sitePrefix(world: World): string {
  return join(world.options.workDirectory, "site");
}

/** The command that operators type, of the release that is current. */
export function shortlinectl(world: World): string {
  return join(sitePrefix(world), "opt/shortline/current/app/shortlinectl");
}

/** Unpacks a bundle with plain `tar` into a fresh folder and returns its top folder. */
export async function unpackWithTar(
  world: World,
  bundleFile: string,
  version: string,
): Promise<string> {
  const directory = join(world.options.workDirectory, "stick", version);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await runChecked(world, ["tar", "-xzf", bundleFile, "-C", directory]);
  return join(directory, `shortline-${version}`);
}

/** The words that put a command into a network namespace with nothing in it, or null with the reason. */
export async function emptyNetwork(
  world: World,
): Promise<{ readonly words: readonly string[] } | { readonly reason: string }> {
  if (!(await isInstalled(world, "unshare")))
    return { reason: "there is no `unshare` on this machine (package util-linux)" };
  for (const words of [
    ["unshare", "--map-root-user", "--net"],
    ["unshare", "--net"],
  ]) {
    if ((await runProgram(world, [...words, "true"])).code === 0) return { words };
  }
  return { reason: "this machine does not let this user make a network namespace" };
}

/** Starts the site's supervisor, on the address in its configuration, and waits until it is ready. */
export async function startSite(
  world: World,
  options: { readonly address: ShortlineAddress; readonly within: readonly string[] },
): Promise<ChildHandle> {
  const log = await open(join(world.options.workDirectory, "site-supervisor.log"), "a");
  const words = [
    ...options.within,
    ...(await endsWithParent(world)),
    shortlinectl(world),
    "supervise",
    "--prefix",
    sitePrefix(world),
  ];
  const child = await startProcess({
    command: words[0] ?? "",
    args: words.slice(1),
    cwd: world.options.workDirectory,
    env: world.env,
    stdio: { logFile: log.fd },
    detached: false,
  });
  await log.close();
  world.children.add(child);
  await waitUntilReady(options.address);
  return child;
}

export async function stopSite(world: World, child: ChildHandle): Promise<void> {
  child.kill("SIGTERM");
  await child.exited;
  world.children.delete(child);
}

async function waitUntilReady(address: ShortlineAddress): Promise<void> {
  const deadline = performance.now() + readyDeadlineMs;
  for (;;) {
    const answer = await ask(address, "GET /readyz").catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    if (answer.status === 200) return;
    if (performance.now() > deadline)
      throw new StoryError(
        `The site is not ready after ${String(readyDeadlineMs / 1000)} s: ${answer.body}`,
      );
    await delay(pollMs);
  }
}

/** A killed story must not leave the site's port occupied. */
async function endsWithParent(world: World): Promise<readonly string[]> {
  return (await isInstalled(world, "setpriv")) ? ["setpriv", "--pdeathsig", "TERM", "--"] : [];
}

/** Changes where the site listens, as an operator does: in the configuration file. */
export async function setSiteAddress(world: World, listen: string): Promise<void> {
  const file = join(sitePrefix(world), "etc/shortline/shortline.toml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/^listen = .*$/mu, `listen = ${JSON.stringify(listen)}`));
}

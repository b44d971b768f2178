import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter } from "../chapter.ts";
import { createLink, followLink, readVersion } from "../shortline-client.ts";
import type { ShortlineAddress } from "../shortline-client.ts";
import { emptyNetwork, sitePrefix, startSite, stopSite, unpackWithTar } from "../site.ts";
import { prove } from "../story-error.ts";
import { recall, runChecked } from "../world.ts";
import type { World } from "../world.ts";
import { allowedSignersFile, bundleName } from "./first-release.ts";

/** The link that must survive everything that happens to the site. */
export const siteLink = { slug: "handbook", destination: "https://example.com/site/handbook" };

export const installOffline: Chapter = {
  letter: "g",
  title: "Install the bundle where there is no network",
  proves: "the bundle alone is enough: install, serve, link, logs in files",
  run: async (world) => {
    const bundle = join(world.options.workDirectory, "bundles", "1.0.0", bundleName("1.0.0"));
    const unpacked = await unpackWithTar(world, bundle, "1.0.0");
    const network = await emptyNetwork(world);
    const within = "words" in network ? network.words : [];
    if ("reason" in network)
      world.skipped.push(
        `the empty network namespace: ${network.reason}; the same steps ran in the ordinary one`,
      );
    const socketPath = await siteSocket(world);
    await install(world, { unpacked, within, listen: `unix:${socketPath}` });
    const address: ShortlineAddress = {
      url: "http://localhost",
      socketPath,
      key: recall(world, "site-key"),
    };
    const supervisor = await startSite(world, { address, within });
    await createLink(address, siteLink);
    await followLink(address, siteLink);
    const version = await readVersion(address);
    prove(
      version.version === "1.0.0",
      `the site says version ${String(version.version)}, not 1.0.0`,
    );
    await stopSite(world, supervisor);
    const logs = await readdir(join(sitePrefix(world), "var/log/shortline"));
    prove(logs.length > 0, "there is no log file below var/log/shortline");
    return [
      within.length > 0
        ? `installed and served inside an empty network namespace (${within.join(" ")})`
        : "installed and served (no namespace on this machine)",
      `created and followed /${siteLink.slug} over a unix socket; logs: ${logs.join(", ")}`,
    ];
  },
};

async function install(
  world: World,
  options: {
    readonly unpacked: string;
    readonly within: readonly string[];
    readonly listen: string;
  },
): Promise<void> {
  const words = [
    ...options.within,
    "sh",
    join(options.unpacked, "install.sh"),
    "--prefix",
    sitePrefix(world),
    "--listen",
    options.listen,
    "--allowed-signers",
    allowedSignersFile(world),
    "--json",
  ];
  const result = await runChecked(world, words);
  const data: unknown = JSON.parse(result.stdout.toString());
  const key =
    typeof data === "object" && data !== null && "apiKey" in data ? data.apiKey : undefined;
  prove(
    typeof key === "string",
    `install --json does not hold an apiKey: ${result.stdout.toString()}`,
  );
  world.remembered.set("site-key", key);
}

/** Unix socket paths are at most about 100 bytes long: a deep working folder needs a short one. */
async function siteSocket(world: World): Promise<string> {
  const near = join(world.options.workDirectory, "site.sock");
  if (Buffer.byteLength(near) < 100) return near;
  const short = join(recall(world, "short-folder"), "site.sock");
  await mkdir(recall(world, "short-folder"), { recursive: true, mode: 0o700 });
  return short;
}

import { join } from "node:path";
import type { Chapter } from "../chapter.ts";
import { hostedFix } from "../defects.ts";
import { ask, countClicks, followLink, readVersion } from "../shortline-client.ts";
import type { ShortlineAddress } from "../shortline-client.ts";
import { setSiteAddress, shortlinectl, sitePrefix, startSite } from "../site.ts";
import { prove } from "../story-error.ts";
import { commitEdits } from "../trunk-commit.ts";
import { apply, recall, runChecked } from "../world.ts";
import type { World } from "../world.ts";
import { hostedAddress, seconds } from "./first-deployment.ts";
import { bundleName, makeBundle, signingKeyFile } from "./first-release.ts";
import { siteLink } from "./install-offline.ts";

const visits = 25;
const clicksDeadlineMs = 10_000;

export const patchRelease: Chapter = {
  letter: "h",
  title: "Fix on trunk, backport, release v1.0.1, upgrade the site, roll back, upgrade again",
  proves:
    "a fix reaches hosted first and sites by one patch; an upgrade and a rollback lose no link and no click",
  run: async (world) => {
    const fix = await commitEdits(world, { branch: "main", ...hostedFix });
    await apply(world, "deploy", fix, "--owner-pid", String(process.pid));
    await seeFix(hostedAddress(world), "hosted");
    await apply(world, "backport", fix, "--to", "1.0");
    const released = await apply(world, "release", "--line", "1.0");
    prove(
      released.data["version"] === "1.0.1",
      `semantic-release made ${String(released.data["version"])}, not 1.0.1`,
    );
    const directory = join(world.options.workDirectory, "bundles", "1.0.1");
    await makeBundle(world, { tag: "v1.0.1", directory, key: signingKeyFile(world) });
    const bundle = join(directory, bundleName("1.0.1"));
    const address = siteAddress(world);
    await setSiteAddress(world, `127.0.0.1:${String(world.options.sitePort)}`);
    await startSite(world, { address, within: [] });
    for (let visit = 0; visit < visits; visit += 1) await followLink(address, siteLink);
    const before = await waitForClicks(address, visits + 1);
    const upgraded = await changeSite(world, {
      words: ["upgrade", "--bundle", bundle],
      version: "1.0.1",
    });
    if (world.options.fault === "lost-link")
      await ask(address, `DELETE /api/v1/links/${siteLink.slug}`);
    await seeLinkAndClicks(address, before);
    await seeFix(address, "the site");
    const rolledBack = await changeSite(world, { words: ["rollback"], version: "1.0.0" });
    await seeLinkAndClicks(address, before + 1);
    const again = await changeSite(world, {
      words: ["upgrade", "--bundle", bundle],
      version: "1.0.1",
    });
    await seeLinkAndClicks(address, before + 2);
    return [
      `${fix.slice(0, 10)} deployed to hosted, backported, released as v1.0.1 by semantic-release`,
      `site: upgrade ${seconds(upgraded)}, rollback ${seconds(rolledBack)}, upgrade again ${seconds(again)}; /${siteLink.slug} and its ${String(before)} clicks survived each`,
    ];
  },
};

export function siteAddress(world: World): ShortlineAddress {
  return {
    url: `http://127.0.0.1:${String(world.options.sitePort)}`,
    key: recall(world, "site-key"),
  };
}

/** Runs shortlinectl and checks that the site then serves the version it should. Returns the time in ms. */
async function changeSite(
  world: World,
  change: { readonly words: readonly string[]; readonly version: string },
): Promise<number> {
  const startedMs = performance.now();
  await runChecked(world, [shortlinectl(world), ...change.words, "--prefix", sitePrefix(world)]);
  const durationMs = performance.now() - startedMs;
  const { version } = await readVersion(siteAddress(world));
  prove(
    version === change.version,
    `after \`shortlinectl ${change.words[0] ?? ""}\` the site serves ${String(version)}, not ${change.version}`,
  );
  return durationMs;
}

/** The link leads where it did, and no click is missing (following it here adds one). */
async function seeLinkAndClicks(address: ShortlineAddress, clicks: number): Promise<void> {
  await followLink(address, siteLink);
  await waitForClicks(address, clicks + 1);
}

/** Clicks are written in batches: waits until the stored count is what it must be. */
async function waitForClicks(address: ShortlineAddress, expected: number): Promise<number> {
  const deadline = performance.now() + clicksDeadlineMs;
  for (;;) {
    const clicks = await countClicks(address, siteLink.slug);
    if (clicks === expected) return clicks;
    prove(
      performance.now() < deadline && clicks < expected,
      `the link has ${String(clicks)} clicks, not ${String(expected)}`,
    );
  }
}

async function seeFix(address: ShortlineAddress, where: string): Promise<void> {
  const answer = await ask(address, "GET /there-is-no-such-link");
  prove(
    answer.status === 404 && answer.body.includes(hostedFix.visible),
    `${where} does not show the fix: ${answer.body.slice(0, 300)}`,
  );
}

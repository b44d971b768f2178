import type { Chapter } from "../chapter.ts";
import { createLink, followLink, readVersion } from "../shortline-client.ts";
import { prove } from "../story-error.ts";
import { commitEdits } from "../trunk-commit.ts";
import { apply, git } from "../world.ts";
import type { World } from "../world.ts";

/** The link that the hosted service is asked for all along. */
export const hostedLink = { slug: "welcome", destination: "https://example.com/hosted/welcome" };

export const firstDeployment: Chapter = {
  letter: "a",
  title: "Build HEAD once and deploy it to production",
  proves: "a commit becomes one build, and the build serves",
  run: async (world) => {
    const head = await git(world, "rev-parse", "HEAD");
    world.remembered.set("head", head);
    world.remembered.set("rehearsal", await rehearsalPolicy(world));
    const built = await apply(world, "build", head);
    const deployed = await apply(world, "deploy", head, "--owner-pid", String(process.pid));
    const hosted = hostedAddress(world);
    const version = await readVersion(hosted);
    prove(
      version.commit === head,
      `/version says ${version.commit}, not the deployed commit ${head}`,
    );
    await createLink(hosted, hostedLink);
    await followLink(hosted, hostedLink);
    return [
      `build ${head.slice(0, 10)} in ${seconds(built.durationMs)}, deploy in ${seconds(deployed.durationMs)}`,
      `${world.hostedUrl}/${hostedLink.slug} → ${hostedLink.destination}`,
    ];
  },
};

export function hostedAddress(world: World): { readonly url: string; readonly key: string } {
  return { url: world.hostedUrl, key: world.hostedKey };
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/** A rehearsal cannot wait a day for a commit to be proven, nor long for a sick build: its second commit says so in the policy. */
async function rehearsalPolicy(world: World): Promise<string> {
  return commitEdits(world, {
    branch: "main",
    message: "build: bake for two seconds in this rehearsal",
    edits: [
      { file: "trunkline.config.ts", find: 'bakeTime: "24h"', replace: 'bakeTime: "2s"' },
      {
        file: "trunkline.config.ts",
        find: 'health: { path: "/readyz", timeout: "30s" }',
        replace: 'health: { path: "/readyz", timeout: "6s" }',
      },
      {
        file: "trunkline.config.ts",
        find: "port: 8080",
        replace: `port: ${String(world.options.hostedPort)}`,
      },
    ],
  });
}

/** The link's destination as the load generator must see it. */
export function hostedLinkUrl(world: World): string {
  return `${world.hostedUrl}/${hostedLink.slug}`;
}

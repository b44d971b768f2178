import type { Chapter } from "../chapter.ts";
import { startLoad } from "../load.ts";
import type { LoadReport } from "../load.ts";
import { ask, readVersion } from "../shortline-client.ts";
import { prove } from "../story-error.ts";
import { apply, recall } from "../world.ts";
import type { World } from "../world.ts";
import { hostedAddress, hostedLink, hostedLinkUrl, seconds } from "./first-deployment.ts";

/** What the claim is made for: fewer requests per second prove less. */
const claimedPerSecond = 500;

export const secondDeployment: Chapter = {
  letter: "b",
  title: "Deploy a second commit while people use the service",
  proves: "a deployment loses not one request",
  run: async (world) => {
    const commit = recall(world, "rehearsal");
    const built = await apply(world, "build", commit);
    const load = await startLoad(world, {
      name: "deploy",
      url: hostedLinkUrl(world),
      location: hostedLink.destination,
    });
    if (world.options.fault === "failed-request")
      await ask(hostedAddress(world), `DELETE /api/v1/links/${hostedLink.slug}`);
    const deployed = await apply(world, "deploy", commit, "--owner-pid", String(process.pid));
    const report = await load.stop();
    prove(
      report.failed === 0,
      `${String(report.failed)} of ${String(report.requests)} requests failed during the deployment (first: ${report.firstFailure})`,
    );
    prove(
      report.wrongLocation === 0,
      `${String(report.wrongLocation)} requests were sent to the wrong place`,
    );
    noteRate(world, report, "the deployment of step b");
    const version = await readVersion(hostedAddress(world));
    prove(version.commit === commit, `/version says ${version.commit}, not ${commit}`);
    return [
      `${String(report.requests)} requests at ${String(report.perSecond)}/s, ${String(report.failed)} failed; p99 ${String(report.latencyP99Ms)} ms, longest ${String(report.latencyMaxMs)} ms`,
      `build in ${seconds(built.durationMs)}, deploy in ${seconds(deployed.durationMs)}; the switch itself took ${Number(deployed.data["switchDurationMs"]).toFixed(1)} ms`,
    ];
  },
};

/** A machine that is busy with something else may not reach the rate: that is said, not hidden. */
export function noteRate(world: World, report: LoadReport, during: string): void {
  if (report.perSecond >= claimedPerSecond) return;
  world.skipped.push(
    `${String(claimedPerSecond)} requests per second during ${during}: this machine was too busy for more than ${String(report.perSecond)}`,
  );
}

import type { Chapter } from "../chapter.ts";
import { startLoad } from "../load.ts";
import { ask, readVersion } from "../shortline-client.ts";
import { prove } from "../story-error.ts";
import { apply, recall } from "../world.ts";
import { hostedAddress, hostedLink, hostedLinkUrl, seconds } from "./first-deployment.ts";

/** The load must not fall below this share of what was asked for: a starved generator proves nothing. */
const leastShare = 0.8;

export const secondDeployment: Chapter = {
  letter: "b",
  title: "Deploy a second commit while people use the service",
  proves: "a deployment loses not one request",
  run: async (world) => {
    const commit = recall(world, "rehearsal");
    const load = await startLoad(world, {
      name: "deploy",
      url: hostedLinkUrl(world),
      location: hostedLink.destination,
    });
    if (world.options.fault === "failed-request")
      await ask(hostedAddress(world), "DELETE", `/api/v1/links/${hostedLink.slug}`);
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
    prove(
      report.perSecond >= world.options.requestsPerSecond * leastShare,
      `the load generator reached only ${String(report.perSecond)} requests/s of ${String(world.options.requestsPerSecond)}`,
    );
    const version = await readVersion(hostedAddress(world));
    prove(version.commit === commit, `/version says ${version.commit}, not ${commit}`);
    return [
      `${String(report.requests)} requests at ${String(report.perSecond)}/s, ${String(report.failed)} failed; p99 ${String(report.latencyP99Ms)} ms, longest ${String(report.latencyMaxMs)} ms`,
      `deploy, build included, in ${seconds(deployed.durationMs)}; the switch itself took ${String(deployed.data["switchDurationMs"])} ms`,
    ];
  },
};

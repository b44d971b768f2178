import type { Chapter } from "../chapter.ts";
import { hostedDefects } from "../defects.ts";
import { startLoad } from "../load.ts";
import { readVersion } from "../shortline-client.ts";
import { prove } from "../story-error.ts";
import { commitEdits } from "../trunk-commit.ts";
import { apply, git, recall } from "../world.ts";
import { noteRate } from "./second-deployment.ts";
import { hostedAddress, hostedLink, hostedLinkUrl } from "./first-deployment.ts";

const rollbackBoundMs = 1000;

export const wrongCommit: Chapter = {
  letter: "d",
  title: "Deploy a commit that is healthy but wrong, and roll back",
  proves: "rollback is a switch: under a second, and not one request fails",
  run: async (world) => {
    await git(world, "revert", "--no-edit", recall(world, "unhealthy"));
    const commit = await commitEdits(world, { branch: "main", ...hostedDefects.wrong });
    world.remembered.set("wrong", commit);
    await apply(world, "build", commit);
    const load = await startLoad(world, {
      name: "rollback",
      url: hostedLinkUrl(world),
      location: hostedLink.destination,
    });
    await apply(world, "deploy", commit, "--owner-pid", String(process.pid));
    const calledAtMs = Date.now();
    const rolledBack = await apply(world, "rollback", "--reason", "links lead to the wrong place");
    const report = await load.stop();
    prove(
      report.failed === 0,
      `${String(report.failed)} of ${String(report.requests)} requests failed (first: ${report.firstFailure})`,
    );
    prove(
      report.wrongLocation > 0,
      "the wrong build should have served for a moment, but no wrong answer was seen",
    );
    noteRate(world, report, "the rollback of step d");
    const lastWrongMs = report.lastWrongAtMs - calledAtMs;
    prove(
      lastWrongMs < rollbackBoundMs,
      `a wrong answer was seen ${String(lastWrongMs)} ms after the rollback was called`,
    );
    const version = await readVersion(hostedAddress(world));
    prove(
      version.commit === recall(world, "rehearsal"),
      `${version.commit} serves after the rollback`,
    );
    await git(world, "revert", "--no-edit", commit);
    await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/main");
    return [
      `${String(report.requests)} requests at ${String(report.perSecond)}/s, ${String(report.failed)} failed, ${String(report.wrongLocation)} answered by the wrong build`,
      `last wrong answer ${String(Math.max(0, lastWrongMs))} ms after \`trunkline rollback\` was called; the whole command took ${String(Math.round(rolledBack.durationMs))} ms`,
    ];
  },
};

import type { Chapter } from "../chapter.ts";
import { prove } from "../story-error.ts";
import { apply, git, recall, trunkline } from "../world.ts";

export const cutLine: Chapter = {
  letter: "e",
  title: "Cut line 1.0",
  proves: "a line starts only from a commit that served and was not rolled back",
  run: async (world) => {
    const proven = recall(world, "rehearsal");
    const wrong = recall(world, "wrong");
    const refused = await trunkline(world, "cut", wrong, "--apply");
    prove(
      refused.exitCode === 3,
      `cutting from a rolled-back commit exited ${String(refused.exitCode)}, not 3: ${refused.said}`,
    );
    prove(
      JSON.stringify(refused.data).includes(proven),
      "the refusal does not name the newest proven commit",
    );
    await apply(world, "cut");
    await git(world, "fetch", "--quiet", "origin");
    const base = await git(world, "merge-base", "origin/main", "origin/lts/1.0");
    prove(base === proven, `line 1.0 starts at ${base}, not at the proven commit ${proven}`);
    await git(world, "merge", "--quiet", "--ff-only", "origin/main");
    return [
      `${wrong.slice(0, 10)} refused with exit 3, naming ${proven.slice(0, 10)}`,
      `lts/1.0 cut from ${proven.slice(0, 10)}`,
    ];
  },
};

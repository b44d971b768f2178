import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import type { Chapter } from "../chapter.ts";
import { prove } from "../story-error.ts";
import { git, recall, trunkline } from "../world.ts";

export const strayCommit: Chapter = {
  letter: "i",
  title: "Commit straight to the line",
  proves: "what trunk does not have cannot slip into a release",
  run: async (world) => {
    const clean = await trunkline(world, "check");
    prove(
      clean.exitCode === 0,
      `check finds something before the stray commit: ${JSON.stringify(clean.data).slice(0, 1000)}`,
    );
    await git(world, "fetch", "--quiet", "origin");
    const before = await git(world, "rev-parse", "origin/lts/1.0");
    await git(world, "checkout", "--quiet", "--detach", before);
    await writeFile(
      join(world.cloneDirectory, "HOTFIX.md"),
      "A change that trunk has never seen.\n",
    );
    await git(world, "add", "HOTFIX.md");
    await git(world, "commit", "--quiet", "-m", "fix: mend it on the line only");
    const stray = await git(world, "rev-parse", "HEAD");
    await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/lts/1.0");
    const found = await trunkline(world, "check");
    const released = await trunkline(world, "release", "--line", "1.0", "--apply");
    await git(
      world,
      "push",
      "--quiet",
      `--force-with-lease=refs/heads/lts/1.0:${stray}`,
      "origin",
      `${before}:refs/heads/lts/1.0`,
    );
    await git(world, "checkout", "--quiet", "main");
    prove(found.exitCode === 4, `check exited ${String(found.exitCode)}, not 4, on a stray commit`);
    const text = JSON.stringify(found.data);
    prove(text.includes(stray), "check does not name the stray commit");
    prove(
      released.exitCode === 3,
      `releasing a line with a stray commit exited ${String(released.exitCode)}, not 3`,
    );
    return [
      `${stray.slice(0, 10)} on lts/1.0: check exits 4, release is refused with exit 3`,
      `proven base is still ${recall(world, "rehearsal").slice(0, 10)}`,
    ];
  },
};

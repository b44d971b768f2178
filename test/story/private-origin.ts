import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runChecked, runProgram } from "./world.ts";
import type { World } from "./world.ts";

/**
 * Makes the bare origin from the repository at HEAD and clones it. Works from a
 * full clone (its history comes along), a shallow clone, and an unpacked archive
 * without `.git` (one commit that holds the tree).
 * @returns a sentence that says which of the three it was
 */
export async function makePrivateOrigin(world: World): Promise<string> {
  const origin = world.originDirectory;
  await mkdir(origin, { recursive: true });
  await runChecked(world, ["git", "init", "--quiet", "--bare", "-b", "main", origin], {
    cwd: origin,
  });
  const how = await fillOrigin(world);
  await runChecked(world, ["git", "clone", "--quiet", origin, world.cloneDirectory], {
    cwd: origin,
  });
  return how;
}

async function fillOrigin(world: World): Promise<string> {
  const source = world.repositoryDirectory;
  const origin = ["--git-dir", world.originDirectory];
  const top = await runProgram(
    world,
    ["git", "-C", source, "rev-parse", "--show-cdup", "--is-shallow-repository"],
    { cwd: source },
  );
  const [up, shallow] = top.stdout.toString().split("\n");
  // An archive may be unpacked inside some other repository: only a top level counts.
  if (top.code !== 0 || up !== "") {
    await runChecked(world, ["git", ...origin, "--work-tree", source, "add", "--all", "."], {
      cwd: source,
    });
    const tree = (await runChecked(world, ["git", ...origin, "write-tree"], { cwd: source })).stdout
      .toString()
      .trim();
    await commitTree(world, tree);
    return "from this unpacked archive, as one commit";
  }
  if (shallow === "true") {
    await runChecked(
      world,
      ["git", ...origin, "fetch", "--quiet", "--depth=1", "--no-tags", `file://${source}`, "HEAD"],
      { cwd: source },
    );
    const tree = (
      await runChecked(world, ["git", ...origin, "rev-parse", "FETCH_HEAD^{tree}"], { cwd: source })
    ).stdout
      .toString()
      .trim();
    await commitTree(world, tree);
    // The new commit has no parent, so the origin is whole without the shallow mark.
    await rm(join(world.originDirectory, "shallow"), { force: true });
    await rm(join(world.originDirectory, "FETCH_HEAD"), { force: true });
    return "from this shallow clone's HEAD, as one commit";
  }
  await runChecked(
    world,
    [
      "git",
      "-C",
      source,
      "push",
      "--quiet",
      "--no-verify",
      world.originDirectory,
      "HEAD:refs/heads/main",
    ],
    { cwd: source },
  );
  return "from this clone's HEAD with its history";
}

async function commitTree(world: World, tree: string): Promise<void> {
  const origin = ["--git-dir", world.originDirectory];
  const made = await runChecked(
    world,
    ["git", ...origin, "commit-tree", tree, "-m", "chore: the source as it is here"],
    { cwd: world.originDirectory },
  );
  await runChecked(
    world,
    ["git", ...origin, "update-ref", "refs/heads/main", made.stdout.toString().trim()],
    { cwd: world.originDirectory },
  );
}

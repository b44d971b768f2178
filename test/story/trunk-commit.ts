import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoryError } from "./story-error.ts";
import { git } from "./world.ts";
import type { World } from "./world.ts";

/** One replacement in one file of the clone; the text must stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Edits the clone, commits and pushes to a branch; returns the commit. */
export async function commitEdits(
  world: World,
  change: { readonly message: string; readonly edits: readonly Edit[]; readonly branch: string },
): Promise<string> {
  for (const edit of change.edits) await editFile(world, edit);
  await git(world, "add", "--all");
  await git(world, "commit", "--quiet", "-m", change.message);
  await git(world, "push", "--quiet", "origin", `HEAD:refs/heads/${change.branch}`);
  return git(world, "rev-parse", "HEAD");
}

async function editFile(world: World, edit: Edit): Promise<void> {
  const file = join(world.cloneDirectory, edit.file);
  const text = await readFile(file, "utf8");
  const pieces = text.split(edit.find);
  if (pieces.length !== 2)
    throw new StoryError(
      `The story wants to edit ${edit.file}, but \`${edit.find}\` stands there ${String(pieces.length - 1)} times: mend test/story/.`,
    );
  await writeFile(file, pieces.join(edit.replace));
}

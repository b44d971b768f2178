import type { Git } from "./git.ts";

/** The committer's time of a commit: the only clock that what is built may know. */
export async function commitTime(git: Git, commit: string): Promise<Date> {
  const seconds = Number(await git.text(["show", "--no-patch", "--format=%ct", commit]));
  return new Date(seconds * 1000);
}

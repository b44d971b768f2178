import type { Git } from "../tools/git.ts";

/** Of these commits, the ones that trunk does not hold; unknown ones are among them. */
export async function commitsNotOnTrunk(
  git: Git,
  trunk: string | null,
  commits: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(commits)];
  if (asked.length === 0) return new Set();
  if (trunk === null) return new Set(asked);
  const input = `${asked.join("\n")}\n`;
  const kinds = await git.lines(["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    input,
  });
  const known = asked.filter((commit) => kinds.includes(`${commit} commit`));
  const unreachable = new Set(
    await git.lines(["rev-list", "--stdin"], { input: `${known.join("\n")}\n^${trunk}\n` }),
  );
  return new Set(asked.filter((commit) => !known.includes(commit) || unreachable.has(commit)));
}

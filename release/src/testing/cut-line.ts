import { recordService } from "./record-service.ts";
import type { TestRepository } from "./test-repository.ts";

/** Makes a proven commit on trunk with a changeset, cuts a line from it and goes on on trunk. */
export async function cutLine(
  repository: TestRepository,
  name: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const commit = await repository.commit(`fix: ${name}`, {
    [`.changeset/${name}.md`]: `---\n"sample": minor\n---\n\nThe change ${name}.\n`,
    ...files,
  });
  await recordService(repository, { commit, deployment: name, beganHoursAgo: 2 });
  const run = await repository.trunkline(["cut", "--apply", "--json"]);
  if (run.code !== 0) throw new Error(`cut failed: ${run.stdout}${run.stderr}`);
  await repository.git.text(["pull", "--quiet", "--ff-only", "origin", "main"]);
  return commit;
}

/** Every role of the default policy approves the line's head. */
export async function approve(repository: TestRepository, line: string): Promise<void> {
  for (const role of ["engineering", "operations"]) {
    const args = ["qa", "sign", "--line", line, "--role", role, "--evidence", "tested", "--apply"];
    const run = await repository.trunkline(args);
    if (run.code !== 0) throw new Error(`qa sign failed: ${run.stdout}${run.stderr}`);
  }
}

/** The commit a branch or tag of the origin points at; an empty text when it is not there. */
export async function originCommit(repository: TestRepository, ref: string): Promise<string> {
  const [line] = await repository.git.lines(["ls-remote", "origin", `${ref}^{}`, ref]);
  const peeled = await repository.git.lines(["ls-remote", "origin", `${ref}^{}`]);
  return (peeled[0] ?? line ?? "").split("\t")[0] ?? "";
}

import { Failure } from "../failure.ts";
import { readRefs } from "../facts/refs.ts";
import type { ReleaseStep } from "../plans/plan-release.ts";
import { hasRemote, publishRef } from "../tools/remote-ref.ts";
import type { Repository } from "../tools/repository.ts";

type TagStep = Extract<ReleaseStep, { kind: "tag" }>;

/**
 * Makes an annotated tag on the line's head and pushes it. Doing it twice is doing it once.
 * @param notes the release notes, kept in the tag
 * @throws Failure `push-refused` when the line moved, or the tag is taken by another commit
 */
export async function pushTag(
  repository: Repository,
  step: TagStep,
  notes: string,
): Promise<string> {
  const { git, policy } = repository;
  const { branches, tags } = await readRefs(git, policy);
  const taken = tags.get(step.tag);
  if (taken === step.commit) return "it is there already";
  if (taken !== undefined) throw tagTaken(step, taken);
  if (branches.get(step.branch) !== step.commit) throw lineMoved(step);
  const object = await makeTagObject(repository, step, notes);
  const ref = `refs/tags/${step.tag}`;
  const swap = { remote: policy.remote, ref, before: null, after: object };
  if (!(await publishRef(git, swap))) throw tagTaken(step, "another run's commit");
  // For whoever looks here without fetching; the remote's tag is the one that counts.
  if (await hasRemote(git, policy.remote)) await git.attempt(["update-ref", ref, object, ""]);
  return `${step.tag} is on ${step.commit.slice(0, 10)}`;
}

async function makeTagObject(
  repository: Repository,
  step: TagStep,
  notes: string,
): Promise<string> {
  const { git, policy } = repository;
  const tagger = await git.text(["var", "GIT_COMMITTER_IDENT"]);
  const header = [`object ${step.commit}`, "type commit", `tag ${step.tag}`, `tagger ${tagger}`];
  const message = [`${policy.product} ${step.version}`, "", notes.trim(), ""];
  return git.text(["mktag"], { input: [...header, "", ...message].join("\n") });
}

function tagTaken(step: TagStep, by: string): Failure {
  return new Failure({
    code: "push-refused",
    message: `The tag ${step.tag} came to be on ${by} meanwhile.`,
    next: `Run \`trunkline release --line ${step.line}\` again to see what is left to release.`,
  });
}

function lineMoved(step: TagStep): Failure {
  return new Failure({
    code: "push-refused",
    message: `${step.branch} moved while its release was being made; nothing was tagged.`,
    next: `Run \`trunkline release --line ${step.line} --apply\` again for its new head.`,
  });
}

/** What a commit's message says it does, by the conventional commits rules. */
export interface CommitIntent {
  /** `fix`, `feat`…; null when the subject has no type. */
  readonly type: string | null;
  readonly feature: boolean;
  readonly breaking: boolean;
}

export function commitIntent(message: string): CommitIntent {
  const [subject = "", ...body] = message.split("\n");
  const header = /^(\w+)(?:\([^()]*\))?(!)?:\s/.exec(`${subject} `);
  const type = header?.[1]?.toLowerCase() ?? null;
  return {
    type,
    feature: type === "feat" || type === "feature",
    breaking: header?.[2] === "!" || body.some((line) => /^BREAKING[ -]CHANGE:/.test(line)),
  };
}

/** The commits a message says it was picked from, in the order of picking: `git cherry-pick -x` writes them. */
export function pickedFrom(message: string): readonly string[] {
  const found = message.matchAll(
    /^\(cherry picked from commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\)$/gm,
  );
  return [...found].flatMap((match) => match[1] ?? []);
}

import type { SiteResult } from "../failure/site-failure.ts";

/** What a verb did: `data` for --json, `text` for people; both go to stdout. */
export type CommandOutcome = {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** 0 unless a check found something. */
  readonly exitCode?: 0 | 4;
};

export type CommandResult = SiteResult<CommandOutcome>;

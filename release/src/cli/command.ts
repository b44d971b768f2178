import type { ExitCode } from "../failure.ts";

/** All that is ambient, handed in by `main`. */
export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly now: () => Date;
  /** Says something to the person (stderr): progress, warnings. Never data. */
  readonly tell: (line: string) => void;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
  /** The Node.js program that runs this process. */
  readonly nodePath: string;
  readonly pid: number;
}

export interface CommandInput {
  readonly args: readonly string[];
  /** Options by camel-case name, as commander gives them. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CommandOutcome {
  readonly exitCode: ExitCode;
  /** What `--json` prints, with `schemaVersion` added in front. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What is printed on stdout without `--json`. */
  readonly text: string;
}

export interface OptionDefinition {
  /** As commander takes them: `--to <line>`. */
  readonly flags: string;
  readonly description: string;
  readonly repeatable?: boolean;
}

export interface CommandDefinition {
  /** `<commit>`, `[commit]`, `<file...>`. */
  readonly args: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionDefinition[];
  /** true adds `--apply`: without it the verb prints its plan and changes nothing. */
  readonly changes: boolean;
  readonly details: string;
  readonly examples: readonly string[];
  /** The shape of `data`, one line a field, shown in the help. */
  readonly json: readonly string[];
  run(input: CommandInput, context: CommandContext): Promise<CommandOutcome>;
}

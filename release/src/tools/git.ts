import { Failure } from "../failure.ts";
import { runCommand } from "./run-command.ts";
import type { CommandResult } from "./run-command.ts";

export interface GitRunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Exit codes besides 0 that are an answer, not a failure. */
  readonly allowCodes?: readonly number[];
}

/** git in one directory. Every method runs the real program. */
export interface Git {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs git and returns its stdout without the last newline. @throws Failure `git-failed` */
  text(args: readonly string[], options?: GitRunOptions): Promise<string>;
  /** Non-empty lines of stdout. */
  lines(args: readonly string[], options?: GitRunOptions): Promise<readonly string[]>;
  /** The whole result, whatever the exit code. */
  attempt(args: readonly string[], options?: GitRunOptions): Promise<CommandResult>;
  /** The commit a name points at, or null when there is none. */
  resolve(name: string): Promise<string | null>;
  /** The same git in another directory. */
  in(directory: string): Git;
}

/** What a user's own settings must not change about what git prints or does here. */
const steadySettings = [
  "core.quotePath=false",
  "gc.auto=0",
  "color.ui=false",
  "log.showSignature=false",
  "i18n.commitEncoding=UTF-8",
  "i18n.logOutputEncoding=UTF-8",
].flatMap((setting) => ["-c", setting]);

export function createGit(directory: string, env: Readonly<Record<string, string>>): Git {
  const gitEnv = cleanEnvironment(env);
  const attempt = (args: readonly string[], options: GitRunOptions = {}): Promise<CommandResult> =>
    runCommand({
      command: "git",
      args: [...steadySettings, ...args],
      cwd: directory,
      env: { ...gitEnv, ...options.env },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
  const text = async (args: readonly string[], options: GitRunOptions = {}): Promise<string> => {
    const result = await attempt(args, options);
    const allowed = [0, ...(options.allowCodes ?? [])];
    if (result.code === null || !allowed.includes(result.code))
      throw gitFailure(directory, args, result);
    return result.stdout.toString().replace(/\n$/, "");
  };
  return {
    directory,
    env: gitEnv,
    attempt,
    text,
    lines: async (args, options) =>
      (await text(args, options)).split("\n").filter((line) => line !== ""),
    resolve: async (name) => {
      const result = await attempt([
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        `${name}^{commit}`,
      ]);
      return result.code === 0 ? result.stdout.toString().trim() : null;
    },
    in: (other) => createGit(other, env),
  };
}

export function gitFailure(
  directory: string,
  args: readonly string[],
  result: CommandResult,
): Failure {
  const said = result.stderr.trim() === "" ? result.stdout.toString().trim() : result.stderr.trim();
  return new Failure({
    code: "git-failed",
    message: `\`git ${args.join(" ").slice(0, 300)}\` ended with ${String(result.code ?? result.signal)}: ${said.slice(-2000)}`,
    next: `Run it in ${directory} to see more, mend what it names, and run the same trunkline verb again.`,
  });
}

/** A hook's or a caller's git variables must not redirect what this repository's git does. */
function cleanEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|PREFIX|NAMESPACE)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_MERGE_AUTOEDIT: "no",
    GIT_EDITOR: "true",
  };
}

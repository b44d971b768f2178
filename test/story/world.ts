import { join } from "node:path";
import { runCommand } from "../../release/src/tools/run-command.ts";
import type { ChildHandle, CommandResult } from "../../release/src/tools/run-command.ts";
import { StoryError } from "./story-error.ts";
import type { StoryOptions } from "./story-options.ts";

/** One run of a verb: its exit code, what it printed, and its time. */
export interface VerbRun {
  readonly exitCode: number | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly said: string;
  readonly durationMs: number;
}

/** Everything a chapter works with. */
export interface World {
  readonly options: StoryOptions;
  readonly env: Readonly<Record<string, string>>;
  readonly repositoryDirectory: string;
  /** The bare repository that stands for the team's server. */
  readonly originDirectory: string;
  /** The clone in which the story's developer and release manager work. */
  readonly cloneDirectory: string;
  readonly hostedUrl: string;
  readonly hostedKey: string;
  /** Facts that one chapter leaves for a later one (commits, paths, slugs). */
  readonly remembered: Map<string, string>;
  /** Processes to end when the story ends. */
  readonly children: Set<ChildHandle>;
  /** What could not be shown on this machine, each with its reason. */
  readonly skipped: string[];
  readonly say: (line: string) => void;
}

/** A fact that an earlier chapter left. */
export function recall(world: World, name: string): string {
  const value = world.remembered.get(name);
  if (value === undefined) throw new StoryError(`An earlier step should have left "${name}".`);
  return value;
}

/** Runs git in the clone and returns its stdout, trimmed. */
export async function git(world: World, ...args: readonly string[]): Promise<string> {
  return (await runChecked(world, ["git", "-C", world.cloneDirectory, ...args])).stdout
    .toString()
    .trim();
}

/** Runs a program and ends the story unless it exits with 0. */
export async function runChecked(
  world: World,
  words: readonly string[],
  more: { readonly cwd?: string; readonly input?: string } = {},
): Promise<CommandResult> {
  const result = await runProgram(world, words, more);
  if (result.code === 0) return result;
  throw new StoryError(
    `\`${words.join(" ")}\` ended with ${String(result.code ?? result.signal)}: ${result.stderr.trim() || result.stdout.toString().trim()}`,
  );
}

/** Runs a program and returns how it ended, whatever that is. */
export function runProgram(
  world: World,
  words: readonly string[],
  more: { readonly cwd?: string; readonly input?: string } = {},
): Promise<CommandResult> {
  const [command = "", ...args] = words;
  return runCommand({
    command,
    args,
    cwd: more.cwd ?? world.cloneDirectory,
    env: world.env,
    timeoutMs: 240_000,
    ...(more.input === undefined ? {} : { input: more.input }),
  });
}

/** Is a program on the PATH? */
export async function isInstalled(world: World, program: string): Promise<boolean> {
  return (await runProgram(world, ["sh", "-c", 'command -v "$1"', "sh", program])).code === 0;
}

/** Runs a trunkline verb in the clone with `--json`. */
export async function trunkline(world: World, ...args: readonly string[]): Promise<VerbRun> {
  const startedMs = performance.now();
  const result = await runProgram(world, [
    process.execPath,
    join(world.repositoryDirectory, "release/bin/trunkline.js"),
    ...args,
    "--json",
  ]);
  const durationMs = performance.now() - startedMs;
  return {
    exitCode: result.code,
    data: parseData(result.stdout.toString()),
    said: result.stderr.trim(),
    durationMs,
  };
}

/** Runs a trunkline verb with `--apply` and ends the story unless it succeeds. */
export async function apply(world: World, ...args: readonly string[]): Promise<VerbRun> {
  const run = await trunkline(world, ...args, "--apply");
  if (run.exitCode === 0) return run;
  throw new StoryError(
    `\`trunkline ${args.join(" ")} --apply\` exited ${String(run.exitCode)}: ${run.said} ${JSON.stringify(run.data).slice(0, 2000)}`,
  );
}

function parseData(text: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? { ...data } : {};
  } catch {
    return {};
  }
}

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import semanticRelease from "semantic-release";
import { Failure } from "../failure.ts";
import type { Git } from "./git.ts";
import { withOwnedDirectory } from "./owned-directory.ts";
import { semanticReleasePlugins } from "./semantic-release-plugins.ts";

export interface SemanticReleaseOptions {
  readonly git: Git;
  readonly branch: string;
  readonly head: string;
  /** The releases of this line, and no other's: the next number is counted from them. */
  readonly releases: readonly { readonly tag: string; readonly commit: string }[];
  /** `v{version}`. */
  readonly tagPattern: string;
  /** Trunkline's folder inside the git directory. */
  readonly privateDirectory: string;
  readonly logFile: string;
  readonly pid: number;
}

export interface NextRelease {
  readonly version: string;
  readonly type: string;
  /** Markdown. */
  readonly notes: string;
}

type SemanticReleaseConfig = NonNullable<Parameters<typeof semanticRelease>[1]>;

const maxLogBytes = 4 * 1024 * 1024;

/**
 * Runs semantic-release for a line: it reads the line's commits and tags, computes the next
 * number and tags it. It works on a private bare origin that holds this branch and its tags
 * only, borrowing the repository's objects: other lines' tags, the user's own, and the
 * machine's CI variables cannot reach the number, and nothing is public before it is checked.
 * @returns what it released, or null when no commit asks for a release
 * @throws Failure `release-failed` with the end of its log
 */
export async function runSemanticRelease(
  options: SemanticReleaseOptions,
): Promise<NextRelease | null> {
  const owned = { folder: join(options.privateDirectory, "staging"), pid: options.pid };
  return withOwnedDirectory(owned, async (directory) => {
    const origin = join(directory, "origin.git");
    const clone = join(directory, "clone");
    await borrowRepository(options, origin, ["--bare"]);
    await borrowRepository(options, clone, []);
    const next = await run(options, origin, clone);
    if (next !== null) await refuseWithoutTag(options, next, origin);
    return next;
  });
}

/** A repository with the line's branch and tags, whose objects are the user's repository's. */
async function borrowRepository(
  options: SemanticReleaseOptions,
  directory: string,
  kind: readonly string[],
): Promise<void> {
  const { git, branch, head, releases } = options;
  const common = await git.text(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  const format = await git.text(["rev-parse", "--show-object-format"]);
  await mkdir(dirname(directory), { recursive: true });
  const init = ["init", "--quiet", "--template=", `--object-format=${format}`, "-b", branch];
  await git.text([...init, ...kind, directory]);
  const borrowed = git.in(directory);
  const own = await borrowed.text(["rev-parse", "--path-format=absolute", "--git-dir"]);
  await mkdir(join(own, "objects", "info"), { recursive: true });
  await writeFile(join(own, "objects", "info", "alternates"), `${join(common, "objects")}\n`);
  // Only a shallow clone has this file; without it its missing parents would be errors.
  await copyFile(join(common, "shallow"), join(own, "shallow")).catch(() => undefined);
  const refs = [
    `create refs/heads/${branch} ${head}`,
    ...releases.map(({ tag, commit }) => `create refs/tags/${tag} ${commit}`),
  ];
  await borrowed.text(["update-ref", "--stdin"], { input: `${refs.join("\n")}\n` });
}

async function run(
  options: SemanticReleaseOptions,
  origin: string,
  clone: string,
): Promise<NextRelease | null> {
  const log = captureLog();
  try {
    const result = await semanticRelease(
      {
        ci: false,
        branches: [options.branch],
        repositoryUrl: pathToFileURL(origin).href,
        tagFormat: options.tagPattern.replace("{version}", "${version}"),
        plugins: semanticReleasePlugins.map(([name, settings]) => [name, { ...settings }]),
      },
      { cwd: clone, env: await cleanEnvironment(options.git, clone), ...log.streams },
    );
    if (result === false) return null;
    const { version, type, notes } = result.nextRelease;
    return { version, type, notes: notes ?? "" };
  } catch (error) {
    throw failure(options, error, log.text());
  } finally {
    await mkdir(dirname(options.logFile), { recursive: true });
    await writeFile(options.logFile, log.text());
  }
}

/** No CI variable, no git setting of the machine: the same line gives the same number anywhere. */
async function cleanEnvironment(git: Git, clone: string): Promise<Record<string, string>> {
  const [, name = "", email = ""] =
    /^(.*) <(.*)> \d+ [+-]\d{4}$/.exec(await git.text(["var", "GIT_COMMITTER_IDENT"])) ?? [];
  const kept = ["PATH", "HOME", "TMPDIR"].flatMap((key) => {
    const value = git.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_DIR: join(clone, ".git"),
    GIT_WORK_TREE: clone,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

interface CapturedLog {
  readonly streams: Pick<SemanticReleaseConfig, "stdout" | "stderr">;
  readonly text: () => string;
}

function captureLog(): CapturedLog {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const stream = new Writable({
    write: (chunk: Buffer | string, _encoding, done) => {
      const bytes = Buffer.from(chunk);
      sizeBytes += bytes.length;
      if (sizeBytes <= maxLogBytes) chunks.push(bytes);
      done();
    },
  });
  // Its types ask for a terminal's stream; it only ever writes to it.
  const writeStream = stream as unknown as NonNullable<SemanticReleaseConfig["stdout"]>;
  const streams = { stdout: writeStream, stderr: writeStream };
  return { streams, text: () => Buffer.concat(chunks).toString() };
}

/** It says it released; the tag is what counts. */
async function refuseWithoutTag(
  options: SemanticReleaseOptions,
  next: NextRelease,
  origin: string,
): Promise<void> {
  const tag = options.tagPattern.replace("{version}", next.version);
  if ((await options.git.in(origin).resolve(`refs/tags/${tag}`)) === options.head) return;
  throw new Failure({
    code: "release-failed",
    message: `semantic-release said it released ${next.version}, but made no tag ${tag} on ${options.branch}'s head.`,
    next: `Read its log: ${options.logFile}`,
  });
}

function failure(options: SemanticReleaseOptions, error: unknown, log: string): Failure {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const messages = errors.map((one) => (one instanceof Error ? one.message : String(one)));
  return new Failure({
    code: "release-failed",
    message: `semantic-release failed on ${options.branch}: ${messages.join("; ")}\n${log.trim().split("\n").slice(-8).join("\n")}`,
    next: `Read its log: ${options.logFile}`,
    cause: error,
  });
}

import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createGit } from "../tools/git.ts";
import type { Git } from "../tools/git.ts";
import { runCommand } from "../tools/run-command.ts";

/** The command line as it runs from a checkout. */
export const trunklineProgram = fileURLToPath(new URL("../../bin/trunkline.js", import.meta.url));

/** A real clone of a real bare origin in a temporary folder. */
export interface TestRepository extends AsyncDisposable {
  /** The temporary folder; everything lies in it. */
  readonly root: string;
  /** The bare origin; its HEAD is `main`. */
  readonly originDirectory: string;
  /** The clone's work tree. */
  readonly directory: string;
  readonly git: Git;
  readonly env: Readonly<Record<string, string>>;
  /** Writes files into the work tree. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Commits all of the work tree on the current branch and pushes that branch. */
  commit(message: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** The same clone and origin in a new temporary folder; cheaper than making both anew. */
  copy(): Promise<TestRepository>;
  /** Another clone of the same origin, with the same environment. */
  clone(name: string): Promise<TestRepository>;
  /** Runs the real command line in the clone. */
  trunkline(args: readonly string[]): Promise<TrunklineRun>;
}

export interface TrunklineRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestRepositoryOptions {
  /** The text of `trunkline.config.ts`; default `testConfig()`. */
  readonly config?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** A policy's file: the smallest that parses, with top-level fields replaced or added. */
export function testConfig(fields: Readonly<Record<string, unknown>> = {}): string {
  const config = {
    product: "sample",
    changesets: { package: "sample" },
    proven: { environment: "production", bakeTime: "1h" },
    build: { commands: [["true"]], output: "dist" },
    ...fields,
  };
  return `export default ${JSON.stringify(config, null, 2)};\n`;
}

/** Makes a bare origin and a clone with one commit on `main`. Dispose of it to remove both. */
export async function createTestRepository(
  options: TestRepositoryOptions = {},
): Promise<TestRepository> {
  const root = await mkdtemp(join(tmpdir(), "trunkline-test-"));
  const originDirectory = join(root, "origin.git");
  const env = testEnvironment(root);
  await createGit(root, env).text(["init", "--quiet", "--bare", "-b", "main", originDirectory]);
  const repository = await cloneOrigin({ root, originDirectory, env, name: "work" });
  await repository.git.text(["switch", "--quiet", "--orphan", "main"]);
  await repository.commit("chore: begin", {
    "trunkline.config.ts": options.config ?? testConfig(),
    "package.json": `${JSON.stringify({ name: "sample", version: "0.0.0", private: true, type: "module" }, null, 2)}\n`,
    ".changeset/config.json": `${JSON.stringify({ privatePackages: { version: true, tag: false } })}\n`,
    ".gitignore": ".trunkline/\nnode_modules/\n",
    ...options.files,
  });
  return repository;
}

/** Ambient settings of the machine must not reach a test's git. */
function testEnvironment(root: string): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Test Author",
    GIT_AUTHOR_EMAIL: "author@example.com",
    GIT_COMMITTER_NAME: "Test Committer",
    GIT_COMMITTER_EMAIL: "committer@example.com",
  };
}

interface CloneOptions {
  readonly root: string;
  readonly originDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
}

async function copyRepository(options: CloneOptions): Promise<TestRepository> {
  const root = await mkdtemp(join(tmpdir(), "trunkline-test-"));
  await cp(options.root, root, { recursive: true, verbatimSymlinks: true });
  const originDirectory = join(root, "origin.git");
  const copied = repositoryAt({ ...options, root, originDirectory, env: testEnvironment(root) });
  await copied.git.text(["remote", "set-url", "origin", originDirectory]);
  return copied;
}

async function cloneOrigin(options: CloneOptions): Promise<TestRepository> {
  const { root, originDirectory, env } = options;
  const directory = join(root, options.name);
  await createGit(root, env).text(["clone", "--quiet", originDirectory, directory]);
  return repositoryAt(options);
}

function repositoryAt(options: CloneOptions): TestRepository {
  const { root, originDirectory, env } = options;
  const directory = join(root, options.name);
  const git = createGit(directory, env);
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
  };
  return {
    root,
    originDirectory,
    directory,
    git,
    env,
    write,
    commit: async (message, files = {}) => {
      await write(files);
      await git.text(["add", "--all"]);
      await git.text(["commit", "--quiet", "--allow-empty", "-F", "-"], { input: message });
      await git.text(["push", "--quiet", "-u", "origin", "HEAD"]);
      return git.text(["rev-parse", "HEAD"]);
    },
    copy: () => copyRepository(options),
    clone: (name) => cloneOrigin({ ...options, name }),
    trunkline: async (args) => {
      const result = await runCommand({
        command: process.execPath,
        args: [trunklineProgram, ...args],
        cwd: directory,
        env,
      });
      return { code: result.code, stdout: result.stdout.toString(), stderr: result.stderr };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

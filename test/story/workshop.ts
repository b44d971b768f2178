import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { isSameProcess, processStart } from "../../release/src/tools/process-identity.ts";
import { makePrivateOrigin } from "./private-origin.ts";
import { endLeftovers, storyMark } from "./leftovers.ts";
import { StoryError } from "./story-error.ts";
import type { StoryOptions } from "./story-options.ts";
import { runProgram } from "./world.ts";
import type { World } from "./world.ts";

export interface WorkshopOptions {
  readonly options: StoryOptions;
  readonly repositoryDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const ownerFileName = "story-owner.json";

/**
 * Empties the working folder, checks the ports and makes the private origin.
 * @throws StoryError when another story works in the same folder, or a port is taken
 */
export async function openWorkshop(given: WorkshopOptions): Promise<World> {
  const { options } = given;
  await takeFolder(options.workDirectory);
  await requireFreePort(options.hostedPort, "--hosted-port");
  await requireFreePort(options.sitePort, "--site-port");
  const hostedKey = randomBytes(24).toString("base64url");
  const world: World = {
    options,
    repositoryDirectory: given.repositoryDirectory,
    env: storyEnvironment(given, hostedKey),
    originDirectory: join(options.workDirectory, "origin.git"),
    cloneDirectory: join(options.workDirectory, "clone"),
    hostedUrl: `http://127.0.0.1:${String(options.hostedPort)}`,
    hostedKey,
    remembered: new Map([
      ["short-folder", join(tmpdir(), `shortline-story-${String(process.pid)}`)],
    ]),
    children: new Set(),
    skipped: [],
    say: given.say,
  };
  given.say(`One commit, delivered both ways, in ${options.workDirectory}`);
  const how = await makePrivateOrigin(world);
  given.say(`private origin made ${how}`);
  await noteUncommittedWork(world);
  return world;
}

/** Stops everything that the story started. */
export async function closeWorkshop(world: World): Promise<void> {
  const stopped = [...world.children].map(async (child) => {
    child.kill("SIGTERM");
    await child.exited;
  });
  const hosted = runProgram(world, [
    process.execPath,
    join(world.repositoryDirectory, "release/bin/trunkline.js"),
    "environment",
    "stop",
    "production",
    "--apply",
  ]).catch(() => null);
  await Promise.all([...stopped, hosted]);
  // What an interrupted step was running must not outlive the story.
  await endLeftovers(world.options.workDirectory);
  await rm(world.remembered.get("short-folder") ?? "", { recursive: true, force: true });
  await rm(join(world.options.workDirectory, ownerFileName), { force: true });
}

async function takeFolder(workDirectory: string): Promise<void> {
  const ownerFile = join(workDirectory, ownerFileName);
  // A story that was killed while it wrote this leaves no readable owner.
  const owner = await readFile(ownerFile, "utf8")
    .then((text): unknown => JSON.parse(text))
    .catch(() => null);
  if (isOwner(owner) && isSameProcess(owner)) {
    throw new StoryError(
      `Process ${String(owner.pid)} tells the story in ${workDirectory} right now: stop it, or name another folder with --work DIR.`,
    );
  }
  await refuseForeignFolder(workDirectory, owner);
  await endLeftovers(workDirectory);
  try {
    await rm(workDirectory, { recursive: true, force: true });
    await mkdir(workDirectory, { recursive: true });
    const marker = "This folder is emptied at the start of each story.\n";
    await writeFile(join(workDirectory, markerName), marker);
    const self = { pid: process.pid, processStart: processStart(process.pid) ?? "" };
    await writeFile(ownerFile, JSON.stringify(self));
  } catch (error) {
    throw unusable(workDirectory, error);
  }
}

const markerName = "emptied-by-the-story.txt";

/** The folder is emptied: it must be the story's own, or empty, or not there. */
async function refuseForeignFolder(workDirectory: string, owner: unknown): Promise<void> {
  const names = await namesIn(workDirectory);
  if (names.length === 0 || names.includes(markerName) || isOwner(owner)) return;
  throw new StoryError(
    `${workDirectory} holds files that are not the story's, and the story empties its folder: name an empty one with --work DIR.`,
  );
}

/** Empty when there is no such folder. @throws StoryError when something else has that name */
async function namesIn(workDirectory: string): Promise<readonly string[]> {
  try {
    return await readdir(workDirectory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw unusable(workDirectory, error);
  }
}

function unusable(workDirectory: string, error: unknown): StoryError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StoryError(
    `${workDirectory} cannot be used as working folder: ${reason}. Name another one with --work DIR.`,
  );
}

function isOwner(value: unknown): value is { readonly pid: number; readonly processStart: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "processStart" in value &&
    typeof value.processStart === "string"
  );
}

function storyEnvironment(
  given: WorkshopOptions,
  hostedKey: string,
): Readonly<Record<string, string>> {
  const kept = Object.entries(given.environment).filter(
    ([name]) => !/^(GIT_|npm_|NODE_OPTIONS|VITEST|OTEL_|SHORTLINE_|TRUNKLINE_)/.test(name),
  );
  const person = { NAME: "Release rehearsal", EMAIL: "rehearsal@example.com" };
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}${delimiter}${given.environment["PATH"] ?? ""}`,
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
    SHORTLINE_API_KEYS: hostedKey,
    [storyMark]: given.options.workDirectory,
    TRUNKLINE_STATE_DIRECTORY: join(given.options.workDirectory, "state"),
  };
}

async function requireFreePort(port: number, option: string): Promise<void> {
  if (!(await answers(port))) return;
  throw new StoryError(
    `Something listens on port ${String(port)} of this machine: stop it, or choose another port with ${option} N.`,
  );
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

async function noteUncommittedWork(world: World): Promise<void> {
  const result = await runProgram(
    world,
    ["git", "-C", world.repositoryDirectory, "status", "--porcelain"],
    { cwd: world.repositoryDirectory },
  );
  if (result.code === 0 && result.stdout.length > 0)
    world.say("note: the story tells of HEAD; uncommitted changes in this checkout are not in it");
}

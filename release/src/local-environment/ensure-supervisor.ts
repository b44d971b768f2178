import { chmod, mkdir, open, stat, truncate } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess } from "../tools/run-command.ts";
import type { ChildHandle } from "../tools/run-command.ts";
import { supervisorBounds } from "./environment-bounds.ts";
import { failed, success } from "./environment-failure.ts";
import type { EnvironmentFailure, Outcome } from "./environment-failure.ts";
import { environmentPaths, readSupervisorRecord } from "./environment-files.ts";
import { connectSupervisor, untilGone } from "./supervisor-client.ts";
import type { Supervisor } from "./supervisor-client.ts";
import { supervisorExitCodes } from "./supervisor.ts";

export interface EnsureSupervisorOptions {
  /** Absolute path of the environment's directory; made when it is not there. */
  readonly directory: string;
  readonly publicHost: string;
  /** 0: any free port, or the one that a live supervisor has. */
  readonly publicPort: number;
  /** The supervisor drains and ends once this process is gone. Applies when this call starts it. */
  readonly ownerPid?: number;
  /** The program that runs Node.js. */
  readonly nodePath: string;
  /** PATH and HOME are passed on to the supervisor and its workers; nothing else of it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The live supervisor of a directory, started detached when there is none. Returns when the builds that
 * served before are live again, or given up (the status says it). Concurrent calls start one supervisor.
 * Fails with `port-occupied`, `address-unusable`, `public-address-differs`, `state-unusable`,
 * `directory-unusable`, `platform-unsupported`, `supervisor-not-started` or `supervisor-not-answering`.
 */
export async function ensureSupervisor(
  options: EnsureSupervisorOptions,
): Promise<Outcome<Supervisor>> {
  try {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    // One that was there before may be open to others.
    await chmod(options.directory, 0o700);
  } catch (error) {
    return failed({
      code: "directory-unusable",
      message: `${options.directory} cannot be made: ${String(error)}.`,
      next: "Correct its permissions, or choose another state directory.",
    });
  }
  let last: EnvironmentFailure = notStarted("no attempt was made");
  for (let attempt = 0; attempt < supervisorBounds.ensureAttempts; attempt += 1) {
    const found = await findLive(options);
    if (found !== null) return found;
    const started = await startSupervisor(options);
    if (started !== "held" && started.ok) continue;
    if (started !== "held") return started;
    last = heldElsewhere(options.directory);
    await untilItAnswers(options.directory);
  }
  return failed(last);
}

/** null: there is none, or it was ending and is gone now. */
async function findLive(options: EnsureSupervisorOptions): Promise<Outcome<Supervisor> | null> {
  const supervisor = await connectSupervisor(options);
  if (supervisor === null) return null;
  const { publicHost, publicPort } = supervisor;
  const deadline = performance.now() + supervisorBounds.restoreMs;
  for (;;) {
    const status = await supervisor.status();
    if (!status.ok || status.value.phase === "draining") {
      const record = await readSupervisorRecord(options.directory);
      if (record !== null) await untilGone(record);
      return null;
    }
    if (
      publicHost !== options.publicHost ||
      (options.publicPort !== 0 && publicPort !== options.publicPort)
    ) {
      return failed({
        code: "public-address-differs",
        message: `This environment already serves on ${publicHost}:${String(publicPort)}.`,
        next: "Use that address, or shut the environment down first.",
      });
    }
    if (status.value.phase === "running" || performance.now() > deadline)
      return success(supervisor);
    await delay(supervisorBounds.pollMs);
  }
}

/** Another supervisor is starting, or ending: which, its record tells in a moment. */
async function untilItAnswers(directory: string): Promise<void> {
  const deadline = performance.now() + supervisorBounds.heldMs;
  while (performance.now() < deadline && (await connectSupervisor({ directory })) === null) {
    await delay(supervisorBounds.pollMs);
  }
}

/** Starts the process and waits until its record is written or it ended. */
async function startSupervisor(options: EnsureSupervisorOptions): Promise<Outcome<null> | "held"> {
  let child: ChildHandle;
  try {
    child = await spawnSupervisor(options);
  } catch (error) {
    return failed(notStarted(error instanceof Error ? error.message : String(error)));
  }
  child.unref();
  const end: { code: number | null | undefined } = { code: undefined };
  void child.exited.then(({ code }) => {
    end.code = code;
  });
  const deadline = performance.now() + supervisorBounds.startMs;
  while (end.code === undefined) {
    const record = await readSupervisorRecord(options.directory);
    if (record?.pid === child.pid) return success(null);
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      return failed(
        notStarted(`it was not ready within ${String(supervisorBounds.startMs / 1000)} s`),
      );
    }
    await delay(supervisorBounds.pollMs);
  }
  return end.code === supervisorExitCodes.held ? "held" : failed(failureOf(end.code, options));
}

async function spawnSupervisor(options: EnsureSupervisorOptions): Promise<ChildHandle> {
  const { directory, publicHost, publicPort, ownerPid } = options;
  const owner = ownerPid === undefined ? [] : ["--owner-pid", String(ownerPid)];
  const { PATH, HOME } = options.env;
  const log = await openLog(environmentPaths(directory).supervisorLog);
  try {
    return await startProcess({
      command: options.nodePath,
      args: [
        supervisorProgram(),
        "--directory",
        directory,
        "--host",
        publicHost,
        "--port",
        String(publicPort),
        ...owner,
      ],
      cwd: directory,
      env: { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }) },
      stdio: { logFile: log.fd },
      detached: true,
    });
  } finally {
    await log.close();
  }
}

/** From source it lies beside this file; bundled, it is `supervisor.js` beside the program. */
function supervisorProgram(): string {
  const name = import.meta.url.endsWith(".ts") ? "./supervisor-main.ts" : "./supervisor.js";
  return fileURLToPath(new URL(name, import.meta.url));
}

async function openLog(file: string): ReturnType<typeof open> {
  const sizeBytes = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (sizeBytes > supervisorBounds.logSizeBytes) await truncate(file);
  return open(file, "a", 0o600);
}

function failureOf(code: number | null, options: EnsureSupervisorOptions): EnvironmentFailure {
  const address = `${options.publicHost}:${String(options.publicPort)}`;
  if (code === null) return notStarted("it was killed");
  switch (code) {
    case supervisorExitCodes["port-occupied"]:
      return {
        code: "port-occupied",
        message: `Another program listens on ${address}.`,
        next: "Stop that program, or give the environment another port.",
      };
    case supervisorExitCodes["address-unusable"]:
      return {
        code: "address-unusable",
        message: `This machine does not let it listen on ${address}.`,
        next: "Use an address of this machine, and a port that you may use (1024 or above without root).",
      };
    case supervisorExitCodes["state-unusable"]:
      return {
        code: "state-unusable",
        message: `${environmentPaths(options.directory).state} is damaged.`,
        next: "Repair it, or move it away and deploy again; supervisor.log beside it says what is wrong.",
      };
    case supervisorExitCodes["platform-unsupported"]:
      return {
        code: "platform-unsupported",
        message: "Local environments need Linux with /proc.",
        next: "Run this on a Linux machine.",
      };
    default:
      return notStarted(`it ended with code ${String(code)}`);
  }
}

function notStarted(why: string): EnvironmentFailure {
  return {
    code: "supervisor-not-started",
    message: `The supervisor could not be started: ${why}.`,
    next: "Read supervisor.log in the environment's directory.",
  };
}

function heldElsewhere(directory: string): EnvironmentFailure {
  return {
    code: "supervisor-not-answering",
    message: `A supervisor holds ${directory} and does not answer.`,
    next: "Read supervisor.log there; end that process, then run this again.",
  };
}

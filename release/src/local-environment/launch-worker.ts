import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess } from "../tools/run-command.ts";
import type { ChildHandle } from "../tools/run-command.ts";
import { processStart } from "../tools/process-identity.ts";
import { supervisorBounds } from "./environment-bounds.ts";
import type { WorkerSpec } from "./environment-files.ts";
import { failed, success } from "./environment-failure.ts";
import type { Outcome } from "./environment-failure.ts";
import { signalGroup } from "./process-group.ts";
import type { LogPipe, WorkerLog } from "./worker-log.ts";

export interface RunningWorker {
  readonly pid: number;
  readonly processStart: string;
  readonly port: number;
  /** Settles when the process ended; its group is killed by then. Text for people. */
  readonly exited: Promise<string>;
}

export interface LaunchOptions {
  readonly spec: WorkerSpec;
  readonly port: number;
  readonly log: WorkerLog;
  /** PATH and HOME; the build's own env wins. */
  readonly hostEnv: Readonly<Record<string, string>>;
  /** Put in front of the command; see findDeathSignalTool. */
  readonly deathSignalTool: readonly string[];
  readonly listenMs: number;
  /** Called as soon as the process exists, before it listens. */
  readonly onStarted: (worker: RunningWorker) => void;
}

const logDrainMs = 500;

/** Starts a worker and waits until it accepts connections on 127.0.0.1 and its port. */
export async function launchWorker(options: LaunchOptions): Promise<Outcome<RunningWorker>> {
  const started = await startWorker(options);
  if (!started.ok) return started;
  const worker = started.value;
  options.onStarted(worker);
  const end: { how: string | null } = { how: null };
  void worker.exited.then((how) => {
    end.how = how;
  });
  const deadline = performance.now() + options.listenMs;
  while (end.how === null && performance.now() < deadline) {
    // A listener counts only while our process lives: another program may have taken the port.
    if ((await accepts(worker.port)) && end.how === null) return success(worker);
    await delay(supervisorBounds.pollMs);
  }
  const name = options.spec.deployment;
  if (end.how !== null) {
    return failed({
      code: "worker-exited",
      message: `The worker of ${name} ended before it listened: ${end.how}.`,
      next: "Read the end of its log; run the build's command by hand in its directory.",
      logTail: options.log.tail(),
    });
  }
  signalGroup(worker.pid, "SIGKILL");
  await worker.exited;
  return failed({
    code: "worker-not-listening",
    message: `The worker of ${name} did not listen on 127.0.0.1:${String(worker.port)} within ${String(options.listenMs / 1000)} s.`,
    next: "Make it listen on 127.0.0.1 and the port given as {port}, or allow more time.",
    logTail: options.log.tail(),
  });
}

async function startWorker(options: LaunchOptions): Promise<Outcome<RunningWorker>> {
  const { spec, port } = options;
  const fill = (value: string): string => value.replaceAll("{port}", String(port));
  const [command, ...args] = [...options.deathSignalTool, ...spec.command.map(fill)];
  const env = Object.fromEntries(
    Object.entries(spec.env).map(([name, value]) => [name, fill(value)]),
  );
  let pipe: LogPipe | null = null;
  try {
    pipe = await options.log.openPipe();
    const child = await startProcess({
      command: command ?? "",
      args,
      cwd: spec.directory,
      env: { ...options.hostEnv, ...env },
      stdio: { logFile: pipe.writeEnd },
      detached: true,
    });
    const exited = whenEnded(child, pipe);
    return success({
      pid: child.pid,
      processStart: processStart(child.pid) ?? "gone",
      port,
      exited,
    });
  } catch (error) {
    pipe?.close();
    return failed({
      code: "worker-not-started",
      message: `The worker of ${spec.deployment} could not be started: ${error instanceof Error ? error.message : String(error)}.`,
      next: `See that ${spec.directory} and the program ${spec.command[0] ?? ""} are there.`,
    });
  } finally {
    pipe?.started();
  }
}

async function whenEnded(child: ChildHandle, pipe: LogPipe): Promise<string> {
  const { code, signal } = await child.exited;
  signalGroup(child.pid, "SIGKILL");
  // A process that left the group may still hold the pipe: its output is no longer waited for.
  await Promise.race([pipe.drained, delay(logDrainMs, undefined, { ref: false })]);
  pipe.close();
  return code === null ? `signal ${String(signal)}` : `exit code ${String(code)}`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => socket.destroy());
    socket.once("close", () => {
      resolve(false);
    });
  });
}

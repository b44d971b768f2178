import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureSupervisor } from "../ensure-supervisor.ts";
import type { EnsureSupervisorOptions } from "../ensure-supervisor.ts";
import type { Outcome } from "../environment-failure.ts";
import type { WorkerSpec } from "../environment-files.ts";
import { connectSupervisor } from "../supervisor-client.ts";
import type { StartedWorker, Supervisor } from "../supervisor-client.ts";
import { workerProgram } from "./worker-program.ts";

const searchPath = "/usr/local/bin:/usr/bin:/bin";

/** One environment in a temp directory, with a build that can be started under any name. */
export class TestEnvironment {
  readonly root: string;
  readonly directory: string;
  readonly build: string;

  private constructor(root: string, folder: string) {
    this.root = root;
    this.directory = join(root, folder);
    this.build = join(root, "build");
  }

  static async create(folder = "environment"): Promise<TestEnvironment> {
    const made = new TestEnvironment(await mkdtemp(join(tmpdir(), "local-environment-")), folder);
    await mkdir(made.build, { recursive: true });
    await writeFile(join(made.build, "worker.mjs"), workerProgram);
    return made;
  }

  ensureOptions(more: Partial<EnsureSupervisorOptions> = {}): EnsureSupervisorOptions {
    return {
      directory: this.directory,
      publicHost: "127.0.0.1",
      publicPort: 0,
      nodePath: process.execPath,
      env: { PATH: searchPath, HOME: this.root },
      ...more,
    };
  }

  async ensure(more: Partial<EnsureSupervisorOptions> = {}): Promise<Supervisor> {
    return valueOf(await ensureSupervisor(this.ensureOptions(more)));
  }

  spec(deployment: string, env: Readonly<Record<string, string>> = {}): WorkerSpec {
    return {
      deployment,
      commit: "c".repeat(40),
      digest: `sha256:${"d".repeat(64)}`,
      directory: this.build,
      command: [process.execPath, "worker.mjs"],
      env: { PORT: "{port}", NAME: deployment, ...env },
    };
  }

  /** Starts and switches: the build serves when this returns. */
  async deploy(
    supervisor: Supervisor,
    deployment: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<StartedWorker> {
    const started = valueOf(await supervisor.start(this.spec(deployment, env)));
    valueOf(await supervisor.switch({ deployment }));
    return started;
  }

  async readJson(file: string): Promise<unknown> {
    return JSON.parse(await readFile(join(this.directory, file), "utf8"));
  }

  /** Pids of live processes whose working directory is the build's: the workers. */
  async workerPids(): Promise<number[]> {
    const pids: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const command = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
      if (command.includes(`HOME=${this.root}\0`) && command.includes("NAME="))
        pids.push(Number(name));
    }
    return pids;
  }

  /** A folder for PATH with the programs that a supervisor may need, but one. */
  async binWithout(missing: string): Promise<string> {
    const bin = join(this.root, "bin");
    await mkdir(bin, { recursive: true });
    for (const name of ["mkfifo", "setpriv"])
      if (name !== missing) await symlink(`/usr/bin/${name}`, join(bin, name));
    return bin;
  }

  async remove(): Promise<void> {
    const supervisor = await connectSupervisor(this);
    await supervisor?.shutdown();
    for (const pid of await this.workerPids()) process.kill(pid, "SIGKILL");
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new Error(JSON.stringify(outcome.failure));
}

export function urlOf(supervisor: Supervisor, path = "/"): string {
  return `http://${supervisor.publicHost}:${String(supervisor.publicPort)}${path}`;
}

/** Polls a real condition until it holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("the condition did not come true in time");
    await delay(10);
  }
}

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  lstatSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../files/run-command.ts";
import { readSupervisorStatus } from "../service/supervisor-status.ts";
import { sitePaths } from "../site/site-paths.ts";
import type { SitePaths } from "../site/site-paths.ts";
import type { TestBundle, TestWorkshop } from "./test-workshop.ts";
import { waitFor } from "./wait-for.ts";

const COMMAND_TIMEOUT_MS = 120_000;

export type CommandRun = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The line that --json prints. */
  readonly json: Readonly<Record<string, unknown>>;
};

export type SiteAnswer = {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
};

/** A real site under a temporary prefix, driven through its own shortlinectl. */
export class TestSite {
  readonly prefix: string;
  readonly paths: SitePaths;
  readonly #workshop: TestWorkshop;
  readonly #root: string;
  readonly #supervisors: ChildProcess[] = [];
  apiKey = "";

  constructor(workshop: TestWorkshop) {
    this.#workshop = workshop;
    this.#root = mkdtempSync(join(tmpdir(), "shortline-site-"));
    this.prefix = join(this.#root, "prefix");
    this.paths = sitePaths(this.prefix);
  }

  /** Unpacks a bundle with tar; gives the top folder. */
  unpack(bundle: TestBundle): string {
    const directory = mkdtempSync(join(this.#root, "unpacked-"));
    const unpacked = spawnSync("tar", ["-xzf", bundle.file, "-C", directory], { encoding: "utf8" });
    if (unpacked.status !== 0) throw new Error(unpacked.stderr);
    return join(directory, readdirSync(directory)[0] ?? "");
  }

  /** Runs install.sh of an unpacked bundle on a port of its own. */
  async installFrom(directory: string, ...more: readonly string[]): Promise<CommandRun> {
    const signers = ["--allowed-signers", this.#workshop.allowedSignersFile];
    const args = [
      join(directory, "install.sh"),
      "--prefix",
      this.prefix,
      "--json",
      ...signers,
      ...more,
    ];
    const listen = more.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    const run = toRun(
      await runCommand({ file: "sh", args: [...args, ...listen], timeoutMs: COMMAND_TIMEOUT_MS }),
    );
    if (typeof run.json["apiKey"] === "string") this.apiKey = run.json["apiKey"];
    return run;
  }

  /** Installs a bundle where nothing can go wrong. */
  async install(bundle: TestBundle): Promise<void> {
    const installed = await this.installFrom(this.unpack(bundle));
    if (installed.exitCode !== 0) throw new Error(installed.stderr);
  }

  /** Runs the site's own shortlinectl. */
  async ctl(...args: readonly string[]): Promise<CommandRun> {
    const file = this.paths.commandLink;
    return toRun(
      await runCommand({ file, args: [...args, "--json"], timeoutMs: COMMAND_TIMEOUT_MS }),
    );
  }

  upgrade(bundle: TestBundle, ...more: readonly string[]): Promise<CommandRun> {
    return this.ctl("upgrade", "--bundle", bundle.file, ...more);
  }

  /** Starts supervise and waits until it serves. */
  async supervise(): Promise<ChildProcess> {
    const supervisor = spawn(this.paths.commandLink, ["supervise"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    supervisor.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    this.#supervisors.push(supervisor);
    await waitFor(
      () => {
        const status = readSupervisorStatus(this.paths);
        return status?.owner.pid === supervisor.pid && status?.serving !== null;
      },
      () => `supervise to serve; it said: ${words}`,
    );
    return supervisor;
  }

  /** Kills the supervisor like a power cut does, and waits until its child has seen it. */
  async killSupervisor(): Promise<void> {
    const status = readSupervisorStatus(this.paths);
    if (status === null) throw new Error("no supervisor runs");
    process.kill(status.owner.pid, "SIGKILL");
    await waitFor(
      () => !isRunning(status.owner.pid) && !isRunning(status.serving?.pid ?? 0),
      () => "the supervisor and its child to end",
    );
  }

  /** Where the service accepts connections now. */
  address(): { readonly host: string; readonly port: number } {
    const address = readSupervisorStatus(this.paths)?.address;
    if (address === undefined || "path" in address) throw new Error("no supervisor serves a port");
    return address;
  }

  ask(
    path: string,
    options: { readonly method?: string; readonly body?: object } = {},
  ): Promise<SiteAnswer> {
    const { method = "GET", body } = options;
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        { ...this.address(), path, method, headers, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: text,
              location: response.headers.location,
            }),
          );
        },
      );
      asked.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** How often a link was followed, as the API says. */
  async clicksOf(slug: string): Promise<unknown> {
    const link: unknown = JSON.parse((await this.ask(`/api/v1/links/${slug}`)).body);
    return typeof link === "object" && link !== null && "clicks" in link ? link.clicks : null;
  }

  /** The version that `current` names, and the one that answers. */
  async versions(): Promise<{ readonly current: string; readonly serving: unknown }> {
    const answer = await this.ask("/version");
    const parsed: unknown = JSON.parse(answer.body);
    const serving =
      typeof parsed === "object" && parsed !== null && "version" in parsed ? parsed.version : null;
    return { current: readlinkSync(this.paths.currentLink), serving };
  }

  /** Every path under the prefix with its content, but for locks and what a running service writes. */
  snapshot(): ReadonlyMap<string, string> {
    const files = new Map<string, string>();
    mkdirSync(this.prefix, { recursive: true });
    for (const name of readdirSync(this.prefix, { recursive: true, encoding: "utf8" })) {
      if (/^var\/lib\/shortline\/(run|shortline\.db)|^var\/log\/shortline\//.test(name)) continue;
      const file = join(this.prefix, name);
      const status = lstatSync(file);
      if (status.isSymbolicLink()) files.set(name, `-> ${readlinkSync(file)}`);
      else if (status.isDirectory()) files.set(name, "directory");
      else files.set(name, createHash("sha256").update(readFileSync(file)).digest("hex"));
    }
    return files;
  }

  async dispose(): Promise<void> {
    for (const supervisor of this.#supervisors) {
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) continue;
      supervisor.kill("SIGTERM");
      await waitFor(
        () => supervisor.exitCode !== null || supervisor.signalCode !== null,
        () => "supervise to end",
      );
    }
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function toRun(outcome: {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): CommandRun {
  const line = outcome.stdout.trim().split("\n").at(-1) ?? "";
  const parsed: unknown = line.startsWith("{") ? JSON.parse(line) : {};
  // A line that starts with a brace and parses is an object.
  return { ...outcome, json: parsed as Readonly<Record<string, unknown>> };
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

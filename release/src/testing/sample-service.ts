import { createServer } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectSupervisor } from "../local-environment/supervisor-client.ts";
import type { SupervisorStatus } from "../local-environment/supervisor-client.ts";
import { runCommand } from "../tools/run-command.ts";
import type { CommandOptions } from "../tools/run-command.ts";
import { createTestRepository, testConfig } from "./test-repository.ts";
import type { TestRepository, TrunklineRun } from "./test-repository.ts";

const trunklineProgram = fileURLToPath(new URL("../../bin/trunkline.js", import.meta.url));

/** A repository whose product is one script that serves HTTP; building it is copying it. */
export interface SampleService extends AsyncDisposable {
  readonly repository: TestRepository;
  readonly port: number;
  readonly stateDirectory: string;
  /** The commit on trunk that the service was made with. */
  readonly first: string;
  /** Commits another service (or the same with another greeting) on trunk and pushes it. */
  commit(service: ServiceText): Promise<string>;
  /** Runs the real command line; what it printed as data is parsed when it is JSON. */
  run(
    ...args: readonly string[]
  ): Promise<TrunklineRun & { readonly data: Record<string, unknown> }>;
  /** What the public address answers at `/`. */
  greeting(): Promise<string>;
  status(): Promise<SupervisorStatus>;
  /** The ledger's entries, oldest first. */
  ledger(): Promise<readonly LedgerLine[]>;
}

export interface LedgerLine {
  readonly kind: string;
  readonly outcome: string;
  readonly deployment: string;
  readonly commit: string;
  readonly reason?: string;
}

export interface ServiceText {
  readonly greeting: string;
  /** Status of `/health`; default 200. */
  readonly health?: number;
  /** Ends at once with this text on stderr instead of serving. */
  readonly crash?: string;
  /** Answers `/version` with another commit than its own. */
  readonly liesAboutCommit?: boolean;
  /** The build's command fails. */
  readonly failsToBuild?: boolean;
}

/** The text of the script that serves. */
function serviceScript(service: ServiceText): string {
  return `import { createServer } from "node:http";
const service = ${JSON.stringify(service)};
if (service.crash !== undefined) {
  console.error(service.crash);
  process.exit(3);
}
console.log("serving", process.env.SECRET);
createServer((request, response) => {
  if (request.url === "/health") response.statusCode = service.health ?? 200;
  if (request.url === "/version") response.end(service.liesAboutCommit ? "another" : process.env.COMMIT);
  else response.end(service.greeting);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;
}

const buildScript = `import { cpSync, existsSync, mkdirSync } from "node:fs";
if (existsSync("fails-to-build")) throw new Error("this commit does not build");
mkdirSync("dist", { recursive: true });
cpSync("service.js", "dist/service.js");
`;

/** A policy with one local environment, production, on a port of this machine. */
function serviceConfig(port: number): string {
  return testConfig({
    build: { commands: [["node", "build.js"]], output: "dist" },
    environments: {
      production: {
        driver: "local",
        port,
        command: ["{node}", "service.js"],
        env: { PORT: "{port}", COMMIT: "{commit}", SECRET: "{env:SAMPLE_SECRET}" },
        health: { path: "/health", timeout: "5s" },
        smoke: [{ path: "/version", bodyContains: "{commit}" }],
      },
    },
  });
}

/** Makes the repository; nothing is deployed yet. Disposing of it stops what runs. */
export async function createSampleService(): Promise<SampleService> {
  const port = await freePort();
  const repository = await createTestRepository({
    config: serviceConfig(port),
    files: {
      "build.js": buildScript,
      "service.js": serviceScript({ greeting: "one" }),
      "package.json": '{ "name": "sample", "version": "0.0.0", "type": "module" }\n',
    },
  });
  return describeService(repository, port);
}

async function describeService(repository: TestRepository, port: number): Promise<SampleService> {
  const stateDirectory = join(repository.directory, ".trunkline");
  const directory = join(stateDirectory, "environments", "production");
  const run: SampleService["run"] = async (...args) => {
    const result = await runCommand(trunklineCommand(repository, args));
    const stdout = result.stdout.toString();
    return { code: result.code, stdout, stderr: result.stderr, data: parseData(stdout) };
  };
  return {
    repository,
    port,
    stateDirectory,
    first: await repository.git.text(["rev-parse", "HEAD"]),
    run,
    commit: (service) =>
      repository.commit(`feat: say ${service.greeting}`, {
        "service.js": serviceScript(service),
        ...(service.failsToBuild === true ? { "fails-to-build": "" } : {}),
      }),
    greeting: async () => {
      // A connection of its own: an idle one would hold up the drain when the environment stops.
      const headers = { connection: "close" };
      return (await fetch(`http://127.0.0.1:${String(port)}/`, { headers })).text();
    },
    status: async () => {
      const status = await (await connectSupervisor({ directory }))?.status();
      if (status?.ok !== true) throw new Error("no supervisor answers");
      return status.value;
    },
    ledger: async () => {
      const { data } = await run("ledger", "--json");
      // The shape is the one that the ledger's own schema let in.
      return data["entries"] as readonly LedgerLine[];
    },
    [Symbol.asyncDispose]: async () => {
      await run("environment", "stop", "--apply");
      await repository[Symbol.asyncDispose]();
    },
  };
}

/** The real command line in the service's clone, with the variable that its policy asks for. */
export function trunklineCommand(
  repository: TestRepository,
  args: readonly string[],
): Pick<CommandOptions, "command" | "args" | "cwd" | "env"> {
  return {
    command: process.execPath,
    args: [trunklineProgram, ...args],
    cwd: repository.directory,
    env: { ...repository.env, SAMPLE_SECRET: "hush" },
  };
}

function parseData(text: string): Record<string, unknown> {
  if (!text.startsWith("{")) return {};
  // An object by its first character.
  return JSON.parse(text) as Record<string, unknown>;
}

/** A port that was free a moment ago, outside the kernel's range for client ports. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 8000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** The text of a log that a deployment wrote. */
export function deploymentLog(service: SampleService, deployment: string): Promise<string> {
  const logs = join(service.stateDirectory, "environments", "production", "logs");
  return readFile(join(logs, `${deployment}.log`), "utf8");
}

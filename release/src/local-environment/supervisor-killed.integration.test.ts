import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startProcess } from "../tools/run-command.ts";
import type { ChildHandle } from "../tools/run-command.ts";
import { processStart } from "../tools/process-identity.ts";
import { connectSupervisor } from "./supervisor-client.ts";
import { TestEnvironment, until, urlOf, valueOf } from "./testing/test-environment.ts";

let environment: TestEnvironment;

beforeEach(async () => {
  environment = await TestEnvironment.create();
});

afterEach(async () => {
  await environment.remove();
});

test("kill -9 of the supervisor: the next one serves the same build and keeps the previous one warm", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  await environment.deploy(supervisor, "two");
  valueOf(await supervisor.start(environment.spec("candidate")));
  process.kill(supervisor.pid, "SIGKILL");
  await until(() => processStart(supervisor.pid) === null);
  expect(await connectSupervisor(environment)).toBeNull();
  const next = await environment.ensure({ publicPort: supervisor.publicPort });
  expect(next.pid).not.toBe(supervisor.pid);
  expect(await (await fetch(urlOf(next))).text()).toBe("two GET /");
  const status = valueOf(await next.status());
  expect(status).toMatchObject({
    serving: { deployment: "two", condition: "live" },
    previous: { deployment: "one", condition: "live" },
  });
  const alive = await environment.workerPids();
  expect(new Set(alive)).toEqual(new Set([status.serving?.pid, status.previous?.pid]));
  valueOf(await next.switch({ deployment: "one" }));
  expect(await (await fetch(urlOf(next))).text()).toBe("one GET /");
});

test("workers that outlived their supervisor are killed where the machine has no death signal", async () => {
  // Only Node.js and mkfifo are on this PATH.
  const bin = await environment.binWithout("setpriv");
  const env = { PATH: bin, HOME: environment.root };
  const supervisor = await environment.ensure({ env });
  await environment.deploy(supervisor, "one");
  valueOf(await supervisor.start(environment.spec("candidate")));
  await until(async () => {
    const state = await environment.readJson("state.json");
    return (state as { processes: unknown[] }).processes.length === 2; // as: the file was written by the supervisor
  });
  process.kill(supervisor.pid, "SIGKILL");
  await until(() => processStart(supervisor.pid) === null);
  expect((await environment.workerPids()).length).toBe(2);
  const next = await environment.ensure({ env });
  expect(await environment.workerPids()).toEqual([valueOf(await next.status()).serving?.pid]);
});

test("a stranger that has a recorded pid is left alone", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  valueOf(await supervisor.shutdown());
  const stranger = await startIdleProcess();
  const file = join(environment.directory, "state.json");
  const recorded: unknown = JSON.parse(await readFile(file, "utf8"));
  const state = recorded as { processes: unknown[] }; // as: the supervisor wrote it
  state.processes = [
    { pid: stranger.pid, processStart: "1" },
    { pid: stranger.pid, processStart: "" },
  ];
  await writeFile(file, JSON.stringify(state));
  await environment.ensure();
  expect(processStart(stranger.pid)).not.toBeNull();
  stranger.kill("SIGKILL");
});

test("a reused supervisor pid in the record is not taken for a supervisor", async () => {
  const supervisor = await environment.ensure();
  const record = await environment.readJson("supervisor.json");
  valueOf(await supervisor.shutdown());
  const forged = { ...(record as object), pid: process.pid }; // as: the supervisor wrote an object
  await writeFile(join(environment.directory, "supervisor.json"), JSON.stringify(forged));
  expect(await connectSupervisor(environment)).toBeNull();
  expect((await environment.ensure()).pid).not.toBe(process.pid);
});

test("the supervisor ends with its owner, its workers too", async () => {
  const owner = await startIdleProcess();
  const supervisor = await environment.ensure({ ownerPid: owner.pid });
  await environment.deploy(supervisor, "one");
  const slow = fetch(urlOf(supervisor, "/slow?ms=1500"));
  await until(async () => valueOf(await supervisor.status()).requests.total === 1);
  owner.kill("SIGKILL");
  expect(await (await slow).text()).toBe("one");
  await until(() => processStart(supervisor.pid) === null);
  expect(await environment.workerPids()).toEqual([]);
  expect(await connectSupervisor(environment)).toBeNull();
});

test("SIGTERM drains: a request in flight is answered", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  const slow = fetch(urlOf(supervisor, "/slow?ms=1500"));
  await until(async () => valueOf(await supervisor.status()).requests.total === 1);
  process.kill(supervisor.pid, "SIGTERM");
  expect(await (await slow).text()).toBe("one");
  await until(() => processStart(supervisor.pid) === null);
  expect(await environment.workerPids()).toEqual([]);
});

function startIdleProcess(): Promise<ChildHandle> {
  return startProcess({
    command: process.execPath,
    args: ["-e", "setInterval(() => {}, 1000)"],
    cwd: environment.root,
    env: {},
    stdio: "ignore",
    detached: true,
  });
}

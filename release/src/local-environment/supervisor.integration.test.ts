import { createServer } from "node:net";
import { once } from "node:events";
import { mkdir, readFile, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureSupervisor } from "./ensure-supervisor.ts";
import { connectSupervisor } from "./supervisor-client.ts";
import { TestEnvironment, until, urlOf, valueOf } from "./testing/test-environment.ts";

let environment: TestEnvironment;

beforeEach(async () => {
  environment = await TestEnvironment.create();
});

afterEach(async () => {
  await environment.remove();
});

test("a build is started beside the serving one and takes over the public port", async () => {
  const supervisor = await environment.ensure();
  const first = await environment.deploy(supervisor, "one");
  expect(await text(urlOf(supervisor))).toBe("one GET /");
  const second = valueOf(await supervisor.start(environment.spec("two")));
  expect(second.port).not.toBe(first.port);
  expect(await text(urlOf(supervisor))).toBe("one GET /");
  expect(valueOf(await supervisor.switch({ deployment: "two" }))).toMatchObject({
    from: "one",
    to: "two",
  });
  expect(await text(urlOf(supervisor))).toBe("two GET /");
  const status = valueOf(await supervisor.status());
  expect(status).toMatchObject({
    phase: "running",
    serving: { deployment: "two", condition: "live", pid: second.pid },
    previous: { deployment: "one", condition: "live", pid: first.pid },
    candidates: [],
    restarts: 0,
    requests: { failed: 0 },
  });
});

test("the build before the previous one is stopped, and the warm one on request", async () => {
  const supervisor = await environment.ensure();
  const first = await environment.deploy(supervisor, "one");
  const second = await environment.deploy(supervisor, "two");
  await environment.deploy(supervisor, "three");
  await until(() => !isAlive(first.pid));
  expect(isAlive(second.pid)).toBe(true);
  valueOf(await supervisor.stop({ deployment: "two" }));
  expect(isAlive(second.pid)).toBe(false);
  expect(valueOf(await supervisor.status()).previous).toBeNull();
  expect(await supervisor.stop({ deployment: "three" })).toMatchObject({
    ok: false,
    failure: { code: "deployment-serving" },
  });
  expect(await supervisor.stop({ deployment: "two" })).toMatchObject({
    ok: false,
    failure: { code: "deployment-unknown" },
  });
});

test("orders may be repeated; a different build under the same name is refused", async () => {
  const supervisor = await environment.ensure();
  const [once1, once2] = await Promise.all([
    supervisor.start(environment.spec("one")),
    supervisor.start(environment.spec("one")),
  ]);
  expect(valueOf(once1)).toEqual(valueOf(once2));
  valueOf(await supervisor.switch({ deployment: "one" }));
  expect(valueOf(await supervisor.start(environment.spec("one")))).toEqual(valueOf(once1));
  expect(valueOf(await supervisor.switch({ deployment: "one" }))).toMatchObject({
    from: "one",
    to: "one",
  });
  expect(await supervisor.start(environment.spec("one", { OTHER: "1" }))).toMatchObject({
    ok: false,
    failure: { code: "deployment-exists" },
  });
  expect(await supervisor.switch({ deployment: "nothing" })).toMatchObject({
    ok: false,
    failure: { code: "deployment-unknown" },
  });
});

test("candidates are bounded", async () => {
  const supervisor = await environment.ensure();
  for (const name of ["a", "b", "c", "d"]) valueOf(await supervisor.start(environment.spec(name)));
  expect(await supervisor.start(environment.spec("e"))).toMatchObject({
    ok: false,
    failure: { code: "too-many-candidates" },
  });
});

test("a worker that exits at once: its code and the end of its log", async () => {
  const supervisor = await environment.ensure();
  const outcome = await supervisor.start(environment.spec("bad", { MODE: "exit" }));
  expect(outcome).toMatchObject({ ok: false, failure: { code: "worker-exited" } });
  if (outcome.ok) return;
  expect(outcome.failure.message).toContain("exit code 7");
  expect(outcome.failure.logTail).toContain("cannot find my database");
  expect(valueOf(await supervisor.status()).candidates).toEqual([]);
});

test("a worker that never listens is killed at the end of its time", async () => {
  const supervisor = await environment.ensure();
  const outcome = await supervisor.start({
    ...environment.spec("deaf", { MODE: "deaf" }),
    listenTimeoutMs: 1_500,
  });
  expect(outcome).toMatchObject({ ok: false, failure: { code: "worker-not-listening" } });
  if (!outcome.ok) expect(outcome.failure.logTail).toContain("I never listen");
  expect(await environment.workerPids()).toEqual([]);
});

test("a program or a directory that is not there", async () => {
  const supervisor = await environment.ensure();
  const noProgram = await supervisor.start({
    ...environment.spec("a"),
    command: ["no-such-program"],
  });
  expect(noProgram.ok ? "" : noProgram.failure.code).toMatch(/^worker-(?:exited|not-started)$/);
  const noDirectory = await supervisor.start({
    ...environment.spec("b"),
    directory: "/no/such/directory",
  });
  expect(noDirectory).toMatchObject({ ok: false, failure: { code: "worker-not-started" } });
});

test("a worker that prints a gigabyte fills two files of a bounded size and serves meanwhile", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "chatty", { MODE: "chatty" });
  const logs = join(environment.directory, "logs");
  await until(async () => {
    expect(await text(urlOf(supervisor))).toBe("chatty GET /");
    return (await readFile(join(logs, "chatty.log"), "utf8").catch(() => "")).includes(
      "that was all",
    );
  }, 60_000);
  expect((await readdir(logs)).sort()).toEqual(["chatty.log", "chatty.log.1"]);
  for (const name of await readdir(logs)) {
    expect((await stat(join(logs, name))).size).toBeLessThanOrEqual(8 * 1024 * 1024);
  }
});

test("the record is private and the control API wants its token", async () => {
  const supervisor = await environment.ensure();
  expect((await stat(join(environment.directory, "supervisor.json"))).mode & 0o777).toBe(0o600);
  const record = await environment.readJson("supervisor.json");
  expect(record).toMatchObject({
    schemaVersion: 1,
    pid: supervisor.pid,
    publicPort: supervisor.publicPort,
  });
  const { controlPort, token } = record as { controlPort: number; token: string }; // as: checked by the line above
  const control = `http://127.0.0.1:${String(controlPort)}`;
  for (const headers of [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Bearer ${"0".repeat(token.length)}` },
  ]) {
    const response = await fetch(`${control}/shutdown`, { method: "POST", headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ schemaVersion: 1, code: "unauthorized" });
  }
  const post = (path: string, body: string): Promise<Response> =>
    fetch(control + path, { method: "POST", headers: { authorization: `Bearer ${token}` }, body });
  expect((await post("/start", "{")).status).toBe(400);
  expect((await post("/start", JSON.stringify({ ...environment.spec("../../evil") }))).status).toBe(
    400,
  );
  expect((await post("/nothing", "{}")).status).toBe(400);
  expect((await post("/start", "x".repeat(300_000))).status).toBe(400);
  expect(valueOf(await supervisor.status()).phase).toBe("running");
});

test("an occupied public port", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const publicPort = typeof address === "object" && address !== null ? address.port : 0;
  const outcomes = await Promise.all(
    [1, 2].map(() => ensureSupervisor(environment.ensureOptions({ publicPort }))),
  );
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ ok: false, failure: { code: "port-occupied" } });
  other.close();
  await environment.ensure({ publicPort });
});

test("an address that is not this machine's", async () => {
  const outcome = await ensureSupervisor(environment.ensureOptions({ publicHost: "192.0.2.1" }));
  expect(outcome).toMatchObject({ ok: false, failure: { code: "address-unusable" } });
});

test("concurrent calls start one supervisor", async () => {
  const supervisors = await Promise.all([1, 2, 3, 4].map(() => environment.ensure()));
  expect(new Set(supervisors.map((one) => one.pid)).size).toBe(1);
  const [one] = supervisors;
  const other = await ensureSupervisor(
    environment.ensureOptions({ publicPort: (one?.publicPort ?? 0) + 1 }),
  );
  expect(other).toMatchObject({ ok: false, failure: { code: "public-address-differs" } });
});

test("a shutdown ends workers and supervisor; the next one serves the same build", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  valueOf(await supervisor.shutdown());
  expect(isAlive(supervisor.pid)).toBe(false);
  expect(await environment.workerPids()).toEqual([]);
  expect(await connectSupervisor(environment)).toBeNull();
  const next = await environment.ensure();
  expect(await text(urlOf(next))).toBe("one GET /");
});

test("a damaged state is not taken for an empty one", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  valueOf(await supervisor.shutdown());
  await writeFile(join(environment.directory, "state.json"), '{"schemaVersion":1,"serv');
  const outcome = await ensureSupervisor(environment.ensureOptions());
  expect(outcome).toMatchObject({ ok: false, failure: { code: "state-unusable" } });
});

test("a switch whose record cannot be written is not made", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  valueOf(await supervisor.start(environment.spec("two")));
  const inTheWay = join(environment.directory, "state.json");
  await until(async () => {
    await rm(inTheWay, { force: true });
    return (await mkdir(inTheWay).catch(() => "failed")) !== "failed";
  });
  expect(await supervisor.switch({ deployment: "two" })).toMatchObject({
    ok: false,
    failure: { code: "state-unusable" },
  });
  expect(await text(urlOf(supervisor))).toBe("one GET /");
  await rmdir(inTheWay);
  valueOf(await supervisor.switch({ deployment: "two" }));
  expect(await text(urlOf(supervisor))).toBe("two GET /");
});

test("a long path with spaces and unicode", async () => {
  const odd = await TestEnvironment.create(
    join("mein Projekt – ünïcödé 日本語", "x".repeat(100), "environments", "my prod"),
  );
  try {
    expect(odd.directory.length).toBeGreaterThan(150);
    const supervisor = await odd.ensure();
    await odd.deploy(supervisor, "one");
    expect(await text(urlOf(supervisor))).toBe("one GET /");
    expect(await readFile(join(odd.directory, "logs", "one.log"), "utf8")).toContain(
      "one listens on",
    );
  } finally {
    await odd.remove();
  }
});

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

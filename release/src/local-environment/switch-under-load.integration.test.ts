import { afterEach, beforeEach, expect, test } from "vitest";
import { startLoad } from "./testing/load-generator.ts";
import { TestEnvironment, until, urlOf, valueOf } from "./testing/test-environment.ts";

let environment: TestEnvironment;

beforeEach(async () => {
  environment = await TestEnvironment.create();
});

afterEach(async () => {
  await environment.remove();
});

test("20 switches back and forth at 500 requests/s: none fails, each takes less than a second", async ({
  annotate,
}) => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  await environment.deploy(supervisor, "two");
  const load = startLoad(urlOf(supervisor, "/pid"), 600);
  const durations: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const deployment = turn % 2 === 0 ? "one" : "two";
    const { durationMs } = valueOf(await supervisor.switch({ deployment }));
    durations.push(durationMs);
    // Requests that start after the answer are served by the new build, also on connections that were open.
    const before = valueOf(await supervisor.status()).requests.total;
    expect((await fetch(urlOf(supervisor))).headers.get("x-worker")).toBe(deployment);
    await until(async () => valueOf(await supervisor.status()).requests.total > before + 100);
  }
  const report = await load.stop();
  durations.sort((a, b) => a - b);
  await annotate(
    `${String(report.requests)} requests at ${report.perSecond.toFixed(0)}/s; ` +
      `switch p50 ${(durations[9] ?? 0).toFixed(1)} ms, p95 ${(durations[18] ?? 0).toFixed(1)} ms`,
  );
  expect(report.failures).toEqual([]);
  expect(report.perSecond).toBeGreaterThanOrEqual(500);
  expect([...report.byWorker.keys()].sort()).toEqual(["one", "two"]);
  expect(durations[18]).toBeLessThan(1_000);
  expect(valueOf(await supervisor.status())).toMatchObject({
    restarts: 0,
    requests: { failed: 0 },
  });
});

test("a deployment chain at load: the oldest workers are drained, not cut", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "build-0");
  const slow = fetch(urlOf(supervisor, "/slow?ms=3000"));
  await until(async () => valueOf(await supervisor.status()).requests.total === 1);
  const load = startLoad(urlOf(supervisor), 300);
  for (let build = 1; build <= 3; build += 1)
    await environment.deploy(supervisor, `build-${String(build)}`);
  expect(await (await slow).text()).toBe("build-0");
  const report = await load.stop();
  expect(report.failures).toEqual([]);
  await until(async () => (await environment.workerPids()).length === 2);
});

test("kill -9 of the serving worker under load: no GET fails", async () => {
  const supervisor = await environment.ensure();
  let { pid } = await environment.deploy(supervisor, "one");
  const load = startLoad(urlOf(supervisor), 500);
  for (let kill = 1; kill <= 3; kill += 1) {
    process.kill(pid, "SIGKILL");
    await until(async () => {
      const { serving } = valueOf(await supervisor.status());
      const restarted =
        serving?.condition === "live" && serving.restarts === kill && serving.pid !== pid;
      if (restarted) pid = serving.pid;
      return restarted;
    });
    expect((await fetch(urlOf(supervisor))).status).toBe(200);
  }
  const report = await load.stop();
  expect(report.failures).toEqual([]);
  expect(valueOf(await supervisor.status())).toMatchObject({
    restarts: 3,
    requests: { failed: 0 },
  });
});

test("a warm previous build that dies is started again", async () => {
  const supervisor = await environment.ensure();
  const { pid } = await environment.deploy(supervisor, "one");
  await environment.deploy(supervisor, "two");
  process.kill(pid, "SIGKILL");
  await until(async () => {
    const { previous } = valueOf(await supervisor.status());
    return previous?.condition === "live" && previous.pid !== pid;
  });
  valueOf(await supervisor.switch({ deployment: "one" }));
  expect(await (await fetch(urlOf(supervisor))).text()).toBe("one GET /");
});

test("a candidate that dies cannot be switched to, and is not restarted", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
  const { pid } = valueOf(await supervisor.start(environment.spec("two")));
  process.kill(pid, "SIGKILL");
  await until(async () => valueOf(await supervisor.status()).candidates[0]?.condition === "exited");
  expect(await supervisor.switch({ deployment: "two" })).toMatchObject({
    ok: false,
    failure: { code: "deployment-not-live" },
  });
  expect(await (await fetch(urlOf(supervisor))).text()).toBe("one GET /");
  valueOf(await supervisor.start(environment.spec("two")));
  valueOf(await supervisor.switch({ deployment: "two" }));
});

test("a build that dies on every request is given up, and a rollback still works", async () => {
  const supervisor = await environment.ensure();
  await environment.deploy(supervisor, "good");
  await environment.deploy(supervisor, "bad");
  await until(async () => {
    const response = await fetch(urlOf(supervisor, "/die"));
    expect([502, 503]).toContain(response.status);
    return valueOf(await supervisor.status()).serving?.condition === "given-up";
  }, 90_000);
  const response = await fetch(urlOf(supervisor));
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  valueOf(await supervisor.switch({ deployment: "good" }));
  expect(await (await fetch(urlOf(supervisor))).text()).toBe("good GET /");
});

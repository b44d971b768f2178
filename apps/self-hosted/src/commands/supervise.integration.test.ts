import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownerState } from "../lock/process-owner.ts";
import { readSupervisorStatus } from "../service/supervisor-status.ts";
import { startLoad } from "../testing/start-load.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestWorkshop } from "../testing/test-workshop.ts";
import { waitFor } from "../testing/wait-for.ts";

let workshop: TestWorkshop;
let site: TestSite;

beforeAll(async () => {
  workshop = await createTestWorkshop();
});

afterAll(() => workshop.dispose());

beforeEach(async () => {
  site = new TestSite(workshop);
  await site.install(await workshop.buildBundle({ version: "1.0.0" }));
});

afterEach(() => site.dispose());

const servingPid = () => readSupervisorStatus(site.paths)?.serving?.pid ?? 0;
const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("switching children under load fails no request", async () => {
  const supervisor = await site.supervise();
  const load = startLoad({ ...site.address(), path: "/livez" }, 200);
  for (let reload = 1; reload <= 5; reload += 1) {
    const old = servingPid();
    const servedBefore = load.count();
    supervisor.kill("SIGHUP");
    await waitFor(
      () => readSupervisorStatus(site.paths)?.reloads === reload,
      () => `reload ${reload}`,
    );
    expect(servingPid()).not.toBe(old);
    expect(isRunning(old)).toBe(false);
    await waitFor(
      () => load.count() > servedBefore + 100,
      () => "the load to go on",
    );
  }
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
});

test("a child that dies is started again, on the same port", async () => {
  await site.supervise();
  const address = site.address();
  const died = servingPid();
  process.kill(died, "SIGKILL");
  await waitFor(
    () => servingPid() !== 0 && servingPid() !== died,
    () => "another child",
  );
  expect(site.address()).toEqual(address);
  expect((await site.ask("/livez")).status).toBe(200);
});

test("a supervisor that is killed leaves nothing that blocks the next one", async () => {
  const supervisor = await site.supervise();
  const child = servingPid();
  supervisor.kill("SIGKILL");
  const next = await site.supervise();
  expect(next.pid).not.toBe(supervisor.pid);
  expect((await site.ask("/livez")).status).toBe(200);
  await waitFor(
    () => !isRunning(child),
    () => "the old child to end",
  );
});

test("a second supervisor is refused and names the first", async () => {
  const supervisor = await site.supervise();
  const second = await site.ctl("supervise");
  expect(second).toMatchObject({ exitCode: 1, json: { code: "already-supervised" } });
  expect(second.stderr).toContain(`pid ${supervisor.pid}`);
  expect((await site.ask("/livez")).status).toBe(200);
});

test("SIGTERM ends the supervisor and its child, and takes the pid file away", async () => {
  const supervisor = await site.supervise();
  const child = servingPid();
  const owner = readSupervisorStatus(site.paths)?.owner;
  supervisor.kill("SIGTERM");
  await waitFor(
    () => supervisor.exitCode !== null,
    () => "the supervisor to end",
  );
  expect(supervisor.exitCode).toBe(0);
  expect(isRunning(child)).toBe(false);
  expect(readSupervisorStatus(site.paths)).toBe(null);
  expect(owner === undefined ? "unknown" : ownerState(owner)).toBe("gone");
});

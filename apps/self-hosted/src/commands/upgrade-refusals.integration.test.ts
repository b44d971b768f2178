import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SiteFailureCode } from "../failure/site-failure.ts";
import type { CommandRun } from "../testing/test-site.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";

let workshop: TestWorkshop;
let second: TestBundle;
let site: TestSite;
let before: ReadonlyMap<string, string>;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  second = await workshop.buildBundle({ version: "1.0.1" });
  site = new TestSite(workshop);
  await site.install(await workshop.buildBundle({ version: "1.0.0" }));
});

afterAll(async () => {
  await site.dispose();
  workshop.dispose();
});

beforeEach(() => {
  before = site.snapshot();
});

/** Refused means: this exit code, this code, a next step, printed once, and nothing changed. */
function expectRefused(run: CommandRun, exitCode: number, code: SiteFailureCode): void {
  expect(run.json).toMatchObject({
    schemaVersion: 1,
    ok: false,
    code,
  });
  expect(run.json["next"]).toMatch(/^[A-Z].{10}/);
  expect(run.stderr).toContain(`[${code}]`);
  expect(run.exitCode).toBe(exitCode);
  expect(site.snapshot()).toEqual(before);
}

function copyOf(bundle: TestBundle, name: string): TestBundle {
  const file = join(workshop.directory, name);
  copyFileSync(bundle.file, file);
  copyFileSync(bundle.signatureFile, `${file}.sig`);
  return { file, signatureFile: `${file}.sig` };
}

describe("a bundle that is not as published", () => {
  test("one changed byte", async () => {
    const bundle = copyOf(second, "changed.tar.gz");
    const bytes = readFileSync(bundle.file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(bundle.file, bytes);
    expectRefused(await site.upgrade(bundle), 3, "signature-refused");
  });

  test("cut short", async () => {
    const bundle = copyOf(second, "cut.tar.gz");
    truncateSync(bundle.file, Math.floor(readFileSync(bundle.file).length / 2));
    expectRefused(await site.upgrade(bundle), 3, "signature-refused");
  });

  test("damaged, and signed by the trusted key all the same", async () => {
    const bundle = copyOf(second, "damaged.tar.gz");
    truncateSync(bundle.file, Math.floor(readFileSync(bundle.file).length / 2));
    await workshop.sign(bundle.file);
    expectRefused(await site.upgrade(bundle), 1, "bundle-damaged");
  });

  test("signed by a stranger", async () => {
    const bundle = copyOf(second, "stranger.tar.gz");
    await workshop.sign(bundle.file, "stranger");
    expectRefused(await site.upgrade(bundle), 3, "signature-refused");
  });

  test("without a signature, or without the bundle", async () => {
    const bundle = copyOf(second, "unsigned.tar.gz");
    expectRefused(
      await site.upgrade(bundle, "--signature", "/nowhere.sig"),
      1,
      "signature-missing",
    );
    const missing = { ...bundle, file: join(workshop.directory, "missing.tar.gz") };
    expectRefused(
      await site.upgrade(missing, "--signature", bundle.signatureFile),
      1,
      "bundle-unreadable",
    );
  });

  test("with nobody to trust", async () => {
    expectRefused(
      await site.upgrade(second, "--allowed-signers", "/nowhere"),
      1,
      "signers-missing",
    );
  });
});

describe("a release that does not belong here", () => {
  test("for another kind of machine", async () => {
    const bundle = await workshop.buildBundle({ version: "1.0.1", arch: "linux-arm64" });
    expectRefused(await site.upgrade(bundle), 1, "wrong-architecture");
  });

  test("older than the installed one", async () => {
    const bundle = await workshop.buildBundle({ version: "0.9.9" });
    expectRefused(await site.upgrade(bundle), 3, "downgrade-refused");
  });

  test("the installed version with other content", async () => {
    const bundle = await workshop.buildBundle({
      version: "1.0.0",
      replace: { "docs/index.html": "other" },
    });
    expectRefused(await site.upgrade(bundle), 3, "digest-differs");
  });

  test("one that does not start on this machine", async () => {
    const bundle = await workshop.buildBundle({ version: "1.0.1", launcherPrelude: "exit 127" });
    expectRefused(await site.upgrade(bundle), 1, "release-does-not-start");
  });

  test("one that refuses the configuration", async () => {
    const launcherPrelude = `[ "$1" = config ] && { echo '{"message":"api_keys is gone."}'; exit 1; }`;
    const bundle = await workshop.buildBundle({ version: "1.0.1", launcherPrelude });
    const run = await site.upgrade(bundle);
    expectRefused(run, 1, "config-refused");
    expect(run.stderr).toContain("api_keys is gone.");
  });
});

describe("a site that is not ready for it", () => {
  test("a configuration with problems: all are listed", async () => {
    const original = readFileSync(site.paths.configFile);
    appendFileSync(site.paths.configFile, 'max_flies = 3\nlevel = "loud"\n');
    writeFileSync(
      site.paths.configFile,
      readFileSync(site.paths.configFile, "utf8").replace('level = "info"\n', ""),
    );
    before = site.snapshot();
    const run = await site.upgrade(second);
    expectRefused(run, 1, "config-invalid");
    expect(run.stderr).toContain("did you mean log.max_files?");
    expect(run.stderr).toContain("log.level is one of");
    writeFileSync(site.paths.configFile, original);
  });

  test("another program on the port", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const original = readFileSync(site.paths.configFile, "utf8");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    writeFileSync(site.paths.configFile, original.replace("127.0.0.1:0", `127.0.0.1:${port}`));
    before = site.snapshot();
    expectRefused(await site.upgrade(second), 1, "port-in-use");
    other.close();
    writeFileSync(site.paths.configFile, original);
  });

  test("a PostgreSQL database nobody says was backed up", async () => {
    const original = readFileSync(site.paths.configFile, "utf8");
    const url = "postgres://user:secret@127.0.0.1:1/shortline";
    writeFileSync(
      site.paths.configFile,
      original.replace(/^database = .*$/m, `database = "${url}"`),
    );
    before = site.snapshot();
    expectRefused(await site.upgrade(second), 5, "backup-needed");
    const unreachable = await site.upgrade(second, "--backup-done");
    expectRefused(unreachable, 1, "database-unavailable");
    expect(unreachable.stderr + unreachable.stdout).not.toContain("secret");
    writeFileSync(site.paths.configFile, original);
  });
});

describe("nothing to do", () => {
  test("the release that is current already", async () => {
    const same = await workshop.buildBundle({ version: "1.0.0" });
    expect(await site.upgrade(same)).toMatchObject({
      exitCode: 0,
      json: { changed: false, version: "1.0.0" },
    });
    expect(site.snapshot()).toEqual(before);
  });

  test("no unfinished operation, and no upgrade to roll back", async () => {
    expect(await site.ctl("upgrade", "--resume")).toMatchObject({
      exitCode: 0,
      json: { changed: false },
    });
    expect(await site.ctl("upgrade", "--rollback")).toMatchObject({
      exitCode: 0,
      json: { changed: false },
    });
    expectRefused(await site.ctl("rollback"), 1, "nothing-to-roll-back");
  });

  test("--plan verifies, checks, and changes nothing", async () => {
    const run = await site.upgrade(second, "--plan");
    expect(run).toMatchObject({
      exitCode: 0,
      json: { planned: true, from: "1.0.0", to: "1.0.1", signer: "releases@example.com" },
    });
    expect(site.snapshot()).toEqual(before);
  });
});

describe("a release that starts, and then does not serve", () => {
  test("is taken back by itself; the old release never stopped", async () => {
    await site.supervise();
    const launcherPrelude = `[ "$1" = serve ] && { echo "no luck" >&2; exit 1; }`;
    const bundle = await workshop.buildBundle({ version: "1.0.1", launcherPrelude });
    const run = await site.upgrade(bundle);
    expect(run).toMatchObject({ exitCode: 1, json: { code: "upgrade-rolled-back" } });
    expect(run.stderr).toContain("no luck");
    expect(await site.versions()).toEqual({ current: "releases/1.0.0", serving: "1.0.0" });
    expect(existsSync(join(site.paths.releasesDirectory, "1.0.1"))).toBe(false);
    expect(await site.ctl("status")).toMatchObject({
      json: { unfinished: null, lastOperation: { outcome: "old" } },
    });
    expect(await site.upgrade(second)).toMatchObject({ exitCode: 0 });
  });
});

import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { runCommand } from "../files/run-command.ts";
import { LOG_FILE_NAME } from "../logs/rotating-log-file.ts";
import { sitePaths } from "../site/site-paths.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";

let workshop: TestWorkshop;
let bundle: TestBundle;
let site: TestSite;
let unpacked: string;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  bundle = await workshop.buildBundle({ version: "1.0.0" });
});

afterAll(() => workshop.dispose());

beforeEach(() => {
  site = new TestSite(workshop);
  unpacked = site.unpack(bundle);
});

afterEach(() => site.dispose());

test("a new site has its layout, a key shown once, and is not started; it then serves and logs to files", async () => {
  const installed = await site.installFrom(unpacked);
  expect(installed).toMatchObject({
    exitCode: 0,
    json: { changed: true, version: "1.0.0", prefix: site.prefix },
  });
  expect(readlinkSync(site.paths.currentLink)).toBe("releases/1.0.0");
  expect(lstatSync(site.paths.commandLink).isSymbolicLink()).toBe(true);
  expect(statSync(site.paths.configFile).mode & 0o777).toBe(0o640);
  expect(readFileSync(site.paths.configFile, "utf8")).not.toContain(site.apiKey);
  expect(readFileSync(site.paths.allowedSignersFile, "utf8")).toBe(
    readFileSync(workshop.allowedSignersFile, "utf8"),
  );
  expect(await site.ctl("status")).toMatchObject({
    json: { releases: ["1.0.0"], service: { runsUnder: null, version: null } },
  });
  expect(await site.ctl("verify")).toMatchObject({ exitCode: 0 });

  await site.supervise();
  const created = await site.ask("/api/v1/links", {
    method: "POST",
    body: { destination: "https://example.com/", slug: "first" },
  });
  expect(created.status).toBe(201);
  expect(await site.ask("/first")).toMatchObject({ status: 302, location: "https://example.com/" });
  expect(await site.ctl("status")).toMatchObject({
    json: { service: { runsUnder: "supervisor", version: "1.0.0", isReady: true } },
  });
  const readLog = () => readFileSync(join(site.paths.logDirectory, LOG_FILE_NAME), "utf8");
  await expect.poll(readLog).toContain('"message":"serving"');
  expect(readLog()).not.toContain(site.apiKey);
  for (const line of readLog().trim().split("\n"))
    expect(JSON.parse(line)).toHaveProperty("timestamp");
});

test("running it again changes nothing; what is missing is put back, the configuration is kept", async () => {
  await site.installFrom(unpacked);
  appendFileSync(site.paths.configFile, "# mine\n");
  const before = site.snapshot();
  expect(await site.installFrom(unpacked)).toMatchObject({ exitCode: 0, json: { changed: false } });
  expect(site.snapshot()).toEqual(before);
  rmSync(site.paths.commandLink);
  rmSync(site.paths.currentLink);
  expect(await site.installFrom(unpacked)).toMatchObject({
    exitCode: 0,
    json: { changed: true, apiKey: null },
  });
  expect(site.snapshot()).toEqual(before);
});

test("a prefix with spaces and other letters works, and can be moved", async () => {
  const directory = mkdtempSync(join(tmpdir(), "shortline-spaces-"));
  const prefix = join(directory, "mein Ordner 'é' $HOME");
  const installed = await site.installFrom(unpacked, "--prefix", prefix);
  expect(installed).toMatchObject({ exitCode: 0, json: { prefix } });
  const moved = join(directory, "moved");
  renameSync(prefix, moved);
  const file = sitePaths(moved).commandLink;
  const verified = await runCommand({ file, args: ["verify", "--json"], timeoutMs: 60_000 });
  expect(JSON.parse(verified.stdout)).toMatchObject({
    ok: true,
    directory: `${moved}/opt/shortline/releases/1.0.0`,
  });
  rmSync(directory, { recursive: true });
});

test("--plan says what would be written and writes nothing", async () => {
  const planned = await site.installFrom(unpacked, "--plan");
  expect(planned).toMatchObject({ exitCode: 0, json: { planned: true, version: "1.0.0" } });
  expect(site.snapshot()).toEqual(new Map());
});

test("one changed byte: nothing of the bundle runs, and the file is named", async () => {
  appendFileSync(join(unpacked, "app", "shortlinectl.js"), " ");
  writeFileSync(
    join(unpacked, "runtime", "bin", "node"),
    `#!/bin/sh\ntouch "${unpacked}/it-ran"\n`,
  );
  const refused = await site.installFrom(unpacked);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain("app/shortlinectl.js: FAILED");
  expect(refused.stderr).toContain("Next:");
  expect(existsSync(join(unpacked, "it-ran"))).toBe(false);
  expect(site.snapshot()).toEqual(new Map());
});

test("a missing file, or a missing list of files, is refused", async () => {
  rmSync(join(unpacked, "etc", "shortline.toml"));
  expect((await site.installFrom(unpacked)).stderr).toContain("etc/shortline.toml");
  rmSync(join(unpacked, "files.sha256"));
  expect((await site.installFrom(unpacked)).stderr).toContain("files.sha256 is missing");
  expect(site.snapshot()).toEqual(new Map());
});

test("without install.sh before it, a missing file is an incomplete release, not a bug", async () => {
  rmSync(join(unpacked, "etc", "shortline.toml"));
  const file = join(unpacked, "app", "shortlinectl");
  const args = ["install", "--from", unpacked, "--prefix", site.prefix, "--json"];
  const run = await runCommand({ file, args, timeoutMs: 60_000 });
  expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, code: "release-incomplete" });
  expect(run.exitCode).toBe(1);
  expect(site.snapshot()).toEqual(new Map());
});

test("another machine's bundle, a taken port, a bad address, no signer: refused, nothing written", async () => {
  const arm = site.unpack(await workshop.buildBundle({ version: "1.0.0", arch: "linux-arm64" }));
  expect(await site.installFrom(arm)).toMatchObject({
    exitCode: 1,
    json: { code: "wrong-architecture" },
  });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const taken = await site.installFrom(unpacked, "--listen", `127.0.0.1:${port}`);
  other.close();
  expect(taken).toMatchObject({ exitCode: 1, json: { code: "port-in-use" } });
  expect(await site.installFrom(unpacked, "--listen", "nowhere")).toMatchObject({
    exitCode: 2,
    json: { code: "usage" },
  });
  const empty = join(workshop.directory, "empty_signers");
  writeFileSync(empty, "");
  const noSigner = await site.installFrom(unpacked, "--allowed-signers", empty);
  expect(noSigner).toMatchObject({ exitCode: 1, json: { code: "signers-missing" } });
  expect(site.snapshot()).toEqual(new Map());
});

test("over another release it points to upgrade", async () => {
  await site.installFrom(unpacked);
  const newer = site.unpack(await workshop.buildBundle({ version: "1.0.1" }));
  const before = site.snapshot();
  expect(await site.installFrom(newer)).toMatchObject({
    exitCode: 3,
    json: { code: "already-installed" },
  });
  expect(site.snapshot()).toEqual(before);
});

test("verify finds a changed, a missing and an added file, with exit code 4", async () => {
  await site.installFrom(unpacked);
  const release = join(site.paths.releasesDirectory, "1.0.0");
  appendFileSync(join(release, "etc", "shortline.toml"), "#");
  rmSync(join(release, "install.sh"));
  writeFileSync(join(release, "app", "extra.js"), "");
  const found = await site.ctl("verify");
  expect(found).toMatchObject({ exitCode: 4, json: { code: "files-changed" } });
  for (const part of [
    "etc/shortline.toml: size",
    "install.sh: missing",
    "app/extra.js: unexpected",
  ]) {
    expect(found.stderr).toContain(part);
  }
});

test("verify --bundle names the signer", async () => {
  await site.installFrom(unpacked);
  expect(await site.ctl("verify", "--bundle", bundle.file)).toMatchObject({
    exitCode: 0,
    json: { version: "1.0.0", signer: "releases@example.com" },
  });
});

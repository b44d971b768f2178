import { createHash } from "node:crypto";
import {
  chownSync,
  copyFileSync,
  cpSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ambient } from "../cli/ambient.ts";
import type { OperationBegun } from "../journal/operation.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";
import { beginOperation } from "../upgrade/begin-operation.ts";

const STRANGERS_ID = 12_345;

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

const REFUSED_OWNER = { exitCode: 3, json: { code: "wrong-owner" } };

test("--resume trusts the signature, not the journal", async () => {
  await site.upgrade(second, "--kill-after", "begun:finished");
  const [name = ""] = readdirSync(site.paths.journalDirectory);
  const journal = join(site.paths.journalDirectory, name);
  const original = readFileSync(journal, "utf8");
  const file = join(workshop.directory, "stranger.tar.gz");
  copyFileSync(second.file, file);
  const signatureFile = await workshop.sign(file, "stranger");
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  // What beginJournal has just written.
  const begun = JSON.parse(original) as OperationBegun;
  const forged = { ...begun, bundle: { file, sha256, signatureFile } };
  writeFileSync(journal, `${JSON.stringify(forged)}\n`);
  expect(await site.ctl("upgrade", "--resume")).toMatchObject({
    exitCode: 3,
    json: { code: "signature-refused" },
  });
  const swapped = { ...begun, bundle: { ...second, sha256: "0".repeat(64) } };
  writeFileSync(journal, `${JSON.stringify(swapped)}\n`);
  expect(await site.ctl("upgrade", "--resume")).toMatchObject({ json: { code: "digest-differs" } });
  writeFileSync(journal, original);
  expect(await site.ctl("upgrade", "--rollback")).toMatchObject({ exitCode: 0 });
  expect(site.snapshot()).toEqual(before);
});

test("journals and backups behind a link are refused", async () => {
  for (const directory of [site.paths.journalDirectory, site.paths.backupsDirectory]) {
    const elsewhere = `${directory}-elsewhere`;
    cpSync(directory, elsewhere, { recursive: true });
    renameSync(directory, `${directory}-kept`);
    symlinkSync(elsewhere, directory);
    expect(await site.upgrade(second)).toMatchObject(REFUSED_OWNER);
    expect(await site.ctl("upgrade", "--resume")).toMatchObject(REFUSED_OWNER);
    rmSync(directory);
    rmSync(elsewhere, { recursive: true });
    renameSync(`${directory}-kept`, directory);
  }
  expect(site.snapshot()).toEqual(before);
});

test.runIf(process.geteuid?.() === 0)("and so are those of another user", async () => {
  chownSync(site.paths.journalDirectory, STRANGERS_ID, STRANGERS_ID);
  expect(await site.upgrade(second)).toMatchObject(REFUSED_OWNER);
  chownSync(site.paths.journalDirectory, 0, 0);
  expect(site.snapshot()).toEqual(before);
});

test("a plan made for another release is not carried out", async () => {
  const ambient: Ambient = {
    args: [],
    env: {},
    releaseDirectory: site.prefix,
    isRoot: false,
    now: () => new Date(),
    writeOut: () => undefined,
    writeErr: () => undefined,
    onSignal: () => undefined,
    killSelf: () => undefined,
  };
  const context = { ambient, paths: site.paths, json: true, say: () => undefined };
  const begun = await beginOperation(
    context,
    {},
    { kind: "rollback", fromVersion: "1.0.2", toVersion: "1.0.0", bundle: null },
  );
  expect(begun).toMatchObject({ ok: false, failure: { code: "site-changed" } });
  expect(site.snapshot()).toEqual(before);
});

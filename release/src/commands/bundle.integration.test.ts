import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey, unpackBundle } from "@trunkline/bundle";
import { expect, test } from "vitest";
import { createTestRepository, testConfig } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { runCommand } from "../tools/run-command.ts";

const name = "sample-1.0.0-linux-x64.tar.gz";

/** Writes an output, an esbuild-like metafile, and installs one dependency. */
const buildScript = `import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
const store = "node_modules/.store/left@2.0.0";
mkdirSync(store + "/lib", { recursive: true });
writeFileSync(store + "/package.json", '{"name":"@scope/left","version":"2.0.0","license":"MIT"}');
writeFileSync(store + "/LICENSE.md", "Permission is granted");
writeFileSync(store + "/lib/index.js", "export {}");
writeFileSync(store + "/lib/package.json", '{"type":"module"}');
symlinkSync(".store/left@2.0.0", "node_modules/left");
mkdirSync("app/dist", { recursive: true });
writeFileSync("app/dist/main.js", "console.log(1) // " + process.env.SOURCE_DATE_EPOCH);
writeFileSync("app/main.js", "");
writeFileSync("app/dist/metafile.json", JSON.stringify({ outputs: { "dist/main.js": { inputs: {
  "main.js": { bytesInOutput: 10 },
  "../node_modules/.store/left@2.0.0/lib/index.js": { bytesInOutput: 5 },
  "../node_modules/unused/index.js": { bytesInOutput: 0 },
  "<define:x>": { bytesInOutput: 1 },
} } } }));
`;

const bundlePolicy = {
  product: "sample",
  commands: [["node", "build.js"]],
  files: [
    { from: "app/dist", to: "app", except: ["metafile*.json"] },
    { from: "node_modules/left/lib/index.js", to: "runtime/left.js", mode: "0755" },
    { from: "install.sh", to: "install.sh", mode: "0755" },
  ],
  metafiles: ["app/dist/metafile.json"],
  packages: [{ directory: "node_modules/left", name: "runtime" }],
};

async function createReleased(): Promise<TestRepository> {
  const repository = await createTestRepository({
    config: testConfig({ bundle: bundlePolicy }),
    files: {
      "build.js": buildScript,
      "install.sh": "exit 0\n",
      LICENSE: "Apache\n",
      "pnpm-lock.yaml": "v: 9\n",
    },
  });
  await repository.git.text(["tag", "v1.0.0"]);
  await repository.git.text(["push", "--quiet", "origin", "v1.0.0"]);
  return repository;
}

async function bundle(
  repository: TestRepository,
  output: string,
  ...more: readonly string[]
): Promise<string> {
  const args = [
    "bundle",
    "--tag",
    "v1.0.0",
    "--arch",
    "x64",
    "--output",
    output,
    ...more,
    "--apply",
  ];
  const { code, stderr } = await repository.trunkline(args);
  expect(stderr).not.toContain("a bug");
  expect(code, stderr).toBe(0);
  return join(output, name);
}

test("the same tag gives the same bytes in another clone, and later", async () => {
  await using repository = await createReleased();
  const one = await bundle(repository, join(repository.root, "one"));
  await repository.commit("feat: go on", { "install.sh": "exit 1\n" });
  const other = await repository.clone("a deeper place with spaces");
  const two = await bundle(other, join(repository.root, "two"));
  expect((await readFile(one)).equals(await readFile(two))).toBe(true);
  expect(await readdir(join(repository.root, "one"))).toEqual(["SHA256SUMS", name]);
  const { stdout } = await repository.trunkline(["ledger", "--kind", "bundle", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    entries: [{ kind: "bundle", version: "1.0.0", line: "1.0", file: name }],
  });
});

test("it holds what the policy lays out, an SBOM, licences and provenance", async () => {
  await using repository = await createReleased();
  const file = await bundle(repository, join(repository.root, "out"));
  const directory = join(repository.root, "unpacked");
  const unpacked = await unpackBundle({ file, directory });
  if (!unpacked.ok) throw new Error(unpacked.failure.message);
  const files = unpacked.value.manifest.files.map(({ path, mode }) => `${mode} ${path}`);
  expect(files).toEqual([
    "0644 app/main.js",
    "0755 install.sh",
    "0644 licenses/@scope/left@2.0.0/LICENSE.md",
    "0644 licenses/runtime@2.0.0/LICENSE.md",
    "0644 licenses/sample@1.0.0/LICENSE",
    "0644 provenance.json",
    "0755 runtime/left.js",
    "0644 sbom.cdx.json",
  ]);
  const sbom: unknown = JSON.parse(await readFile(join(directory, "sbom.cdx.json"), "utf8"));
  expect(sbom).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    components: [
      {
        type: "library",
        group: "@scope",
        name: "left",
        version: "2.0.0",
        purl: "pkg:npm/%40scope/left@2.0.0",
      },
      { type: "platform", name: "runtime", version: "2.0.0", licenses: [{ expression: "MIT" }] },
    ],
  });
  const commit = await repository.git.text(["rev-parse", "v1.0.0^{commit}"]);
  const provenance: unknown = JSON.parse(
    await readFile(join(directory, "provenance.json"), "utf8"),
  );
  expect(provenance).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        externalParameters: { tag: "v1.0.0" },
        resolvedDependencies: [{ digest: { gitCommit: commit } }, { name: "pnpm-lock.yaml" }],
      },
    },
  });
});

test("signed, it verifies here and with ssh-keygen and sha256sum; one changed byte is named", async () => {
  await using repository = await createReleased();
  const key = generateSigningKey({ comment: "release@example.com" });
  const keyFile = join(repository.root, "key");
  const signers = join(repository.root, "allowed_signers");
  await writeFile(keyFile, key.privateKey, { mode: 0o600 });
  await writeFile(signers, `release@example.com namespaces="bundle@sample" ${key.publicKey}`);
  const output = join(repository.root, "out");
  const file = await bundle(repository, output, "--sign-key", keyFile);
  const verify = (...args: readonly string[]) => repository.trunkline(["verify", file, ...args]);

  const good = await verify("--allowed-signers", signers, "--json");
  expect(good.code, good.stdout).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({
    schemaVersion: 1,
    verified: true,
    version: "1.0.0",
  });
  const unsigned = await verify();
  expect(unsigned.code).toBe(5);
  expect(unsigned.stdout).toContain("NOT checked");
  const script = `sha256sum --check --strict SHA256SUMS && ssh-keygen -Y verify -f "$1" -I release@example.com -n bundle@sample -s ${name}.sig < ${name}`;
  const standard = await runCommand({
    command: "sh",
    args: ["-c", script, "sh", signers],
    cwd: output,
    env: repository.env,
  });
  expect(standard.code, standard.stderr).toBe(0);

  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const bad = await verify("--allowed-signers", signers, "--json");
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    verified: false,
    error: { code: "bundle-invalid" },
  });
  expect((await verify()).code).toBe(1);
});

test("another release's bundle in the folder stays, and so does its line in SHA256SUMS", async () => {
  await using repository = await createReleased();
  const output = join(repository.root, "out");
  await mkdir(output);
  await writeFile(join(output, "SHA256SUMS"), `${"0".repeat(64)}  sample-0.9.0-linux-x64.tar.gz\n`);
  await writeFile(join(output, `${name}.sig`), "of other bytes");
  await copyFile(join(repository.directory, "LICENSE"), join(output, name));
  await bundle(repository, output);
  const sums = await readFile(join(output, "SHA256SUMS"), "utf8");
  expect(
    sums
      .trim()
      .split("\n")
      .map((line) => line.slice(66)),
  ).toEqual(["sample-0.9.0-linux-x64.tar.gz", name]);
  await expect(stat(join(output, `${name}.sig`))).rejects.toThrow("ENOENT");
});

test("what cannot be made is refused before anything is written", async () => {
  await using repository = await createReleased();
  const output = join(repository.root, "out");
  const run = (...args: readonly string[]) => repository.trunkline(["bundle", ...args, "--apply"]);
  const noTag = await run("--output", output);
  expect([noTag.code, noTag.stderr]).toEqual([2, expect.stringContaining("--tag")]);
  const unknown = await run("--tag", "v9.9.9", "--output", output);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("v1.0.0")]);
  const key = await run(
    "--tag",
    "v1.0.0",
    "--output",
    output,
    "--sign-key",
    join(repository.directory, "LICENSE"),
  );
  expect(key.code).toBe(1);
  await expect(stat(output)).rejects.toThrow("ENOENT");
});

test("verify needs no repository, and says what it cannot do", async () => {
  await using repository = await createReleased();
  const elsewhere = await mkdtemp(join(tmpdir(), "elsewhere-"));
  try {
    const file = await bundle(repository, elsewhere);
    const renamed = join(elsewhere, "download.tar.gz");
    await copyFile(file, renamed);
    const unnamed = await repository.trunkline(["verify", renamed]);
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining("--product")]);
    const missing = await repository.trunkline(["verify", join(elsewhere, "none.tar.gz")]);
    expect(missing.code).toBe(2);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatAllowedSigner, generateSigningKey, signFile, writeBundle } from "@trunkline/bundle";
import type { BundleFile, Manifest } from "@trunkline/bundle";
import { build } from "tsup";

const appDirectory = join(import.meta.dirname, "..", "..");
const migrationsDirectory = join(appDirectory, "..", "..", "packages", "core", "migrations");

export type TestBundleOptions = {
  readonly version: string;
  readonly arch?: Manifest["arch"];
  /** Replaces or adds files, by their path in the bundle. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Shell lines put before the launcher's own, to break a release in one way. */
  readonly launcherPrelude?: string;
};

export type TestBundle = { readonly file: string; readonly signatureFile: string };

export type TestWorkshop = {
  readonly directory: string;
  readonly allowedSignersFile: string;
  buildBundle(options: TestBundleOptions): Promise<TestBundle>;
  /** Writes a signature over a file, by the trusted key or by a stranger's. */
  sign(file: string, by?: "trusted" | "stranger"): Promise<string>;
  dispose(): void;
};

/**
 * Builds real bundles from this package's own sources, for tests. The runtime in them
 * is a shell script that runs the Node.js that runs the test, to save 150 MB each.
 */
export async function createTestWorkshop(): Promise<TestWorkshop> {
  const directory = mkdtempSync(join(tmpdir(), "shortline-workshop-"));
  await buildProgram(join(directory, "dist"));
  const keys = {
    trusted: generateSigningKey({ comment: "trusted" }),
    stranger: generateSigningKey({ comment: "stranger" }),
  };
  const allowedSignersFile = join(directory, "allowed_signers");
  const line = formatAllowedSigner({
    principal: "releases@example.com",
    namespace: "bundle@shortline",
    publicKey: keys.trusted.publicKey,
  });
  writeFileSync(allowedSignersFile, valueOf(line));
  const sign = async (file: string, by: "trusted" | "stranger" = "trusted") => {
    const signatureFile = `${file}.sig`;
    const privateKey = keys[by].privateKey;
    writeFileSync(
      signatureFile,
      valueOf(await signFile({ file, privateKey, namespace: "bundle@shortline" })),
    );
    return signatureFile;
  };
  return {
    directory,
    allowedSignersFile,
    sign,
    buildBundle: async (options) => {
      const file = await buildBundle(directory, options);
      return { file, signatureFile: await sign(file) };
    },
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Where a release puts the SQLite migration that follows those there are. */
export function nextMigrationPath(): string {
  const count = readdirSync(join(migrationsDirectory, "sqlite")).length;
  return `migrations/sqlite/${String(count + 1).padStart(4, "0")}-added.sql`;
}

async function buildProgram(outDir: string): Promise<void> {
  const config = join(appDirectory, "tsup.config.ts");
  await build({
    config,
    outDir,
    silent: true,
    entry: { shortlinectl: join(appDirectory, "src", "main.ts") },
  });
}

async function buildBundle(directory: string, options: TestBundleOptions): Promise<string> {
  const { version, arch = "linux-x64", replace = {}, launcherPrelude = "" } = options;
  const outputDirectory = mkdtempSync(join(directory, "bundle-"));
  mkdirSync(outputDirectory, { recursive: true });
  const outputFile = join(outputDirectory, `shortline-${version}-${arch}.tar.gz`);
  const app = (path: string) => join(appDirectory, path);
  const launcher = `#!/bin/sh\n${launcherPrelude}\nhere=$(dirname "$(readlink -f "$0")")\nexec "$here/../runtime/bin/node" "$here/shortlinectl.js" "$@"\n`;
  const files: BundleFile[] = [
    { path: "app/shortlinectl.js", sourceFile: join(directory, "dist", "shortlinectl.js") },
    { path: "app/shortlinectl", content: launcher, executable: true },
    {
      path: "runtime/bin/node",
      content: `#!/bin/sh\nexec "${process.execPath}" "$@"\n`,
      executable: true,
    },
    { path: "install.sh", sourceFile: app("install.sh"), executable: true },
    { path: "etc/shortline.toml", sourceFile: app("etc/shortline.toml") },
    { path: "systemd/shortline.service", sourceFile: app("systemd/shortline.service") },
    { path: "systemd/shortline.socket", sourceFile: app("systemd/shortline.socket") },
    ...migrationFiles(),
  ];
  const entries = [
    ...files.filter((file) => !(file.path in replace)),
    ...Object.entries(replace).map(([path, content]) => ({ path, content })),
  ];
  const written = await writeBundle({
    product: "shortline",
    version,
    commit: "0123456789012345678901234567890123456789",
    arch,
    createdAt: new Date("2026-01-02T03:04:05Z"),
    entries,
    outputFile,
  });
  valueOf(written);
  return outputFile;
}

function migrationFiles(): readonly BundleFile[] {
  return readdirSync(migrationsDirectory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sql"))
    .map((name) => ({ path: `migrations/${name}`, sourceFile: join(migrationsDirectory, name) }));
}

function valueOf<Value>(
  result:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly failure: { readonly message: string } },
): Value {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

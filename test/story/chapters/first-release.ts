import { copyFile, mkdir, open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSigningKey } from "../../../packages/bundle/src/index.ts";
import type { Chapter } from "../chapter.ts";
import { prove } from "../story-error.ts";
import { apply, isInstalled, runChecked, trunkline } from "../world.ts";
import type { World } from "../world.ts";
import { seconds } from "./first-deployment.ts";

const maxBundleBytes = 60 * 1024 * 1024;

export const firstRelease: Chapter = {
  letter: "f",
  title: "Sign off, release v1.0.0 and make its bundle, twice",
  proves: "no release without QA; the same commit gives the same bytes; a changed byte is refused",
  run: async (world) => {
    const early = await trunkline(world, "release", "--line", "1.0", "--apply");
    prove(
      early.exitCode === 3,
      `a release without sign-offs exited ${String(early.exitCode)}, not 3`,
    );
    for (const role of ["engineering", "operations"])
      await apply(
        world,
        "qa",
        "sign",
        "--line",
        "1.0",
        "--role",
        role,
        "--evidence",
        "this rehearsal's steps a to e",
      );
    await apply(world, "release", "--line", "1.0");
    const keys = await makeSigningKey(world);
    const first = join(world.options.workDirectory, "bundles", "1.0.0");
    const second = join(world.options.workDirectory, "elsewhere", "a second build");
    const startedMs = performance.now();
    await Promise.all([
      makeBundle(world, { tag: "v1.0.0", directory: first, key: keys.privateKeyFile }),
      makeBundle(world, { tag: "v1.0.0", directory: second, key: keys.privateKeyFile }),
    ]);
    const bundledMs = performance.now() - startedMs;
    const name = bundleName("1.0.0");
    const [one, two] = [await readFile(join(first, name)), await readFile(join(second, name))];
    prove(one.equals(two), "two builds of v1.0.0 differ");
    const sizeBytes = (await stat(join(first, name))).size;
    prove(sizeBytes < maxBundleBytes, `the bundle has ${String(sizeBytes)} bytes`);
    if (world.options.fault === "bundle-byte") await flipByte(join(first, name));
    const verified = await verifyWithStandardTools(world, first, name);
    await refuseFlippedByte(world, first, name);
    return [
      `release without sign-offs refused with exit 3`,
      `two bundles in ${seconds(bundledMs)}, identical, ${(sizeBytes / 1_000_000).toFixed(1)} MB each`,
      ...verified,
      "one byte flipped: refused by trunkline verify",
    ];
  },
};

export function bundleName(version: string): string {
  return `shortline-${version}-linux-${process.arch}.tar.gz`;
}

/** Makes and signs a release's bundle. */
export async function makeBundle(
  world: World,
  bundle: { readonly tag: string; readonly directory: string; readonly key: string },
): Promise<void> {
  await apply(
    world,
    "bundle",
    "--tag",
    bundle.tag,
    "--output",
    bundle.directory,
    "--sign-key",
    bundle.key,
    "--arch",
    process.arch,
  );
}

export function signingKeyFile(world: World): string {
  return join(world.options.workDirectory, "keys", "release");
}

export function allowedSignersFile(world: World): string {
  return join(world.options.workDirectory, "keys", "allowed_signers");
}

async function makeSigningKey(world: World): Promise<{ readonly privateKeyFile: string }> {
  const key = generateSigningKey({ comment: "release@example.com" });
  await mkdir(join(world.options.workDirectory, "keys"), { recursive: true, mode: 0o700 });
  await writeFile(signingKeyFile(world), key.privateKey, { mode: 0o600 });
  await writeFile(
    allowedSignersFile(world),
    `release@example.com namespaces="bundle@shortline" ${key.publicKey.trim()}\n`,
  );
  return { privateKeyFile: signingKeyFile(world) };
}

async function verifyWithStandardTools(
  world: World,
  directory: string,
  name: string,
): Promise<readonly string[]> {
  await runChecked(world, ["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd: directory });
  if (!(await isInstalled(world, "ssh-keygen"))) {
    world.skipped.push(
      "ssh-keygen -Y verify: there is no ssh-keygen on this machine (Debian package openssh-client)",
    );
    return ["sha256sum: as it should be"];
  }
  const command =
    'ssh-keygen -Y verify -f "$1" -I release@example.com -n bundle@shortline -s "$2.sig" < "$2"';
  await runChecked(world, ["sh", "-c", command, "sh", allowedSignersFile(world), name], {
    cwd: directory,
  });
  return ["verified with ssh-keygen -Y verify and sha256sum alone"];
}

async function refuseFlippedByte(world: World, directory: string, name: string): Promise<void> {
  const damagedDirectory = join(world.options.workDirectory, "damaged");
  await mkdir(damagedDirectory, { recursive: true });
  for (const file of [name, `${name}.sig`, "SHA256SUMS"])
    await copyFile(join(directory, file), join(damagedDirectory, file));
  const whole = await trunkline(
    world,
    "verify",
    join(damagedDirectory, name),
    "--allowed-signers",
    allowedSignersFile(world),
  );
  prove(whole.exitCode === 0, `verify refuses the bundle as it was made: ${whole.said}`);
  await flipByte(join(damagedDirectory, name));
  const damaged = await trunkline(
    world,
    "verify",
    join(damagedDirectory, name),
    "--allowed-signers",
    allowedSignersFile(world),
  );
  prove(
    damaged.exitCode === 1,
    `verify of a bundle with one flipped byte exited ${String(damaged.exitCode)}, not 1`,
  );
}

async function flipByte(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const position = Math.floor((await handle.stat()).size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, position);
  } finally {
    await handle.close();
  }
}

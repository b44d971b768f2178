import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describeSigningKey } from "@trunkline/bundle";
import { applyPlan } from "../apply/apply-plan.ts";
import { bundlePolicyOf, makeBundle } from "../apply/make-bundle.ts";
import type { BundleOrder, MadeBundle } from "../apply/make-bundle.ts";
import { publishBundle } from "../apply/publish-bundle.ts";
import type { PublishOptions } from "../apply/publish-bundle.ts";
import type { CommandContext, CommandDefinition, CommandInput } from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import { readRefs } from "../facts/refs.ts";
import { appendToLedger, readLedger } from "../ledger/ledger.ts";
import { planBundleOf } from "../plans/plan-bundle.ts";
import { bundleValue } from "../tools/bundle-value.ts";
import { openRepository } from "../tools/repository.ts";
import type { Repository } from "../tools/repository.ts";
import { lineOfVersion } from "../versions/line-name.ts";
import { compareVersions, versionOfTag } from "../versions/release-tag.ts";

export const bundleCommand: CommandDefinition = {
  args: [],
  options: [
    { flags: "--tag <tag>", description: "the release, for example v1.4.2" },
    { flags: "--output <dir>", description: "where the bundle, its .sig and SHA256SUMS go" },
    {
      flags: "--sign-key <file>",
      description: "an OpenSSH ed25519 private key without passphrase",
    },
    { flags: "--arch <arch>", description: "x64 or arm64 (default: this machine's)" },
  ],
  changes: true,
  details:
    "Make the offline bundle of a release in a fresh clone of its tag. The same tag gives the same bytes, on another machine and another day.",
  examples: ["trunkline bundle --tag v1.4.2 --output bundles --sign-key ~/.ssh/release --apply"],
  json: [
    "plan: {verb, title, steps, refusals, notes}",
    "applied: boolean",
    "file: string",
    "version: string, commit: string",
    "digest: string, sha256 of manifest.json: the release's identity",
    "sha256: string, sizeBytes: number, of the tarball",
    "signed: boolean",
    "warnings: string[], for a person to look at",
    "reports?: {title, durationMs, said?}[]",
  ],
  async run(input, context) {
    const repository = await openRepository(input, context);
    const { product } = bundlePolicyOf(repository.policy);
    const order = await readOrder(repository, input, context);
    const publishing = await readPublishing(order, product, input);
    const { output, name, namespace } = publishing;
    const isSigned = publishing.signKey !== null;
    const done: { made: MadeBundle | null; warnings: readonly string[] } = {
      made: null,
      warnings: [],
    };
    return applyPlan({
      plan: planBundleOf({ ...order, name, output, isSigned, namespace }),
      apply: input.options["apply"] === true,
      context,
      privateDirectory: repository.privateDirectory,
      run: async (step) => {
        if (step.kind === "make") {
          done.made = await publishBundle(publishing, (file) => makeBundle(order, file));
          return `${String(done.made.sizeBytes)} bytes, sha256 ${done.made.sha256}`;
        }
        if (done.made === null) throw new Error("a bundle is made before it is recorded");
        done.warnings = await record(order, name, done.made);
        for (const warning of done.warnings) context.tell(`       warning: ${warning}`);
        return undefined;
      },
      result: () => ({
        file: resolve(output, name),
        version: order.version,
        commit: order.commit,
        digest: done.made?.manifestDigest ?? null,
        sha256: done.made?.sha256 ?? null,
        sizeBytes: done.made?.sizeBytes ?? null,
        signed: isSigned,
        warnings: done.warnings,
      }),
    });
  },
};

async function readOrder(
  repository: Repository,
  input: CommandInput,
  context: CommandContext,
): Promise<BundleOrder> {
  const { tag, arch = process.arch } = input.options;
  if (typeof tag !== "string") throw usage("bundle needs --tag", "For example --tag v1.4.2.");
  if (arch !== "x64" && arch !== "arm64") {
    throw usage(`There is no bundle for "${String(arch)}"`, "Use --arch x64 or --arch arm64.");
  }
  const pattern = repository.policy.lines.tag;
  const { tags } = await readRefs(repository.git, repository.policy);
  const version = versionOfTag(pattern, tag);
  const commit = tags.get(tag);
  if (version !== null && commit !== undefined) {
    return { repository, context, tag, version, commit, arch };
  }
  const known = [...tags.keys()]
    .flatMap((name) => versionOfTag(pattern, name) ?? [])
    .toSorted(compareVersions)
    .at(-1);
  throw new Failure({
    code: "not-found",
    message: `There is no release tagged ${tag}.`,
    next:
      known === undefined
        ? "Release a line first: trunkline release --line MAJOR.MINOR --apply"
        : `The newest release is ${pattern.replaceAll("{version}", known)}.`,
    exitCode: exitCodes.usage,
  });
}

/** The key is tried before anything long begins. */
async function readPublishing(
  order: BundleOrder,
  product: string,
  input: CommandInput,
): Promise<PublishOptions> {
  const { output, signKey } = input.options;
  if (typeof output !== "string")
    throw usage("bundle needs --output", "For example --output bundles.");
  const { cwd, pid } = order.context;
  const key = typeof signKey === "string" ? await readKey(resolve(cwd, signKey)) : null;
  return {
    output: resolve(cwd, output),
    name: `${product}-${order.version}-linux-${order.arch}.tar.gz`,
    pid,
    signKey: key,
    namespace: `bundle@${product}`,
  };
}

async function readKey(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw usage(
      `The signing key ${file} cannot be read: ${String(error)}`,
      "Check the path and its permissions.",
    );
  });
  bundleValue(describeSigningKey(text), "file-unusable");
  return text;
}

/** @returns what a person should look at */
async function record(
  order: BundleOrder,
  name: string,
  made: MadeBundle,
): Promise<readonly string[]> {
  const { ledger } = order.repository;
  const { entries } = await readLedger(ledger);
  const before = entries.flatMap((one) =>
    one.kind === "bundle" && one.file === name ? [one] : [],
  );
  const others = before.filter((one) => one.digest !== made.manifestDigest);
  const { version, commit } = order;
  const entry = {
    kind: "bundle",
    outcome: "built",
    line: lineOfVersion(version),
    version,
    commit,
    digest: made.manifestDigest,
    file: name,
    sha256: made.sha256,
  } as const;
  await appendToLedger(ledger, [entry], (one, chain) =>
    chain.some(
      (known) =>
        known.kind === "bundle" &&
        known.file === name &&
        known.digest === made.manifestDigest &&
        known.commit === one.commit,
    ),
  );
  return [
    ...others.map(
      (one) =>
        `the ledger has a bundle ${name} with another digest, ${one.digest}: it was not reproduced`,
    ),
    ...made.withoutLicenseText.map((one) => `${one} comes without a licence text`),
  ];
}

function usage(message: string, next: string): Failure {
  return new Failure({ code: "usage", message: `${message}.`, next, exitCode: exitCodes.usage });
}

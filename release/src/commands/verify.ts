import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import { checkBundle } from "../facts/bundle-checks.ts";
import type { BundleCheck, BundleReport } from "../facts/bundle-checks.ts";

export const verifyCommand: CommandDefinition = {
  args: [{ name: "<file>", description: "the bundle, a .tar.gz" }],
  options: [
    {
      flags: "--allowed-signers <file>",
      description: "OpenSSH allowed signers: the keys to trust",
    },
    { flags: "--signature <file>", description: "the signature (default: FILE.sig)" },
    { flags: "--product <name>", description: "whose bundle it is (default: by the file's name)" },
  ],
  changes: false,
  details:
    "Verify a bundle before anything in it runs: its signature, its line in SHA256SUMS, every file against the manifest, the provenance. Needs no repository. Without --allowed-signers it says that nobody vouches for it and ends with 5.",
  examples: ["trunkline verify shortline-1.4.2-linux-x64.tar.gz --allowed-signers allowed_signers"],
  json: [
    "file: string",
    "verified: boolean, true only when the signature was checked too",
    "checks: {name: signature|checksum|contents|provenance, outcome: passed|failed|not-checked, says, next}[]",
    "product, version, commit, digest, sha256: string | null",
    "error?: {code: bundle-invalid, message, next}, the first wrong thing",
  ],
  async run(input, context) {
    const file = resolve(context.cwd, input.args[0] ?? "");
    await requireFile(file);
    const report = await checkBundle({
      file,
      signatureFile: pathOption(input, context, "signature") ?? `${file}.sig`,
      allowedSigners: await readSigners(pathOption(input, context, "allowedSigners")),
      product: productOf(file, input.options["product"]),
    });
    return outcomeOf(file, report);
  },
};

function outcomeOf(file: string, report: BundleReport): CommandOutcome {
  const { checks, contents } = report;
  const wrong = checks.find(({ outcome }) => outcome === "failed");
  const exitCode = exitCodeOf(checks);
  const manifest = contents?.manifest;
  const error = { code: "bundle-invalid", message: wrong?.says, next: wrong?.next };
  return {
    exitCode,
    data: {
      file,
      verified: exitCode === exitCodes.done,
      checks,
      product: manifest?.product ?? null,
      version: manifest?.version ?? null,
      commit: manifest?.commit ?? null,
      digest: contents?.manifestDigest ?? null,
      sha256: contents?.sha256 ?? null,
      ...(wrong === undefined ? {} : { error }),
    },
    text: [...checks.flatMap(checkLines), verdict(file, exitCode)].join("\n"),
  };
}

function exitCodeOf(checks: readonly BundleCheck[]): ExitCode {
  if (checks.some(({ outcome }) => outcome === "failed")) return exitCodes.failed;
  const signature = checks.find(({ name }) => name === "signature");
  return signature?.outcome === "passed" ? exitCodes.done : exitCodes.needsPerson;
}

function checkLines(check: BundleCheck): readonly string[] {
  const marks = { passed: "ok  ", failed: "BAD ", "not-checked": "-   " } as const;
  const line = `${marks[check.outcome]} ${check.name.padEnd(10)} ${check.says}`;
  return check.next === null ? [line] : [line, `       next: ${check.next}`];
}

function verdict(file: string, exitCode: ExitCode): string {
  if (exitCode === exitCodes.done) return `${basename(file)} is as it was published.`;
  if (exitCode === exitCodes.failed) return `Do not use ${basename(file)} (bundle-invalid).`;
  return `${basename(file)} is intact, but its signature was NOT checked: anybody may have made it.`;
}

async function requireFile(file: string): Promise<void> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return;
  throw usage(`There is no file ${file}.`, "Name the bundle's .tar.gz file.");
}

async function readSigners(file: string | null): Promise<string | null> {
  if (file === null) return null;
  return readFile(file, "utf8").catch((error: unknown) => {
    throw usage(`The allowed signers ${file} cannot be read: ${String(error)}.`, "Check the path.");
  });
}

function pathOption(input: CommandInput, context: CommandContext, name: string): string | null {
  const given = input.options[name];
  return typeof given === "string" ? resolve(context.cwd, given) : null;
}

function productOf(file: string, named: unknown): string {
  if (typeof named === "string") return named;
  const product = /^([a-z][a-z0-9-]*)-\d+\.\d+\.\d+\S*-linux-/.exec(basename(file))?.[1];
  if (product !== undefined) return product;
  throw usage(
    `The name ${basename(file)} does not say whose bundle it is.`,
    "Give it its name back (PRODUCT-VERSION-linux-ARCH.tar.gz), or add --product NAME.",
  );
}

function usage(message: string, next: string): Failure {
  return new Failure({ code: "usage", message, next, exitCode: exitCodes.usage });
}

import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { runTool, type ToolRun } from "../run-tool.ts";

const stepTimeoutMs = 120_000;

export interface PublishedPackageOptions {
  readonly root: string;
  /** The package's folder, relative to the root. */
  readonly directory: string;
  /** An empty folder for the packed tarball and what is in it. */
  readonly scratch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface PublishedPackageCheck {
  readonly faults: readonly string[];
  readonly packedFiles: number;
}

/**
 * Builds and packs a package as `pnpm publish` would, then looks at the tarball
 * alone: the manifest (publint), the types (attw), leftovers of the workspace,
 * and whether its program starts.
 */
export async function checkPublishedPackage(
  options: PublishedPackageOptions,
): Promise<PublishedPackageCheck> {
  const packageFolder = join(options.root, options.directory);
  const run = createStepRunner({
    ...options.env,
    PATH: `${join(packageFolder, "node_modules/.bin")}:${options.env["PATH"] ?? ""}`,
  });
  const build = await run("tsup", [], packageFolder);
  if (!build.ok)
    return { faults: [`the package does not build:\n${build.output}`], packedFiles: 0 };
  const packArgs = ["-y", pinnedPnpm(options.root), "pack", "--pack-destination", options.scratch];
  const pack = await run("npx", packArgs, packageFolder);
  const tarball = readdirSync(options.scratch).find((name) => name.endsWith(".tgz"));
  if (!pack.ok || tarball === undefined) {
    return { faults: [`the package does not pack:\n${pack.output}`], packedFiles: 0 };
  }
  const unpacked = join(options.scratch, "node_modules");
  mkdirSync(unpacked);
  const unpack = await run(
    "tar",
    ["-xzvf", join(options.scratch, tarball), "-C", unpacked],
    options.scratch,
  );
  if (!unpack.ok)
    return { faults: [`the tarball does not unpack:\n${unpack.output}`], packedFiles: 0 };
  const folder = join(unpacked, "package");
  symlinkSync(join(packageFolder, "node_modules"), join(folder, "node_modules"));
  const program = join(folder, readPackage(folder).program);
  const checks = [
    await run("publint", ["run", "--strict", tarball], options.scratch),
    await run(
      "attw",
      ["--profile", "esm-only", "--no-emoji", "--format", "ascii", tarball],
      options.scratch,
    ),
    await run("node", [program, "--help"], options.scratch),
  ];
  const faults = checks.filter((check) => !check.ok).map((check) => check.output);
  return {
    faults: [...faults, ...readPackage(folder).leftovers],
    packedFiles: unpack.output.trim().split("\n").length,
  };
}

type StepRunner = (
  program: string,
  args: readonly string[],
  cwd: string,
) => Promise<{ readonly ok: boolean; readonly output: string }>;

function createStepRunner(env: PublishedPackageOptions["env"]): StepRunner {
  return async (program, args, cwd) => {
    const run: ToolRun = await runTool({ program, args, cwd, env, timeoutMs: stepTimeoutMs });
    const output = `${program} ${args.join(" ")} (exit ${run.exitCode})\n${run.output.trim()}`;
    return { ok: run.exitCode === 0, output: run.exitCode === 0 ? run.output : output };
  };
}

function pinnedPnpm(root: string): string {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const pinned = /"packageManager":\s*"(pnpm@[^"+]+)/u.exec(text)?.[1];
  if (pinned === undefined)
    throw new Error("package.json at the root pins no pnpm in packageManager");
  return pinned;
}

/** The program that `bin` names, and references that mean nothing outside the workspace. */
function readPackage(folder: string): { program: string; leftovers: readonly string[] } {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const leftovers = [...text.matchAll(/"[^"]+": "(?:workspace|catalog|link|file):[^"]*"/gu)].map(
    ([line]) => `package.json still says ${line}, which only resolves in this workspace`,
  );
  const program = /"bin":\s*\{\s*"[^"]+":\s*"([^"]+)"/u.exec(text)?.[1];
  if (program === undefined) throw new Error("the packed package.json names no program in bin");
  return { program, leftovers };
}

import { z } from "zod";
import { parseDuration } from "./duration.ts";

const duration = z.string().transform((text, context) => {
  const durationMs = parseDuration(text);
  if (durationMs !== null) return durationMs;
  context.addIssue({
    code: "custom",
    message: `"${text}" is not a duration: write 30s, 24h, 14d, 18mo`,
  });
  return z.NEVER;
});

const command = z.array(z.string().min(1)).min(1);
const relativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, "must be a path inside the repository");
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and dashes");

const smokeCheck = z.strictObject({
  path: z.string().startsWith("/").describe("Requested with GET."),
  status: z.int().min(100).max(599).default(200).describe("The status it must answer."),
  bodyContains: z
    .string()
    .optional()
    .describe("What the body must hold; `{commit}` and `{digest}` are replaced."),
});

const localEnvironment = z.strictObject({
  driver: z.literal("local").describe("Builds run on this machine, behind a supervisor."),
  host: z.string().default("127.0.0.1").describe("Where the public port is held."),
  port: z.int().min(1).max(65_535).describe("The public port."),
  command: command.describe(
    "Started in the unpacked build; `{node}`, `{port}`, `{commit}`, `{digest}`, `{data}` and `{env:NAME}` are replaced.",
  ),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe("The build's environment variables; the same names are replaced."),
  health: z
    .strictObject({
      path: z
        .string()
        .startsWith("/")
        .default("/")
        .describe("The path that answers 200 when the build can serve."),
      timeout: duration
        .prefault("30s")
        .describe("A build that is not healthy by then never serves."),
    })
    .prefault({}),
  smoke: z.array(smokeCheck).max(50).default([]).describe("Checked before a build serves."),
});

const bundledFile = z.strictObject({
  from: relativePath.describe("A file, or a folder that is taken whole; `{arch}` is x64 or arm64."),
  to: relativePath.describe("Its place in the bundle."),
  mode: z.enum(["0644", "0755"]).optional().describe("Its mode, instead of the one it has."),
  except: z.array(z.string()).default([]).describe("Globs of what is left out of a folder."),
});

const bundledPackage = z.strictObject({
  directory: relativePath.describe("A package that is shipped whole, such as a runtime."),
  name: z.string().optional().describe("Its name in the SBOM, instead of its own."),
  license: z.string().optional().describe("Its licence (SPDX), instead of its own."),
  licenseFile: relativePath.optional().describe("The text that goes to `licenses/`."),
});

const bundle = z.strictObject({
  product: name.describe("The bundle's name."),
  commands: z.array(command).min(1).describe("Run in a fresh clone at the release's tag."),
  files: z.array(bundledFile).min(1).describe("What goes in."),
  metafiles: z
    .array(relativePath)
    .default([])
    .describe("esbuild metafiles: the packages they name make the SBOM and `licenses/`."),
  packages: z.array(bundledPackage).default([]).describe("Listed in the SBOM with their licence."),
});

const lines = z.strictObject({
  branch: z
    .string()
    .includes("{major}")
    .includes("{minor}")
    .default("lts/{major}.{minor}")
    .describe("The branch of a line."),
  tag: z.string().includes("{version}").default("v{version}").describe("The tag of a release."),
  first: z
    .string()
    .regex(/^\d+\.\d+$/)
    .default("1.0")
    .describe("MAJOR.MINOR of the very first line."),
  active: duration.prefault("12mo").describe("How long a line is supported, from its cut."),
  maintenance: duration
    .prefault("12mo")
    .describe("How long it takes security fixes only, after that."),
});

const drift = z.strictObject({
  maxCommitsBehind: z
    .int()
    .min(0)
    .default(500)
    .describe("Commits of trunk that the newest line lacks."),
  maxCutAge: duration.prefault("180d").describe("Time since the newest line was cut."),
  maxLineOnlyCommits: z.int().min(0).default(5).describe("Declared line-only commits on a line."),
  maxPendingChangesets: z
    .int()
    .min(0)
    .default(40)
    .describe("Changesets waiting for the next line."),
});

/** A release policy: everything Trunkline knows of a repository. */
export const configSchema = z.strictObject({
  product: name.describe("The product's name."),
  trunk: z.string().min(1).default("main").describe("The branch everything goes through first."),
  remote: z
    .string()
    .min(1)
    .default("origin")
    .describe("The git remote that holds the truth; without it, this repository does."),
  lines: lines.prefault({}),
  changesets: z.strictObject({
    directory: relativePath.default(".changeset").describe("The folder of changesets."),
    package: z.string().min(1).describe("The package whose number is the product's."),
  }),
  proven: z
    .strictObject({
      environment: name.default("production").describe("Where a commit proves itself."),
      bakeTime: duration
        .prefault("24h")
        .describe("How long it serves there, in total, to be proven."),
    })
    .prefault({}),
  qa: z
    .strictObject({
      roles: z
        .array(name)
        .default(["engineering", "operations"])
        .describe("Who must approve a line's head before its first release."),
    })
    .prefault({}),
  bookkeeping: z
    .array(z.string())
    .default([
      ".changeset/**",
      "CHANGELOG.md",
      "**/CHANGELOG.md",
      "**/package.json",
      "package.json",
      "RELEASE-NOTES.md",
    ])
    .describe("Files that a bookkeeping commit on a line may touch (globs)."),
  build: z.strictObject({
    commands: z.array(command).min(1).describe("Make the build, in a clean work tree of its own."),
    output: relativePath.describe("The folder that becomes the build."),
    keep: z
      .array(relativePath)
      .default([])
      .describe("Kept between builds on this machine (dependency folders)."),
  }),
  environments: z
    .record(name, localEnvironment)
    .default({})
    .describe("Where builds serve, by name."),
  bundle: bundle.optional().describe("The offline bundle; without it there is none."),
  drift: drift.prefault({}),
  stateDirectory: z
    .string()
    .min(1)
    .default(".trunkline")
    .describe("Builds and local environments live here; kept out of git."),
});

/** The policy after parsing: durations are milliseconds. */
export type Policy = z.output<typeof configSchema>;
/** What `trunkline.config.ts` exports as default. */
export type TrunklineConfig = z.input<typeof configSchema>;
export type LocalEnvironmentPolicy = Policy["environments"][string];
export type BundlePolicy = NonNullable<Policy["bundle"]>;

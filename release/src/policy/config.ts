import { z } from "zod";
import { parseDuration } from "./duration.ts";

const duration = z.string().transform((text, context) => {
  const durationMs = parseDuration(text);
  if (durationMs !== null) return durationMs;
  context.addIssue({ code: "custom", message: `"${text}" is not a duration: write 30s, 24h, 14d, 18mo` });
  return z.NEVER;
});

const command = z.array(z.string().min(1)).min(1);
const relativePath = z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, "must be a path inside the repository");
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and dashes");

const smokeCheck = z.strictObject({
  path: z.string().startsWith("/"),
  status: z.int().min(100).max(599).default(200),
  /** `{commit}` and `{digest}` are replaced. */
  bodyContains: z.string().optional(),
});

const localEnvironment = z.strictObject({
  driver: z.literal("local"),
  /** Where the public port is held. */
  host: z.string().default("127.0.0.1"),
  port: z.int().min(1).max(65_535),
  /** Started in the unpacked build; `{node}`, `{port}`, `{commit}`, `{digest}`, `{data}` and `{env:NAME}` are replaced. */
  command,
  env: z.record(z.string(), z.string()).default({}),
  /** The path that answers 200 when the build can serve. */
  health: z.strictObject({ path: z.string().startsWith("/").default("/"), timeout: duration.default(30_000) }).prefault({}),
  smoke: z.array(smokeCheck).max(50).default([]),
});

const bundle = z.strictObject({
  product: name,
  /** Commands run in a fresh clone at the release's tag. */
  commands: z.array(command).min(1),
  /** What goes in: `{arch}` is x64 or arm64. A folder is taken whole. */
  files: z.array(z.strictObject({ from: relativePath, to: relativePath, mode: z.enum(["0644", "0755"]).optional(), except: z.array(z.string()).default([]) })).min(1),
  /** esbuild metafiles: the packages they name make the SBOM and `licenses/`. */
  metafiles: z.array(relativePath).default([]),
  /** Packages that are shipped whole (a runtime): listed in the SBOM with their licence. */
  packages: z.array(z.strictObject({ directory: relativePath, name: z.string().optional(), license: z.string().optional(), licenseFile: relativePath.optional() })).default([]),
});

/** A release policy: everything Trunkline knows of a repository. */
export const configSchema = z.strictObject({
  product: name,
  trunk: z.string().min(1).default("main"),
  remote: z.string().min(1).default("origin"),
  lines: z
    .strictObject({
      /** The branch of a line. */
      branch: z.string().includes("{major}").includes("{minor}").default("lts/{major}.{minor}"),
      tag: z.string().includes("{version}").default("v{version}"),
      /** MAJOR.MINOR of the very first line. */
      first: z.string().regex(/^\d+\.\d+$/).default("1.0"),
      /** Support windows, counted from the cut. */
      active: duration.default(parseDuration("12mo") ?? 0),
      maintenance: duration.default(parseDuration("12mo") ?? 0),
    })
    .prefault({}),
  /** Folder of changesets, and the package whose number is the product's. */
  changesets: z.strictObject({ directory: relativePath.default(".changeset"), package: z.string().min(1) }),
  proven: z.strictObject({ environment: name.default("production"), bakeTime: duration.default(86_400_000) }).prefault({}),
  qa: z.strictObject({ roles: z.array(name).default(["engineering", "operations"]) }).prefault({}),
  /** Files a bookkeeping commit on a line may touch (globs). */
  bookkeeping: z.array(z.string()).default([".changeset/**", "CHANGELOG.md", "**/CHANGELOG.md", "**/package.json", "package.json", "RELEASE-NOTES.md"]),
  build: z.strictObject({
    commands: z.array(command).min(1),
    /** The folder that becomes the build. */
    output: relativePath,
    /** Kept between builds on this machine (dependency folders). */
    keep: z.array(relativePath).default([]),
  }),
  environments: z.record(name, localEnvironment).default({}),
  bundle: bundle.optional(),
  drift: z
    .strictObject({
      maxCommitsBehind: z.int().min(0).default(500),
      maxCutAge: duration.default(parseDuration("180d") ?? 0),
      maxLineOnlyCommits: z.int().min(0).default(5),
      maxPendingChangesets: z.int().min(0).default(40),
    })
    .prefault({}),
  /** Builds, journals and local environments live here; kept out of git. */
  stateDirectory: z.string().min(1).default(".trunkline"),
});

/** The policy after parsing: durations are milliseconds. */
export type Policy = z.output<typeof configSchema>;
/** What `trunkline.config.ts` exports as default. */
export type TrunklineConfig = z.input<typeof configSchema>;
export type LocalEnvironmentPolicy = Policy["environments"][string];
export type BundlePolicy = NonNullable<Policy["bundle"]>;

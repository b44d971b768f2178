import type { RunVerb } from "./command.ts";

export type Verb = {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly hidden?: boolean;
  readonly options: readonly {
    readonly flags: string;
    readonly description: string;
    readonly hidden?: boolean;
    readonly conflicts?: readonly string[];
  }[];
  readonly load: () => Promise<RunVerb>;
};

const PLAN = { flags: "--plan", description: "say what would be done, and change nothing" };
const SIGNERS = {
  flags: "--allowed-signers <file>",
  description: "the keys that may sign a bundle, in OpenSSH's allowed_signers format",
};
const KILL_AFTER = {
  flags: "--kill-after <point>",
  description: "for tests: end like kill -9 at STEP:started, STEP:acted or STEP:finished",
  hidden: true,
};

/** Every verb of shortlinectl. */
export const VERBS: readonly Verb[] = [
  {
    name: "install",
    description: "Installs an unpacked bundle as a new site. Does not start it.",
    example: "sh install.sh --prefix /srv/shortline --allowed-signers allowed_signers",
    options: [
      {
        flags: "--from <dir>",
        description: "the unpacked bundle (default: the one this program is in)",
      },
      {
        flags: "--listen <address>",
        description: "address:port, or unix:path, for the new configuration",
      },
      SIGNERS,
      PLAN,
    ],
    load: async () => (await import("../commands/install.ts")).runInstall,
  },
  {
    name: "upgrade",
    description:
      "Upgrades the site to the release in a bundle, or ends an upgrade that was cut off.",
    example: "shortlinectl upgrade --bundle shortline-1.0.1-linux-x64.tar.gz",
    options: [
      { flags: "--bundle <file>", description: "the bundle to upgrade to" },
      {
        flags: "--signature <file>",
        description: "its signature (default: the bundle's name with .sig)",
      },
      SIGNERS,
      { flags: "--backup-done", description: "a backup of the PostgreSQL database was made" },
      {
        flags: "--resume",
        description: "finish an upgrade that was cut off",
        conflicts: ["bundle", "rollback"],
      },
      { flags: "--rollback", description: "take an upgrade back", conflicts: ["bundle", "resume"] },
      PLAN,
      KILL_AFTER,
    ],
    load: async () => (await import("../commands/upgrade.ts")).runUpgrade,
  },
  {
    name: "rollback",
    description:
      "Goes back to the release that served before the last upgrade. Links and clicks stay.",
    example: "shortlinectl rollback --plan",
    options: [PLAN, KILL_AFTER],
    load: async () => (await import("../commands/rollback.ts")).runRollback,
  },
  {
    name: "status",
    description: "Says what is installed, what serves, and whether an operation is unfinished.",
    example: "shortlinectl status --json",
    options: [],
    load: async () => (await import("../commands/status.ts")).runStatus,
  },
  {
    name: "version",
    description: "Says which release this program is: version, commit and digest.",
    example: "shortlinectl version",
    options: [],
    load: async () => (await import("../commands/version.ts")).runVersion,
  },
  {
    name: "verify",
    description: "Checks the installed files, or a bundle and its signature.",
    example: "shortlinectl verify --bundle shortline-1.0.1-linux-x64.tar.gz",
    options: [
      {
        flags: "--bundle <file>",
        description: "a bundle to check instead of the installed release",
      },
      {
        flags: "--signature <file>",
        description: "its signature (default: the bundle's name with .sig)",
      },
      SIGNERS,
    ],
    load: async () => (await import("../commands/verify.ts")).runVerify,
  },
  {
    name: "config check",
    description: "Checks the configuration file and lists every problem.",
    example: "shortlinectl config check",
    options: [],
    load: async () => (await import("../commands/config-check.ts")).runConfigCheck,
  },
  {
    name: "serve",
    description: "Serves in the foreground until SIGTERM. systemd and supervise run this.",
    example: "shortlinectl serve",
    options: [
      {
        flags: "--listen <address>",
        description: "listen here instead of where the configuration says",
      },
    ],
    load: async () => (await import("../commands/serve.ts")).runServe,
  },
  {
    name: "supervise",
    description:
      "Keeps the service running on a machine without systemd; SIGHUP switches to the current release.",
    example: "shortlinectl supervise --prefix /srv/shortline",
    options: [],
    load: async () => (await import("../commands/supervise.ts")).runSupervise,
  },
  {
    name: "migrate",
    description: "Applies this release's database migrations; upgrade runs it.",
    example: "shortlinectl migrate --json",
    hidden: true,
    options: [],
    load: async () => (await import("../commands/migrate.ts")).runMigrate,
  },
];

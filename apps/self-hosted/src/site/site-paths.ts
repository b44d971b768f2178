import { join, resolve, sep } from "node:path";

const RELEASES = join("opt", "shortline", "releases");

/** Where everything of one site is; every path is absolute and lies under `prefix`. */
export type SitePaths = {
  readonly prefix: string;
  readonly productDirectory: string;
  readonly releasesDirectory: string;
  /** Symlink to the release that serves; only ever replaced by rename. */
  readonly currentLink: string;
  readonly commandLink: string;
  readonly configDirectory: string;
  readonly configFile: string;
  readonly allowedSignersFile: string;
  readonly dataDirectory: string;
  readonly backupsDirectory: string;
  readonly journalDirectory: string;
  readonly runDirectory: string;
  readonly lockFile: string;
  readonly supervisorFile: string;
  readonly logDirectory: string;
  readonly unitsDirectory: string;
};

/** The layout of the site under `prefix` (`/` is the machine's own). */
export function sitePaths(prefix: string): SitePaths {
  const root = resolve(prefix);
  const productDirectory = join(root, "opt", "shortline");
  const configDirectory = join(root, "etc", "shortline");
  const dataDirectory = join(root, "var", "lib", "shortline");
  const runDirectory = join(dataDirectory, "run");
  return {
    prefix: root,
    productDirectory,
    releasesDirectory: join(root, RELEASES),
    currentLink: join(productDirectory, "current"),
    commandLink: join(root, "usr", "local", "bin", "shortlinectl"),
    configDirectory,
    configFile: join(configDirectory, "shortline.toml"),
    allowedSignersFile: join(configDirectory, "allowed_signers"),
    dataDirectory,
    backupsDirectory: join(dataDirectory, "backups"),
    journalDirectory: join(dataDirectory, "journal"),
    runDirectory,
    lockFile: join(runDirectory, "locks.sqlite"),
    supervisorFile: join(runDirectory, "supervise.pid"),
    logDirectory: join(root, "var", "log", "shortline"),
    unitsDirectory: join(root, "etc", "systemd", "system"),
  };
}

/**
 * The prefix of the site that a release directory belongs to, so that an installed
 * shortlinectl knows its site without being told; `/` when it is not installed.
 */
export function prefixOfRelease(releaseDirectory: string): string {
  const marker = `${sep}${RELEASES}${sep}`;
  const at = releaseDirectory.lastIndexOf(marker);
  return at > 0 ? releaseDirectory.slice(0, at) : sep;
}

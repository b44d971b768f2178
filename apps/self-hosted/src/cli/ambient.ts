export type SiteSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** Everything a command gets from the process it runs in; only main.ts touches the process itself. */
export type Ambient = {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The release this code belongs to. */
  readonly releaseDirectory: string;
  readonly isRoot: boolean;
  readonly now: () => Date;
  /** Data. */
  readonly writeOut: (text: string) => void;
  /** Words for people. */
  readonly writeErr: (text: string) => void;
  readonly onSignal: (signal: SiteSignal, handler: () => void) => void;
  /** Ends this process as `kill -9` does; for the tests of killed upgrades. */
  readonly killSelf: () => void;
};

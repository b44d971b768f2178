import type { SitePaths } from "../site/site-paths.ts";
import type { Ambient } from "./ambient.ts";
import type { CommandResult } from "./command-outcome.ts";

/** What every verb runs with. */
export type CommandContext = {
  readonly ambient: Ambient;
  readonly paths: SitePaths;
  readonly json: boolean;
  /** Tells people what happens; goes to stderr. */
  readonly say: (text: string) => void;
};

/** Options as the parser gives them; each command reads the ones it declares. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** One verb: from its options to what it did, or an expected failure. */
export type RunVerb = (context: CommandContext, options: GivenOptions) => Promise<CommandResult>;

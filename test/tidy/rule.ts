import type { Fault, SourceFile } from "./source-file.ts";

/** A file that breaks a rule on purpose: the proof that the rule can fail. */
export interface Planted {
  readonly path: string;
  readonly text: string;
}

/** What a rule may know of the repository beyond the file it looks at. */
export interface Repository {
  /** Files that some package.json names as an entry: the edges of packages. */
  readonly edges: ReadonlySet<string>;
}

/** One house rule. */
export interface Rule {
  readonly name: string;
  /** Whether the rule speaks about this file at all. */
  appliesTo(path: string): boolean;
  findFaults(file: SourceFile, repository: Repository): readonly Fault[];
  /** Each must be caught. */
  readonly planted: readonly Planted[];
  /** Each comes close and is allowed. */
  readonly allowed: readonly Planted[];
}

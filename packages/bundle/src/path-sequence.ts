/** Takes the paths of an archive one after another; see `createPathSequence`. */
export interface PathSequence {
  /** Says why `path` may not come next, or null after accepting it. */
  readonly accept: (path: string) => string | null;
}

/**
 * Checks that paths come in strictly ascending byte order (so none comes twice) and that no path is
 * both a file and a folder of another file. Callers bound how many paths they offer.
 */
export function createPathSequence(): PathSequence {
  const files = new Set<string>();
  let previous = "";
  return {
    accept(path) {
      if (files.has(path)) return `${path} comes twice`;
      if (path < previous) return `${path} comes after ${previous}, out of order`;
      const parent = foldersOf(path).find((folder) => files.has(folder));
      if (parent !== undefined) return `${path} lies inside ${parent}, which is a file`;
      files.add(path);
      previous = path;
      return null;
    },
  };
}

/** The folders a path lies in, outermost first: `a/b/c` gives `a`, `a/b`. */
export function foldersOf(path: string): readonly string[] {
  const segments = path.split("/").slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
}

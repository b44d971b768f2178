import { Failure } from "../failure.ts";
import type { Git } from "./git.ts";

/** A regular file of a commit's tree. */
export interface TreeFile {
  readonly path: string;
  /** `100644` or `100755`. */
  readonly mode: string;
  readonly object: string;
  readonly content: Buffer;
}

const maxFiles = 5000;

/**
 * The regular files of a commit that a test picks by path, with their content. Links are left out.
 * @throws Failure `git-failed` when there are more than 5000
 */
export async function readTreeFiles(
  git: Git,
  commit: string,
  picks: (path: string) => boolean,
): Promise<readonly TreeFile[]> {
  const listing = await git.text(["ls-tree", "-r", "-z", "--full-tree", commit]);
  const found = listing.split("\0").flatMap((line) => {
    const [meta = "", path = ""] = line.split("\t");
    const [mode = "", type, object = ""] = meta.split(" ");
    const regular = type === "blob" && mode.startsWith("100");
    return regular && picks(path) ? [{ path, mode, object }] : [];
  });
  if (found.length > maxFiles) throw tooMany(commit, found.length);
  if (found.length === 0) return [];
  const input = `${found.map(({ object }) => object).join("\n")}\n`;
  const batch = await git.attempt(["cat-file", "--batch"], { input });
  return splitBatch(batch.stdout, found);
}

/** Each object comes as `<id> <type> <size>\n<content>\n`. */
function splitBatch(
  output: Buffer,
  found: readonly Omit<TreeFile, "content">[],
): readonly TreeFile[] {
  let position = 0;
  return found.map((file) => {
    const endOfHeader = output.indexOf("\n", position);
    const sizeBytes = Number(output.subarray(position, endOfHeader).toString().split(" ")[2]);
    const start = endOfHeader + 1;
    if (endOfHeader < 0 || !Number.isInteger(sizeBytes) || start + sizeBytes > output.length) {
      throw new Failure({
        code: "git-failed",
        message: `The content of ${file.path} (${file.object}) cannot be read from the repository.`,
        next: "Run `git fsck`; in a partial clone, run `git fetch` with the network at hand.",
      });
    }
    position = start + sizeBytes + 1;
    return { ...file, content: output.subarray(start, start + sizeBytes) };
  });
}

function tooMany(commit: string, count: number): Failure {
  return new Failure({
    code: "git-failed",
    message: `${commit} has ${String(count)} package and changeset files; Trunkline reads at most ${String(maxFiles)}.`,
    next: "Cut a line to consume changesets, or move vendored packages out of the repository.",
  });
}

import type { Git } from "../tools/git.ts";

/** One commit as git tells it. */
export interface RawCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  /** `Name <email>`. */
  readonly author: string;
  /** ISO 8601, when it was committed. */
  readonly at: string;
  readonly subject: string;
  readonly message: string;
  /** Values of `Line-Only:` trailers. */
  readonly lineOnly: readonly string[];
  /** Values of `Trunkline-Bookkeeping:` trailers. */
  readonly bookkeeping: readonly string[];
  /** Paths it touches; none for a merge. */
  readonly files: readonly string[];
}

const trailer = (key: string): string => `%(trailers:key=${key},unfold,separator=%x1f)`;
const fields = [
  "%H",
  "%P",
  "%an <%ae>",
  "%cI",
  "%s",
  "%B",
  trailer("Line-Only"),
  trailer("Trunkline-Bookkeeping"),
];

/** Commits of a range (`base..head`), along first parents, oldest first. */
export async function readCommits(git: Git, range: string): Promise<readonly RawCommit[]> {
  const format = `--format=${fields.join("%x00")}`;
  const output = await git.text(["log", "-z", "--first-parent", "--reverse", format, range, "--"]);
  const values = output.split("\0");
  const commits: Omit<RawCommit, "files">[] = [];
  for (let start = 0; start + fields.length <= values.length; start += fields.length) {
    commits.push(parseCommit(values.slice(start, start + fields.length)));
  }
  const files = await readFiles(
    git,
    commits.map(({ commit }) => commit),
  );
  return commits.map((commit) => ({ ...commit, files: files.get(commit.commit) ?? [] }));
}

function parseCommit(values: readonly string[]): Omit<RawCommit, "files"> {
  const [
    commit = "",
    parents = "",
    author = "",
    at = "",
    subject = "",
    message = "",
    lineOnly = "",
    bookkeeping = "",
  ] = values;
  return {
    commit,
    parents: parents.split(" ").filter((parent) => parent !== ""),
    author,
    at,
    subject,
    message: message.trimEnd(),
    lineOnly: trailerValues(lineOnly),
    bookkeeping: trailerValues(bookkeeping),
  };
}

/** An empty trailer is kept as an empty value: it was written, and says nothing. */
function trailerValues(text: string): readonly string[] {
  return text === ""
    ? []
    : text.split("\u001F").map((line) => line.slice(line.indexOf(":") + 1).trim());
}

async function readFiles(
  git: Git,
  commits: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, string[]>();
  if (commits.length === 0) return files;
  const input = `${commits.join("\n")}\n`;
  // The raw format tells a file (":…") from a commit, whatever the file's name is.
  const lines = await git.lines(["diff-tree", "--stdin", "-r", "--root", "--raw", "--no-renames"], {
    input,
  });
  let current: string[] = [];
  for (const line of lines) {
    if (line.startsWith(":")) {
      current.push(line.slice(line.indexOf("\t") + 1));
    } else {
      current = [];
      files.set(line, current);
    }
  }
  return files;
}

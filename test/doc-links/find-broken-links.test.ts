import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBrokenLinks } from "./find-broken-links.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doc-links-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function check(documents: Readonly<Record<string, string>>): readonly string[] {
  for (const [file, text] of Object.entries(documents)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const { broken } = findBrokenLinks(root, Object.keys(documents));
  return broken.map(({ file, line, target, reason }) => `${file}:${line} ${target} ${reason}`);
}

describe("findBrokenLinks", () => {
  it("passes links that resolve: files, folders, anchors, other schemes", () => {
    expect(
      check({
        "a.md":
          "# One thing\n[b](docs/b.md#two--more) [here](#one-thing) [x](https://example.com/none) [d](docs)",
        "docs/b.md": "## Two & *more*\n[up](../a.md)\n\n[r][r]\n\n[r]: ../a.md#one-thing",
      }),
    ).toEqual([]);
  });

  it.each([
    [
      "a missing file",
      "text\n\n[x](gone.md)",
      "a.md:3 gone.md names a file that is not in the repository",
    ],
    [
      "a missing anchor",
      "# Here\n[x](#there)",
      "a.md:2 #there names an anchor that a.md does not have",
    ],
    [
      "a missing image",
      "![x](gone.png)",
      "a.md:1 gone.png names a file that is not in the repository",
    ],
    [
      "a definition",
      "[x][y]\n\n[y]: gone.md",
      "a.md:3 gone.md names a file that is not in the repository",
    ],
    [
      "an HTML link",
      '<a href="gone.md">x</a>',
      "a.md:1 gone.md names a file that is not in the repository",
    ],
    [
      "an absolute path",
      "[x](/a.md)",
      "a.md:1 /a.md is absolute: write it relative to the document",
    ],
    ["a path outside", "[x](../a.md)", "a.md:1 ../a.md leaves the repository"],
  ])("finds %s", (_name, text, expected) => {
    expect(check({ "a.md": text })).toEqual([expected]);
  });

  it("does not take code for links", () => {
    expect(check({ "a.md": "`[x](gone.md)`\n\n```\n[x](gone.md)\n```\n" })).toEqual([]);
  });

  it("counts a repeated heading's anchor as GitHub does", () => {
    expect(check({ "a.md": "# Same\n# Same\n[x](#same-1)" })).toEqual([]);
  });
});

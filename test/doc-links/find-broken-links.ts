import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseDocument, type DocumentLink, type ParsedDocument } from "./parse-document.ts";

export interface BrokenLink {
  readonly file: string;
  readonly line: number;
  readonly target: string;
  readonly reason: string;
}

export interface LinkCheck {
  readonly broken: readonly BrokenLink[];
  readonly checkedLinks: number;
}

/**
 * Follows every relative link of the given Markdown files, anchors included.
 * Links with a scheme (https:, mailto:) are left alone: the check works offline.
 *
 * @param files paths relative to `root`; each that ends in `.md` is read
 */
export function findBrokenLinks(root: string, files: readonly string[]): LinkCheck {
  const known = new Set(files);
  const documents = new Map<string, ParsedDocument>();
  for (const file of files) {
    if (file.endsWith(".md"))
      documents.set(file, parseDocument(readFileSync(join(root, file), "utf8")));
  }
  const broken: BrokenLink[] = [];
  let checkedLinks = 0;
  for (const [file, { links }] of documents) {
    for (const link of links) {
      if (/^[a-z][a-z0-9+.-]*:/iu.test(link.target)) continue;
      checkedLinks += 1;
      const reason = whyBroken({ file, link, root, known, documents });
      if (reason !== null) broken.push({ file, line: link.line, target: link.target, reason });
    }
  }
  return { broken, checkedLinks };
}

interface LinkPlace {
  readonly file: string;
  readonly link: DocumentLink;
  readonly root: string;
  readonly known: ReadonlySet<string>;
  readonly documents: ReadonlyMap<string, ParsedDocument>;
}

function whyBroken({ file, link, root, known, documents }: LinkPlace): string | null {
  const [path = "", anchor] = link.target.split("#", 2);
  if (path.startsWith("/")) return "is absolute: write it relative to the document";
  const target = path === "" ? file : normalize(join(dirname(file), decodeURI(path)));
  if (target.startsWith("..")) return "leaves the repository";
  const isFolder = existsSync(join(root, target)) && statSync(join(root, target)).isDirectory();
  if (!known.has(target) && !isFolder) return "names a file that is not in the repository";
  if (anchor === undefined) return null;
  const document = documents.get(target);
  if (document === undefined) return null;
  return document.anchors.has(anchor) ? null : `names an anchor that ${target} does not have`;
}

import GithubSlugger from "github-slugger";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toString } from "mdast-util-to-string";
import { gfm } from "micromark-extension-gfm";
import { visit } from "unist-util-visit";

export interface DocumentLink {
  /** As written, anchor included. */
  readonly target: string;
  readonly line: number;
}

export interface ParsedDocument {
  readonly links: readonly DocumentLink[];
  /** Anchors that a link may name, as GitHub makes them from headings. */
  readonly anchors: ReadonlySet<string>;
}

/** Reads the links and anchors of one Markdown document; code blocks hold neither. */
export function parseDocument(markdown: string): ParsedDocument {
  const tree: Nodes = fromMarkdown(markdown, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: DocumentLink[] = [];
  visit(tree, (node) => {
    if (node.type === "heading") anchors.add(slugger.slug(toString(node)));
    if (node.type === "link" || node.type === "image" || node.type === "definition") {
      links.push({ target: node.url, line: node.position?.start.line ?? 0 });
    }
    if (node.type === "html")
      collectHtml(node.value, { anchors, links, line: node.position?.start.line ?? 0 });
  });
  return { links, anchors };
}

interface HtmlFinds {
  readonly anchors: Set<string>;
  readonly links: DocumentLink[];
  readonly line: number;
}

function collectHtml(html: string, finds: HtmlFinds): void {
  for (const match of html.matchAll(/\s(?:id|name)="([^"]+)"/gu)) finds.anchors.add(match[1] ?? "");
  for (const match of html.matchAll(/\s(?:href|src)="([^"]+)"/gu)) {
    finds.links.push({ target: match[1] ?? "", line: finds.line });
  }
}

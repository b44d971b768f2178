import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Marked } from "marked";
import { formatConfigTable } from "./config-table.ts";

/** The pages in the order of the menu; every page of the folder must be here. */
const PAGE_ORDER = [
  "index",
  "install",
  "configure",
  "upgrade",
  "roll-back",
  "verify",
  "logs",
  "troubleshoot",
  "commands",
];

type Page = { readonly name: string; readonly title: string; readonly markdown: string };

/** One part of a page, as the search finds it. */
type Section = {
  readonly page: string;
  readonly title: string;
  readonly heading: string;
  readonly anchor: string;
  readonly text: string;
};

/**
 * Renders the operator's pages to a folder that works from file://: file name to
 * content. The same sources give the same bytes.
 */
export function renderDocs(
  sourceDirectory: string,
  assetsDirectory: string,
): ReadonlyMap<string, string> {
  const pages = readPages(sourceDirectory);
  const files = new Map<string, string>();
  const sections: Section[] = [];
  for (const page of pages) {
    const rendered = renderPage(page);
    sections.push(...rendered.sections);
    files.set(`${page.name}.html`, frame(page, pages, rendered.html));
  }
  // "</" would end the script element of a page that takes the index in.
  const index = JSON.stringify(sections, null, 1).replaceAll("</", "<\\/");
  files.set("search-index.js", `globalThis.shortlineDocs = ${index};\n`);
  for (const asset of ["search.js", "style.css"]) {
    files.set(asset, readFileSync(join(assetsDirectory, asset), "utf8"));
  }
  return files;
}

/** The id of a heading: its words in lower case with dashes. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

function readPages(directory: string): readonly Page[] {
  const found = readdirSync(directory)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -".md".length));
  const unlisted = found.filter((name) => !PAGE_ORDER.includes(name));
  if (unlisted.length > 0)
    throw new Error(`not in the menu of the operator docs: ${unlisted.join(", ")}`);
  return PAGE_ORDER.map((name) => {
    const markdown = readFileSync(join(directory, `${name}.md`), "utf8");
    const title = /^# (.+)$/m.exec(markdown)?.[1];
    if (title === undefined) throw new Error(`${name}.md has no title`);
    return { name, title, markdown: markdown.replace("{{config-table}}", formatConfigTable) };
  });
}

function renderPage(page: Page): { readonly html: string; readonly sections: readonly Section[] } {
  const sections: Section[] = [];
  const marked = new Marked({ gfm: true, async: false });
  marked.use({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const target = href.replace(/^([a-z-]+)\.md(#.*)?$/, "$1.html$2");
        return `<a href="${escapeHtml(target)}">${this.parser.parseInline(tokens)}</a>`;
      },
    },
  });
  for (const token of marked.lexer(page.markdown)) {
    const isHeading = token.type === "heading";
    const last = sections.at(-1);
    if (isHeading) {
      const heading = String(token["text"]);
      const anchor = token["depth"] === 1 ? "" : anchorOf(heading);
      sections.push({ page: `${page.name}.html`, title: page.title, heading, anchor, text: "" });
    } else if (last !== undefined) {
      sections[sections.length - 1] = {
        ...last,
        text: `${last.text} ${plainText(token.raw)}`.trim(),
      };
    }
  }
  return { html: marked.parse(page.markdown, { async: false }), sections };
}

function plainText(markdown: string): string {
  return markdown
    .replaceAll(/\]\([^)]*\)/g, "]")
    .replaceAll(/[`*|[\]]|^[-|: ]+$|^```.*$/gm, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function frame(page: Page, pages: readonly Page[], body: string): string {
  const menu = pages
    .map(({ name, title }) => {
      const mark = name === page.name ? ' aria-current="page"' : "";
      return `<a href="${name}.html"${mark}>${escapeHtml(name === "index" ? "Start" : title)}</a>`;
    })
    .join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)} · Shortline</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<header>
${menu}
<input id="search" type="search" placeholder="Search" aria-label="Search the manual">
</header>
<ul id="results"></ul>
<main>
${body}</main>
<script src="search-index.js"></script>
<script src="search.js"></script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

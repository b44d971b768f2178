import type { Edit } from "./trunk-commit.ts";

interface Change {
  readonly message: string;
  readonly edits: readonly Edit[];
}

/** Two commits that a team would rather not have made. */
export const hostedDefects: Readonly<Record<"unhealthy" | "wrong", Change>> = {
  unhealthy: {
    message: "feat(core): report ready only where the commit has a name",
    edits: [
      {
        file: "packages/core/src/http/system-routes.ts",
        find: 'if (reason === null) return c.json({ status: "ready" });',
        replace:
          'if (reason === null && deps.build.commit === "") return c.json({ status: "ready" });',
      },
    ],
  },
  wrong: {
    message: "feat(core): mark redirects for the campaign",
    edits: [
      {
        file: "packages/core/src/http/redirect-route.ts",
        find: "Location: resolution.target.destination,",
        replace: "Location: `${resolution.target.destination}?campaign=none`,",
      },
    ],
  },
};

/** The fix that travels from trunk to the line and to the site; `visible` is what a visitor then reads. */
export const hostedFix: Change & { readonly visible: string } = {
  message: "fix(core): tell visitors of an unknown link whom to ask",
  visible: "Ask whoever gave you this link for a new one.",
  edits: [
    {
      file: "packages/core/src/links/resolve-link.ts",
      find: "Check the address for typing mistakes, or ask whoever gave it to you for a new one.",
      replace:
        "Check the address for typing mistakes. Ask whoever gave you this link for a new one.",
    },
  ],
};

import type { TrunklineConfig } from "trunkline";

/** This repository's own release policy. Reference: ops-docs/reference/trunkline.md */
const config: TrunklineConfig = {
  product: "shortline",
  trunk: "main",
  lines: {
    branch: "lts/{major}.{minor}",
    tag: "v{version}",
    first: "1.0",
    active: "12mo",
    maintenance: "12mo",
  },
  changesets: { directory: ".changeset", package: "@shortline/self-hosted" },
  proven: { environment: "production", bakeTime: "24h" },
  qa: { roles: ["engineering", "operations"] },
  build: {
    commands: [
      [
        "npx",
        "-y",
        "pnpm@12.21.0",
        "install",
        "--frozen-lockfile",
        "--prefer-offline",
        "--reporter=append-only",
        "--filter",
        "@shortline/hosted...",
      ],
      ["npx", "-y", "pnpm@12.21.0", "--filter", "@shortline/hosted", "run", "build"],
    ],
    output: "apps/hosted/dist",
    keep: [
      "node_modules",
      "apps/hosted/node_modules",
      "packages/core/node_modules",
      "packages/http-server/node_modules",
    ],
  },
  environments: {
    production: {
      driver: "local",
      host: "127.0.0.1",
      port: 8080,
      command: ["{node}", "main.js"],
      env: {
        HOST: "127.0.0.1",
        PORT: "{port}",
        BUILD_COMMIT: "{commit}",
        BUILD_DIGEST: "{digest}",
        SHORTLINE_DATABASE_URL: "sqlite:{data}/shortline.db",
        SHORTLINE_API_KEYS: "{env:SHORTLINE_API_KEYS}",
      },
      health: { path: "/readyz", timeout: "30s" },
      smoke: [
        { path: "/version", status: 200, bodyContains: "{commit}" },
        { path: "/openapi.json", status: 200 },
      ],
    },
  },
  bundle: {
    product: "shortline",
    commands: [
      [
        "npx",
        "-y",
        "pnpm@12.21.0",
        "install",
        "--frozen-lockfile",
        "--prefer-offline",
        "--reporter=append-only",
        "--filter",
        "@shortline/self-hosted...",
      ],
      ["npx", "-y", "pnpm@12.21.0", "--filter", "@shortline/self-hosted", "run", "build"],
    ],
    files: [
      { from: "apps/self-hosted/dist/shortlinectl.js", to: "app/shortlinectl.js" },
      { from: "apps/self-hosted/launcher", to: "app/shortlinectl", mode: "0755" },
      { from: "apps/self-hosted/dist/docs", to: "docs" },
      { from: "packages/core/migrations", to: "migrations" },
      { from: "apps/self-hosted/systemd", to: "systemd" },
      { from: "apps/self-hosted/etc", to: "etc" },
      { from: "apps/self-hosted/install.sh", to: "install.sh", mode: "0755" },
      {
        from: "apps/self-hosted/node_modules/node-linux-{arch}/bin/node",
        to: "runtime/bin/node",
        mode: "0755",
      },
    ],
    metafiles: ["apps/self-hosted/dist/metafile-esm.json"],
    packages: [
      {
        directory: "apps/self-hosted/node_modules/node-linux-{arch}",
        name: "node",
        license: "MIT",
        licenseFile: "LICENSE",
      },
    ],
  },
};

export default config;

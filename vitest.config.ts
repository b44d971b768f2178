import { defineConfig } from "vitest/config";

const ignored = ["**/node_modules/**", "**/dist/**", "**/.trunkline/**"];

/** One project per test tier; the tier is in the file name. Slower tiers start when faster ones are done. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["**/*.test.ts"],
          exclude: [...ignored, "**/*.integration.test.ts", "**/*.e2e.test.ts"],
          // A deadline against hanging, not a speed test: a busy machine is slow.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          sequence: { groupOrder: 1 },
          include: ["**/*.integration.test.ts"],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 2 },
          include: ["**/*.e2e.test.ts"],
          exclude: ignored,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

import type { Reporter } from "knip";

/** Says how many files were looked at: knip itself is silent about that. */
const reportCount: Reporter = ({ counters }) => {
  process.stdout.write(`processed ${counters.processed} files\n`);
};

// knip loads a reporter by its default export.
export default reportCount;

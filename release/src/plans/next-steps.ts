/** What a release manager should do about a line, as plain data. */
export interface LineState {
  readonly name: string;
  readonly phase: string;
  readonly missingRoles: readonly string[];
  readonly latestRelease: string | null;
  /** Backports since the latest release. */
  readonly unreleasedCommits: number;
  readonly refusedCommits: number;
  readonly hasCutEntry: boolean;
}

export interface EnvironmentState {
  readonly environment: string;
  readonly servingCommit: string | null;
  readonly commitsBehindTrunk: number | null;
  readonly openDeployment: string | null;
}

/** The next commands, the most pressing first; empty when nothing waits. */
export function nextSteps(state: {
  readonly environments: readonly EnvironmentState[];
  readonly lines: readonly LineState[];
  readonly pendingChangesets: number;
}): readonly string[] {
  return [
    ...state.lines.flatMap(brokenLineSteps),
    ...state.environments.flatMap(environmentSteps),
    ...state.lines.flatMap(lineSteps),
    ...(state.lines.length === 0 && state.pendingChangesets > 0
      ? ["`trunkline cut` makes the first line"]
      : []),
  ];
}

function brokenLineSteps(line: LineState): readonly string[] {
  const refused =
    line.refusedCommits === 0
      ? []
      : [
          `line ${line.name} holds ${String(line.refusedCommits)} commits that break trunk-first: \`trunkline check\``,
        ];
  const unknown = line.hasCutEntry
    ? []
    : [
        `line ${line.name} is not in the ledger: \`trunkline cut\` finishes a cut that was interrupted`,
      ];
  return [...refused, ...unknown];
}

function environmentSteps(environment: EnvironmentState): readonly string[] {
  if (environment.openDeployment !== null)
    return [
      `a deployment to ${environment.environment} was not finished: run \`trunkline deploy ${environment.openDeployment} --environment ${environment.environment} --apply\` again`,
    ];
  if (environment.servingCommit === null)
    return [
      `nothing serves in ${environment.environment}: \`trunkline deploy --environment ${environment.environment}\``,
    ];
  if ((environment.commitsBehindTrunk ?? 0) === 0) return [];
  return [
    `${environment.environment} is ${String(environment.commitsBehindTrunk)} commits behind trunk: \`trunkline deploy --environment ${environment.environment}\``,
  ];
}

function lineSteps(line: LineState): readonly string[] {
  if (line.phase === "ended") return [];
  if (line.latestRelease === null) {
    const signs = line.missingRoles.map(
      (role) =>
        `line ${line.name} waits for QA: \`trunkline qa sign --line ${line.name} --role ${role} --evidence …\``,
    );
    return signs.length > 0
      ? signs
      : [`line ${line.name} is ready: \`trunkline release --line ${line.name}\``];
  }
  if (line.unreleasedCommits === 0) return [];
  return [
    `line ${line.name} has ${String(line.unreleasedCommits)} backports since ${line.latestRelease}: \`trunkline release --line ${line.name}\``,
  ];
}

import type { Chapter } from "./chapter.ts";
import { cutLine } from "./chapters/cut-line.ts";
import { firstDeployment } from "./chapters/first-deployment.ts";
import { firstRelease } from "./chapters/first-release.ts";
import { installOffline } from "./chapters/install-offline.ts";
import { lookAtItAll } from "./chapters/look-at-it-all.ts";
import { patchRelease } from "./chapters/patch-release.ts";
import { secondDeployment } from "./chapters/second-deployment.ts";
import { strayCommit } from "./chapters/stray-commit.ts";
import { unhealthyCommit } from "./chapters/unhealthy-commit.ts";
import { wrongCommit } from "./chapters/wrong-commit.ts";
import type { World } from "./world.ts";

const chapters: readonly Chapter[] = [
  firstDeployment,
  secondDeployment,
  unhealthyCommit,
  wrongCommit,
  cutLine,
  firstRelease,
  installOffline,
  patchRelease,
  strayCommit,
  lookAtItAll,
];

/** Tells the whole story in order. @throws the first chapter's failure */
export async function tellStory(world: World): Promise<void> {
  for (const chapter of chapters) {
    world.say(`\n${chapter.letter}. ${chapter.title}`);
    world.say(`   proves: ${chapter.proves}`);
    const startedMs = performance.now();
    const figures = await chapter.run(world);
    for (const figure of figures) world.say(`   ${figure}`);
    world.say(`   ok, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
}

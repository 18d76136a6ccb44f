// `npm run storm [runs] [seed]`: the storm of test/node/trainer/storm.ts, 200 runs by default. Needs the build.

import { runStorm } from "../test/node/trainer/storm.ts";

const runs = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));

console.log(`storm: ${runs} runs, seed ${seed}`);
const begin = performance.now();
const problems = await runStorm({ runs, seed, report: (line) => console.log(line) });
const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
console.log(`${runs} runs in ${minutes} minutes, ${problems.length} problems`);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

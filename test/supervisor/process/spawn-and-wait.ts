import {spawnEngine} from '../../../src/supervisor/process/spawn-engine.ts';

// A supervisor in miniature, for tests that end it: spawns an engine, prints its identity, and waits.
const [directory = '', runId = '', executable = '', ...argv] = process.argv.slice(2);
const spawned = await spawnEngine({
  executable,
  arguments: argv,
  environment: process.env,
  directory,
  runId,
  record: null,
  secretOptions: [],
});
process.stdout.write(`${JSON.stringify(spawned)}\n`);
setInterval(() => {}, 1_000);

import {ENGINE_CORE_COMMAND, runEngineCore} from './process/engine-core.ts';
import {VLLM_VERSION} from './start/print-log.ts';

const [, , command, ...argv] = process.argv;

if (command === ENGINE_CORE_COMMAND) runEngineCore(Number(argv[0]));
else process.exit(await run());

async function run(): Promise<number> {
  if (command === '--version' || command === '-v') {
    process.stdout.write(`${VLLM_VERSION}\n`);
    return 0;
  }
  if (command === 'serve') {
    // Loaded only for this role, to keep the engine core's process small.
    const {runServe} = await import('./serve-command.ts');
    return runServe(argv);
  }
  process.stderr.write(
    `usage: vllm [-h] [-v] {chat,complete,serve,launch,bench,collect-env,run-batch} ...\nvllm: error: argument subparser: invalid choice: '${command ?? ''}' (the simulated engine knows serve)\n`,
  );
  return 2;
}

import {SGLANG_VERSION} from './print-log.ts';
import {runSglang} from './serve-command.ts';

const [, , command, ...argv] = process.argv;

process.exit(await run());

async function run(): Promise<number> {
  if (command === 'version') {
    process.stdout.write(`sglang version: ${SGLANG_VERSION}\n`);
    return 0;
  }
  if (command === 'serve') return runSglang(argv);
  process.stderr.write(
    `usage: sglang [-h] {serve,generate,version} ...\nsglang: error: invalid choice: '${command ?? ''}'\n`,
  );
  return 2;
}

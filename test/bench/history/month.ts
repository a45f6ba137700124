import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {supervisorFlags} from '../../../src/cli/service/process-memory.ts';

const program = path.join(import.meta.dirname, 'month-program.ts');

/** Prints what thirty busy days cost a process with the supervisor's flags; false if a chart of all of them takes too much. */
export function benchMonth(): boolean {
  const {status} = spawnSync(process.execPath, [...supervisorFlags, '--import=tsx', program], {stdio: 'inherit'});
  return status === 0;
}

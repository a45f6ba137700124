import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {supervisorFlags} from '../../../src/cli/service/process-memory.ts';

const program = path.join(import.meta.dirname, 'ledger-program.ts');

/** Prints what a ledger of 400 days costs a process with the supervisor's flags; false if it takes too much. */
export function benchLedgerDays(): boolean {
  const {status} = spawnSync(process.execPath, [...supervisorFlags, '--import=tsx', program], {stdio: 'inherit'});
  return status === 0;
}

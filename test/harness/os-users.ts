import {execFile, execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {gantryEntry} from './gantry-home.ts';

/** An account of this host. */
export type OsUser = {readonly name: string; readonly uid: number; readonly gid: number};

/** Two accounts without rights that a test may use at the same time, or why there are none. */
export type TwoUsers = {readonly users: readonly [OsUser, OsUser]} | {readonly missing: string};

/** Accounts that every Linux has, with which no program of a test host runs. Nothing is added to the host. */
export function findTwoUsers(): TwoUsers {
  if (process.getuid?.() !== 0) return {missing: 'only root can run programs as another user'};
  const [first, second] = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([name]) => name === 'daemon' || name === 'bin' || name === 'games')
    .map(([name = '', , uid, gid]) => ({name, uid: Number(uid), gid: Number(gid)}));
  if (first === undefined || second === undefined) return {missing: 'this host has no two accounts without rights'};
  try {
    // In a user namespace an account may exist in name only, and the checkout may be closed to others.
    for (const {uid, gid} of [first, second]) execFileSync(process.execPath, [gantryEntry, '--version'], {uid, gid});
  } catch (error) {
    return {
      missing: `gantry cannot be run as ${first.name}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return {users: [first, second]};
}

/** Runs a program as a user, with exactly this environment and file mode mask, to its end. */
export function runAs(
  {uid, gid}: OsUser,
  words: readonly string[],
  {env, mask = '022'}: {readonly env: Readonly<Record<string, string>>; readonly mask?: string},
): Promise<{readonly exitCode: number; readonly stdout: string; readonly stderr: string}> {
  return new Promise((resolve) => {
    const options = {uid, gid, env: {...env}, cwd: '/', maxBuffer: 64 * 1024 * 1024};
    const argv = ['-c', `umask ${mask}; exec "$@"`, 'sh', process.execPath, ...words];
    const child = execFile('/bin/sh', argv, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({exitCode, stdout, stderr});
    });
    child.stdin?.end();
  });
}

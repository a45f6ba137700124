import {readFile} from 'node:fs/promises';
import {execa} from 'execa';
import type {KernelMessage} from '../../domain/diagnosis/kernel/kernel-cause.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';

/** Names a program that prints a kernel log as dmesg does, in place of this host's: that of the machine which has the GPUs. */
export const DMESG_VARIABLE = 'GANTRY_DMESG';
const TIMEOUT_MS = 3_000;
/** The newest lines are the ones that matter; a stack trace may be long. */
const MAX_BYTES = 4 * 1024 * 1024;

type Command = readonly [program: string, ...words: string[]];

/** Ways to read the kernel log with minimal privileges, in the order they are tried. Both print seconds since boot. */
const commands: readonly Command[] = [
  ['dmesg'],
  ['journalctl', '--dmesg', '--output=short-monotonic', '--lines=2000', '--no-pager', '--quiet'],
];

/** Kernel messages since boot, the newest last; absent with a reason if this user may not read them. */
export async function readKernelLog(environment: NodeJS.ProcessEnv): Promise<Reading<readonly KernelMessage[]>> {
  const uptimeSeconds = await readUptimeSeconds();
  if (isAbsent(uptimeSeconds)) return uptimeSeconds;
  const chosen = environment[DMESG_VARIABLE];
  for (const [program, ...words] of chosen === undefined ? commands : [[chosen] as const]) {
    const result = await execa(program, words, {
      env: {...environment, LC_ALL: 'C'},
      extendEnv: false,
      reject: false,
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_BYTES,
      stdin: 'ignore',
    });
    const messages = parseKernelLog(result.stdout ?? '', uptimeSeconds);
    if (messages.length > 0) return messages;
  }
  return absent(
    'this user may not read the kernel log: add it to the group adm or systemd-journal, or set kernel.dmesg_restrict=0',
  );
}

async function readUptimeSeconds(): Promise<Reading<number>> {
  try {
    return Number((await readFile('/proc/uptime', 'utf8')).split(' ', 1)[0]);
  } catch (error) {
    return absent(`/proc/uptime cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `[ 1234.567890] text` of dmesg, `[ 1234.567890] host kernel: text` of the journal. */
export function parseKernelLog(text: string, uptimeSeconds: number): readonly KernelMessage[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\[\s*(\d+\.\d+)\] (?:\S+ kernel: )?(.*)/.exec(line);
    if (match === null) return [];
    return [{ageMs: Math.max(0, (uptimeSeconds - Number(match[1])) * 1000), text: match[2] ?? ''}];
  });
}

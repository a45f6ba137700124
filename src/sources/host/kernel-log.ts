import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {execa} from 'execa';
import type {KernelMessage} from '../../domain/diagnosis/kernel/kernel-cause.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {NewestLines} from './newest-lines.ts';

/** Names a program that prints a kernel log as dmesg does, in place of this host's: that of the machine which has the GPUs. */
const DMESG_VARIABLE = 'GANTRY_DMESG';
const TIMEOUT_MS = 3_000;
const MAX_ERROR_BYTES = 64 * 1024;

type Command = readonly [program: string, ...words: string[]];

/** Ways to read the kernel log with minimal privileges, in the order they are tried. Both print seconds since boot. */
const commands: readonly Command[] = [
  ['dmesg'],
  ['journalctl', '--dmesg', '--output=short-monotonic', '--lines=2000', '--no-pager', '--quiet'],
];

/**
 * A kernel log, the newest message last, or why there is none: `refused` if this user may not read it, `failed` if it could
 * not be read this time.
 */
export type KernelLog =
  | {readonly kind: 'read'; readonly messages: readonly KernelMessage[]}
  | {readonly kind: 'refused'; readonly reason: string}
  | {readonly kind: 'failed'; readonly reason: string};

/** `simulatedNode`: directory of a simulated node; null on a real one. */
type KernelLogOwner = {
  readonly environment: NodeJS.ProcessEnv;
  readonly simulatedNode: string | null;
};

/** Variables for the programs that print the kernel log; a simulated node has a log of its own, where no other is named. */
export function kernelLogEnvironment({environment, simulatedNode}: KernelLogOwner): NodeJS.ProcessEnv {
  return simulatedNode === null ? environment : {[DMESG_VARIABLE]: path.join(simulatedNode, 'dmesg'), ...environment};
}

/** Reads the kernel's messages since boot, of a large log the newest lines that are wanted and the last one. Never rejects. */
export async function readKernelLog(
  environment: NodeJS.ProcessEnv,
  isWanted: (line: string) => boolean = () => true,
): Promise<KernelLog> {
  const uptimeSeconds = await readUptimeSeconds();
  if (typeof uptimeSeconds === 'string') return {kind: 'failed', reason: uptimeSeconds};
  const chosen = environment[DMESG_VARIABLE];
  const answers: Answer[] = [];
  for (const command of chosen === undefined ? commands : [[chosen] as const]) {
    const answer = await ask(command, environment, isWanted);
    if (answer.kind === 'read' && !answer.isEmpty)
      return {kind: 'read', messages: parseKernelLog(answer.text, uptimeSeconds)};
    answers.push(answer);
  }
  return withoutMessages(answers);
}

type Answer =
  | {readonly kind: 'read'; readonly isEmpty: boolean; readonly text: string}
  | {readonly kind: 'refused' | 'missing' | 'failed'; readonly reason: string};

async function ask(
  [program, ...words]: Command,
  environment: NodeJS.ProcessEnv,
  isWanted: (line: string) => boolean,
): Promise<Answer> {
  const lines = new NewestLines(isWanted);
  const child = execa(program, words, {
    env: {...environment, LC_ALL: 'C'},
    extendEnv: false,
    reject: false,
    timeout: TIMEOUT_MS,
    buffer: {stdout: false, stderr: true},
    maxBuffer: MAX_ERROR_BYTES,
    stdin: 'ignore',
  });
  child.stdout.setEncoding('utf8');
  let isEmpty = true;
  child.stdout.on('data', (text: string) => {
    isEmpty = false;
    lines.take(text);
  });
  const {timedOut, code, exitCode, stderr} = await child;
  const text = lines.end();
  if (code === 'ENOENT') return {kind: 'missing', reason: `${program} was not found`};
  if (timedOut) return {kind: 'failed', reason: `${program} did not end within ${secondsText(TIMEOUT_MS)}`};
  if (exitCode === 0 || text !== '') return {kind: 'read', isEmpty, text};
  const said = stderr.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  if (code === 'EACCES' || /not permitted|permission|denied/i.test(stderr)) return {kind: 'refused', reason: said};
  return {kind: 'failed', reason: `${program} failed: ${said === '' ? `exit code ${exitCode ?? '?'}` : said}`};
}

/** A log may be empty, because someone cleared it; the journal is empty too for a user who may not read it. */
function withoutMessages(answers: readonly Answer[]): KernelLog {
  if (answers[0]?.kind === 'read') return {kind: 'read', messages: []};
  if (answers.some(({kind}) => kind === 'refused')) {
    return {
      kind: 'refused',
      reason:
        'this user may not read the kernel log: add the user to the group adm or systemd-journal, or set kernel.dmesg_restrict=0',
    };
  }
  const reasons = answers.flatMap((answer) => (answer.kind === 'read' ? [] : [answer.reason]));
  return {kind: 'failed', reason: `the kernel log could not be read: ${reasons.join('; ')}`};
}

/** A text: why it could not be read. */
async function readUptimeSeconds(): Promise<number | string> {
  try {
    return Number((await readFile('/proc/uptime', 'utf8')).split(' ', 1)[0]);
  } catch (error) {
    return `/proc/uptime cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Seconds by which a log may be ahead of the uptime, and how much more per second: its clock is not adjusted by NTP. */
const AHEAD_SECONDS = 5;
const DRIFT = 1e-4;

/**
 * `[ 1234.567890] text` of dmesg, `[ 1234.567890] host kernel: text` of the journal. A log with a line from the future is not
 * by the clock of this uptime (a container with an uptime of its own, another machine): no age in it is known.
 */
export function parseKernelLog(text: string, uptimeSeconds: number): readonly KernelMessage[] {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^\[\s*(\d+\.\d+)\] (?:\S+ kernel: )?(.*)/.exec(line);
    return match === null ? [] : [{seconds: Number(match[1]), text: match[2] ?? ''}];
  });
  const latest = uptimeSeconds * (1 + DRIFT) + AHEAD_SECONDS;
  const isOtherClock = lines.some(({seconds}) => seconds > latest);
  return lines.map(({seconds, text: message}) => ({
    ageMs: isOtherClock ? null : Math.max(0, (uptimeSeconds - seconds) * MS_PER_SECOND),
    text: message,
  }));
}

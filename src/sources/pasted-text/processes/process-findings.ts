import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {countedText, limitedList} from '../../../shared/quantities/counts.ts';
import {type KernelWait, kernelWaitOf, kernelWaits, waitTexts} from './kernel-waits.ts';
import {type EngineProcess, isEnded, type Orphans} from './lost-parents.ts';
import type {Alone} from './missing-parts.ts';
import type {ProcessRow} from './process-rows.ts';

const MAX_NAMED = 4;
/** Longest part of a command that names a process, in characters. */
const MAX_NAME = 40;

/** Processes that have ended and were not reaped, as the finding names them. */
export function deadFinding(dead: readonly ProcessRow[], displayName: string, hasParent: boolean): Finding {
  const names = limitedList([...new Set(dead.map(nameOf))], MAX_NAMED);
  const parent = hasParent ? ', while its parent still runs' : '';
  return {
    code: 'host.workers-defunct',
    severity: 'critical',
    message: `${countedText(dead.length, 'worker')} of ${displayName} ${dead.length === 1 ? 'is' : 'are'} dead (${names} <defunct>)${parent}: it cannot answer requests.`,
    evidence: dead[0]?.text ?? null,
    remedy:
      'Restart the engine, on every node that it runs on. Do not trust its health page or its metrics: the parent may still serve them. Why the workers died is in its log and in dmesg -T.',
    settingsChange: null,
  };
}

/** Processes in state D, by what they wait for: no signal reaches them there. */
export function blockedFindings(rows: readonly ProcessRow[]): readonly Finding[] {
  const waits = rows.map((row) => ({
    row,
    wait: row.waitsIn === null ? ('unknown' as const) : kernelWaitOf(row.waitsIn),
  }));
  return kernelWaits.flatMap((wait) => {
    const blocked = waits.filter((one) => one.wait === wait).map(({row}) => row);
    return blocked.length === 0 ? [] : [blockedFinding(blocked, wait)];
  });
}

function blockedFinding(rows: readonly ProcessRow[], wait: KernelWait): Finding {
  const [first] = rows;
  const names = limitedList(
    rows.map((row) => `${nameOf(row)} (pid ${row.pid})`),
    MAX_NAMED,
  );
  const place = first?.waitsIn ?? null;
  const verb = rows.length === 1 ? 'waits' : 'wait';
  const {says, remedy} = waitTexts[wait];
  return {
    ...withDetails('host.process-blocked', {
      wait,
      processes: rows.map(({pid, waitsIn, ...row}) => ({pid, name: nameOf(row), waitsIn})),
    }),
    severity: wait === 'disk' || wait === 'exit' ? 'warning' : 'critical',
    message: `${names} ${verb} ${says}${place === null ? '' : ` (${place})`} and cannot be interrupted (state D).`,
    evidence: first?.text ?? null,
    remedy,
    settingsChange: null,
  };
}

/** Workers that nobody serves requests with. */
export function orphansFinding({processes, isCertain}: Orphans): Finding {
  const [first] = processes;
  const pids = processes.map(({row}) => row.pid);
  const names = limitedList(
    processes.map(({row}) => `${nameOf(row)} (pid ${row.pid})`),
    MAX_NAMED,
  );
  const isOne = processes.length === 1;
  const displayName = first?.engine.displayName ?? 'the engine';
  return {
    ...withDetails('host.workers-orphaned', {pids, isCertain}),
    severity: isCertain ? 'critical' : 'warning',
    message: isCertain
      ? `${names} of ${displayName} still ${isOne ? 'runs' : 'run'}, and the program that answered requests with ${isOne ? 'it' : 'them'} is gone: ${isOne ? 'it holds' : 'they hold'} GPU memory for nothing.`
      : `${names} of ${displayName} ${isOne ? 'is a child' : 'are children'} of process 1, which is not in this list: in a container that may be the engine, on a host its server is gone.`,
    evidence: first?.row.text ?? null,
    remedy: isCertain
      ? `End ${isOne ? 'it' : 'them'} with what ${isOne ? 'it' : 'they'} started: kill ${pids.slice(0, MAX_NAMED).join(' ')}, and kill -9 if they remain; then check with nvidia-smi that the memory is free before the next start. Why the server ended is in its log and in dmesg -T.`
      : `Give the whole list: ${WHOLE_LIST}.`,
    settingsChange: null,
  };
}

/** Workers whose server is in no row, or a server whose workers are. */
export function aloneFinding({part, engine: {displayName}, processes, isCertain}: Alone): Finding {
  const pids = processes.map(({row}) => row.pid);
  const names = limitedList(
    processes.map(({row}) => `${nameOf(row)} (pid ${row.pid})`),
    MAX_NAMED,
  );
  const verb = processes.length === 1 ? 'runs' : 'run';
  const common = {
    severity: isCertain ? ('critical' as const) : ('warning' as const),
    evidence: processes[0]?.row.text ?? null,
    settingsChange: null,
  };
  if (part === 'workers')
    return {
      ...withDetails('host.workers-orphaned', {pids, isCertain}),
      ...common,
      message: `${names} of ${displayName} ${verb}, and the program that answers requests with ${processes.length === 1 ? 'it' : 'them'} is not in this list: unless it was left out, it is gone, and nothing is served.`,
      remedy: `Look for it: ${WHOLE_LIST}. If it is gone, end the workers, which hold GPU memory for nothing: kill ${pids.slice(0, MAX_NAMED).join(' ')}, and kill -9 if they remain. Why it ended is in its log and in dmesg -T.`,
    };
  if (part === 'core')
    return {
      ...withDetails('host.server-without-workers', {pids}),
      ...common,
      message: `The server of ${displayName} ${verb} (${names}) and so do workers, and the engine core between them, which gives the workers their requests, is not in this list: unless it was left out, it is gone, and no request is answered.`,
      remedy: `Look for it: ${WHOLE_LIST}. If it is gone, restart the engine; do not trust its health page, and end workers that remain. Why it ended is in its log and in dmesg -T.`,
    };
  return {
    ...withDetails('host.server-without-workers', {pids}),
    ...common,
    message: `The server of ${displayName} ${verb} (${names}), and none of the processes that hold the model is in this list: unless they were left out${isCertain ? '' : ', or it was started a moment ago'}, they are gone, and it cannot answer requests.`,
    remedy: `Look for them: ${WHOLE_LIST}. If they are gone, restart the engine; do not trust its health page. Why they ended is in its log and in dmesg -T.`,
  };
}

const WHOLE_LIST = 'ps -eo pid,ppid,stat,wchan:32,args';

/** How many processes of an engine a list has, and how many of them have ended. */
export function endedCount(processes: readonly EngineProcess[]): number {
  return processes.filter(({row}) => isEnded(row)).length;
}

/** A process by its title, or by the name of its program. */
export function nameOf({command}: Pick<ProcessRow, 'command'>): string {
  const dead = (/\[?([\w:.+/-]{1,80})\]? <defunct>/.exec(command) ?? /^\[([\w:.+/-]{1,80})\]$/.exec(command))?.[1];
  if (dead !== undefined) return dead;
  const [program = command] = command.split(/\s/);
  const module = /^\S*python[\d.]* (?:-\w )?([\w.]{2,80})/.exec(command)?.[1];
  return (module ?? program.split('/').at(-1) ?? program).slice(0, MAX_NAME);
}

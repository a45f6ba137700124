import {existsSync} from 'node:fs';
import path from 'node:path';
import {openTerminal, type PtyTerminal} from '../../harness/terminal.ts';

/** Programs that operators leave running, with the words that make them update once a second. */
const monitors = [
  {name: 'htop', words: ['-d', '10']},
  {name: 'btop', words: []},
  {name: 'vllmstat', words: []},
] as const;

/** The name of a monitor that the console is compared with. */
export type MonitorName = (typeof monitors)[number]['name'];

/** A program in a terminal, for a measurement. */
export type RunningMonitor = {readonly name: MonitorName; readonly terminal: PtyTerminal};

/** Starts the monitors that are installed, each in a terminal of its own; `missing` names the others. */
export function startMonitors(
  size: {readonly columns: number; readonly rows: number},
  env: Readonly<Record<string, string>>,
): {readonly running: readonly RunningMonitor[]; readonly missing: readonly MonitorName[]} {
  const running: RunningMonitor[] = [];
  const missing: MonitorName[] = [];
  for (const {name, words} of monitors) {
    const file = installed(name);
    if (file === null) missing.push(name);
    else {
      const own = {...env, TERM: 'xterm-256color', LANG: 'C.UTF-8'};
      running.push({name, terminal: openTerminal({file, args: words, env: own, ...size})});
    }
  }
  return {running, missing};
}

function installed(name: string): string | null {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  return directories.map((directory) => path.join(directory, name)).find((file) => existsSync(file)) ?? null;
}

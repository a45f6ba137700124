/** The simulated release. */
export const VLLM_VERSION = '0.28.0';

/**
 * The process that logs: the API server, the engine core, or the worker of a rank (before and after it knows its rank).
 */
export type Speaker =
  | {readonly role: 'APIServer' | 'EngineCore'}
  | {readonly role: 'Worker'; readonly rank: number; readonly isRanked: boolean};

/** Process ids by role. */
export type Pids = {readonly apiServer: number; readonly engineCore: number; readonly workers: readonly number[]};

export const apiServer: Speaker = {role: 'APIServer'};
export const engineCore: Speaker = {role: 'EngineCore'};

/** The worker of this rank, under its final name. */
export function worker(rank: number): Speaker {
  return {role: 'Worker', rank, isRanked: true};
}

/** `(Worker_TP0 pid=350) `: the prefix of everything that a vLLM process prints. */
export function processPrefix(speaker: Speaker, pids: Pids): string {
  switch (speaker.role) {
    case 'APIServer':
      return `(APIServer pid=${pids.apiServer}) `;
    case 'EngineCore':
      return `(EngineCore pid=${pids.engineCore}) `;
    case 'Worker': {
      const name = speaker.isRanked ? `Worker_TP${speaker.rank}` : 'Worker';
      return `(${name} pid=${pids.workers[speaker.rank] ?? 0}) `;
    }
  }
}

/** `INFO 11-23 14:03:07 [core.py:122] `: level, local time and place. */
export function logHead(level: 'INFO' | 'WARNING' | 'ERROR', place: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${level} ${day} ${time} [${place}] `;
}

/** The block letters and the text next to them, one log line each. */
export function logoLines(model: string): readonly string[] {
  return [
    '',
    '       █     █     █▄   ▄█',
    ` ▄▄ ▄█ █     █     █ ▀▄▀ █  version ${VLLM_VERSION}`,
    `  █▄█▀ █     █     █     █  model   ${model}`,
    '   ▀▀  ▀▀▀▀▀ ▀▀▀▀▀ ▀     ▀',
    '',
  ];
}

/** A value as Python's repr prints it. */
export function pythonText(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `[${value.map(pythonText).join(', ')}]`;
}

/** A mapping as Python's repr prints it. */
export function pythonDict(entries: Iterable<readonly [string, Parameters<typeof pythonText>[0]]>): string {
  return `{${[...entries].map(([key, value]) => `'${key}': ${pythonText(value)}`).join(', ')}}`;
}

/** Thousands separated by commas, as in `GPU KV cache size: 814,448 tokens`. */
export function withCommas(value: number): string {
  const digits = String(Math.floor(value));
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
  return groups.join(',');
}

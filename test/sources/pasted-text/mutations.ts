/** Random numbers that are the same for the same seed. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof createRandom>;

/** What happens to a log on its way to the one who reads it. */
export type Mutation = {
  readonly name: string;
  readonly mutate: (lines: readonly string[], random: Random, engine: string) => readonly string[];
};

const START_MS = Date.UTC(2026, 3, 5, 0, 1, 19);

/** A rising time for each line, as nanoseconds of one second show it. */
function isoTime(index: number): string {
  const date = new Date(START_MS + index * 1_370);
  return date.toISOString().replace('Z', `${String(index % 1_000_000).padStart(6, '0')}Z`);
}

function syslogTime(index: number): string {
  return new Date(START_MS + index * 1_370)
    .toUTCString()
    .replace(
      /^\w+, (\d+) (\w+) \d+ (\S+).*/,
      (_, day, month, time) => `${month} ${String(day).padStart(2, ' ')} ${time}`,
    );
}

const prefixed = (name: string, prefix: (index: number, random: Random) => string): Mutation => ({
  name,
  mutate: (lines, random) => lines.map((line, index) => `${prefix(index, random)}${line}`),
});

const json = (name: string, entry: (line: string, index: number) => unknown): Mutation => ({
  name,
  mutate: (lines) => lines.map((line, index) => JSON.stringify(entry(line, index))),
});

const ansi = '\u001b';

/** Prefixes, each of which may be combined with the other kinds. */
export const prefixes: readonly Mutation[] = [
  prefixed('docker compose', () => 'engine-1  | '),
  prefixed('docker logs -t', (index) => `${isoTime(index)} `),
  prefixed('a Kubernetes log file', (index) => `${isoTime(index)} stderr F `),
  prefixed('kubectl logs --prefix', () => '[pod/engine-7d9f8b6c5d-x2x4z/server] '),
  prefixed('stern', () => 'engine-7d9f8b6c5d-x2x4z server '),
  prefixed('the journal', (index) => `${syslogTime(index)} node-17 engine[4711]: `),
  prefixed('the journal, ISO', (index) => `${isoTime(index).slice(0, 19)}+0000 node-17 engine[4711]: `),
  prefixed('a cloud viewer', (index) => `ERROR ${isoTime(index)} `),
  prefixed('srun --label', () => '0: '),
  json('docker json-file', (line, index) => ({log: `${line}\n`, stream: 'stderr', time: isoTime(index)})),
  json('a cloud export', (line, index) => ({textPayload: line, severity: 'ERROR', timestamp: isoTime(index)})),
  {
    name: 'a JSON document',
    mutate: (lines) =>
      JSON.stringify(
        lines.map((line, index) => ({textPayload: line, timestamp: isoTime(index)})),
        null,
        2,
      ).split('\n'),
  },
];

/** Kinds that change no prefix. */
export const others: readonly Mutation[] = [
  {name: 'as it is', mutate: (lines) => lines},
  {
    name: 'colors',
    mutate: (lines) => lines.map((line, index) => (index % 2 === 0 ? `${ansi}[1;36m${line}${ansi}[0m` : line)),
  },
  {
    name: 'colors without their escape',
    mutate: (lines) => lines.map((line) => line.replace(/^(\S+)/, '[1;36m$1[0;0m')),
  },
  {
    name: 'wrapped at 120 columns',
    mutate: (lines) => lines.flatMap((line) => line.match(/.{1,120}/g) ?? ['']),
  },
  {
    name: 'between the lines of another rank',
    mutate: (lines, random, engine) =>
      lines.flatMap((line) => (random(2) === 0 ? [otherRank[engine] ?? 'idle', line] : [line])),
  },
];

/** A harmless line, as another rank of the same engine writes it. */
const otherRank: Readonly<Partial<Record<string, string>>> = {
  sglang: '[2026-05-06 12:31:07 TP7] Using default MoE config. Performance might be sub-optimal!',
  llamacpp: 'slot update_slots: id  7 | task 7 | nothing to do',
  vllm: '(Worker_TP7 pid=4317) INFO 05-06 12:31:07 [parallel_state.py:1208] rank 7 in world size 8 is assigned as TP rank 7',
};

/** The same text with the newest line first, as cloud viewers show it. */
export const reversed: readonly Mutation[] = prefixes
  .filter(({name}) => /docker logs -t|Kubernetes|journal|cloud|json-file/.test(name))
  .map(({name, mutate}) => ({
    name: `${name}, newest first`,
    mutate: (lines, random, engine) => mutate(lines, random, engine).toReversed(),
  }));

import type {Mutation, Random} from './mutation.ts';

const START_MS = Date.UTC(2026, 3, 5, 0, 1, 19);

function dateOf(index: number): Date {
  return new Date(START_MS + index * 1_370);
}

/** A rising time for each line, with this many digits behind the seconds. */
function isoTime(index: number, digits = 9, zone = 'Z'): string {
  const [seconds] = dateOf(index).toISOString().split('.');
  const fraction = String((index * 370_123_457) % 1_000_000_000)
    .padStart(9, '0')
    .slice(0, digits);
  return `${seconds}${digits === 0 ? '' : `.${fraction}`}${zone}`;
}

function syslogTime(index: number): string {
  const [, day = '', month, , time] = dateOf(index).toUTCString().split(' ');
  return `${month} ${String(Number(day)).padStart(2, ' ')} ${time}`;
}

const prefixed = (name: string, prefix: (index: number, random: Random) => string): Mutation => ({
  name,
  mutate: (lines, random) => lines.map((line, index) => `${prefix(index, random)}${line}`),
});

const json = (name: string, entry: (line: string, index: number) => unknown): Mutation => ({
  name,
  mutate: (lines) => lines.map((line, index) => JSON.stringify(entry(line, index))),
});

const document = (name: string, content: (lines: readonly string[]) => unknown, indentation: number): Mutation => ({
  name,
  mutate: (lines) => JSON.stringify(content(lines), null, indentation).split('\n'),
});

function cell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

const table = (name: string, header: string, row: (line: string, index: number) => string): Mutation => ({
  name,
  mutate: (lines) => [header, ...lines.map(row)],
});

const pod = 'engine-7d9f8b6c5d-x2x4z';
const labels = '{app="engine", namespace="models", stream="stderr"}';

/** Where each line has a time: such texts may have the newest line first. */
const timed: readonly Mutation[] = [
  prefixed('docker logs -t', (index) => `${isoTime(index)} `),
  prefixed('a container log file', (index) => `${isoTime(index)} stderr F `),
  prefixed('a container log file with a zone', (index) => `${isoTime(index, 9, '+02:00')} stderr F `),
  prefixed('kubectl logs --prefix --timestamps', (index) => `[pod/${pod}/server] ${isoTime(index)} `),
  prefixed('kubectl logs --timestamps', (index) => `${isoTime(index, 9, '-07:00')} `),
  prefixed('stern --timestamps', (index) => `${pod} server ${isoTime(index, 9, '+02:00')} `),
  prefixed('docker compose -t', (index) => `engine-1  | ${isoTime(index)} `),
  prefixed('journalctl', (index) => `${syslogTime(index)} node-17 engine[4711]: `),
  prefixed(
    'journalctl -o short-precise',
    (index) => `${syslogTime(index)}.${isoTime(index).slice(20, 26)} node-17 engine[4711]: `,
  ),
  prefixed('journalctl -o short-iso', (index) => `${isoTime(index, 0, '+0000')} node-17 engine[4711]: `),
  prefixed('journalctl -o short-iso-precise', (index) => `${isoTime(index, 6, '+02:00')} node-17 engine[4711]: `),
  prefixed(
    'journalctl -o short-unix',
    (index) => `${Math.floor(START_MS / 1000) + index}.${isoTime(index).slice(20, 26)} node-17 engine[4711]: `,
  ),
  prefixed(
    'journalctl -o short-full',
    (index) => `${weekday(index)} ${isoTime(index, 0, ' UTC').replace('T', ' ')} node-17 engine[4711]: `,
  ),
  prefixed(
    'journalctl -o with-unit',
    (index) => `${weekday(index)} ${isoTime(index, 0, ' CEST').replace('T', ' ')} node-17 engine.service[4711]: `,
  ),
  prefixed('a cloud viewer', (index) => `ERROR ${isoTime(index)} `),
  prefixed('aws logs tail', (index) => `${isoTime(index, 6, '+00:00')} engine/server/0a1b2c3d4e5f `),
  prefixed('logcli', (index) => `${isoTime(index, 0)} ${labels} `),
  prefixed('logcli -o raw with times', (index) => `${isoTime(index, 3)}\t`),
  prefixed('ts', (index) => `${syslogTime(index)} `),
  prefixed('ts with a format', (index) => `[${isoTime(index, 0, '').replace('T', ' ')}] `),
  prefixed('ts -s', (index) => `${dateOf(index).toISOString().slice(11, 19)} `),
  json('docker json-file', (line, index) => ({log: `${line}\n`, stream: 'stderr', time: isoTime(index)})),
  json('journalctl -o json', (line, index) => ({
    _HOSTNAME: 'node-17',
    __REALTIME_TIMESTAMP: String((START_MS + index * 1_370) * 1000),
    SYSLOG_IDENTIFIER: 'engine',
    PRIORITY: '3',
    MESSAGE: index % 5 === 0 ? [...Buffer.from(line)] : line,
  })),
  json('a cloud export', (line, index) => ({textPayload: line, severity: 'ERROR', timestamp: isoTime(index)})),
  json('logcli -o jsonl', (line, index) => ({labels: {app: 'engine'}, line, timestamp: isoTime(index)})),
  document(
    'gcloud logging read --format json',
    (lines) => lines.map((line, index) => ({insertId: `k${index}`, textPayload: line, timestamp: isoTime(index)})),
    2,
  ),
  document(
    'aws logs get-log-events',
    (lines) => ({
      events: lines.map((line, index) => ({
        timestamp: START_MS + index * 1_370,
        message: line,
        ingestionTime: START_MS + 99,
      })),
      nextForwardToken: 'f/38',
    }),
    4,
  ),
  document(
    'a query to Loki',
    (lines) => ({
      status: 'success',
      data: {
        resultType: 'streams',
        result: [
          {stream: {app: 'engine'}, values: lines.map((line, index) => [`${START_MS + index * 1_370}000000`, line])},
        ],
      },
    }),
    0,
  ),
  table(
    'a CSV of CloudWatch',
    '@timestamp,@message',
    (line, index) => `${isoTime(index, 3, '').replace('T', ' ')},${cell(line)}`,
  ),
  table(
    'a CSV of a CloudWatch stream',
    'timestamp,message',
    (line, index) => `${START_MS + index * 1_370},${cell(line)}`,
  ),
  table('a CSV of Datadog', '"Date","Host","Service","Content"', (line, index) =>
    [isoTime(index, 3), 'node-17', 'engine', line].map(cell).join(','),
  ),
  table(
    'a CSV of Google Cloud',
    'insertId,receiveTimestamp,severity,textPayload,timestamp',
    (line, index) => `k${index},${isoTime(index)},ERROR,${cell(line)},${isoTime(index)}`,
  ),
  table('a CSV of Grafana', '"Time","Line","tsNs","labels"', (line, index) =>
    [isoTime(index, 3), line, String(START_MS + index), '{"app":"engine"}'].map(cell).join(','),
  ),
];

/** Rows above the lines of a download. */
const download: Mutation = {
  name: 'a download of Grafana',
  mutate: (lines) => [
    'Common labels: {"app":"engine","namespace":"models"}',
    'Line limit: "1000 (20 displayed)"',
    'Total bytes processed: "1.31  MB"',
    '',
    '',
    ...lines.map((line, index) => `${isoTime(index, 3)}\t${line}`),
  ],
};

/** Each rank's lines are a stream of their own, and the newest of each is the first. */
const streams: Mutation = {
  name: 'two streams of logcli, each with the newest first',
  mutate: (lines) => {
    const harmless = Array.from({length: Math.ceil(lines.length / 2)}, (_, index) => ({
      line: `NCCL version 2.27.3+cuda12.${index % 9}`,
      at: index * 2,
    }));
    const shown = [harmless, lines.map((line, index) => ({line, at: index}))];
    return shown.flatMap((stream, rank) =>
      stream.map(({line, at}) => `${isoTime(at, 0)} {rank="${rank}"} ${line}`).toReversed(),
    );
  },
};

/** What viewers, container runtimes and launchers write in front of lines, or around them. */
export const viewers: readonly Mutation[] = [
  ...timed,
  download,
  streams,
  prefixed('docker compose', () => 'engine-1  | '),
  prefixed('docker compose of two services', (_, random) =>
    random(4) === 0 ? 'engine-worker-2  | ' : 'engine-1         | ',
  ),
  prefixed('kubectl logs --prefix', () => `[pod/${pod}/server] `),
  prefixed('stern', () => `${pod} server `),
  prefixed('srun --label', () => '0: '),
  prefixed('mpirun --tag-output', () => '[1,0]<stderr>:'),
  prefixed('torchrun --tee', () => '[default0]:'),
  prefixed('a quotation', () => '> '),
  prefixed('a quoted code block', () => '    '),
  prefixed('numbered lines', (index) => `${String(index + 1).padStart(6, ' ')}  `),
];

/** The same texts with the newest line first, as cloud viewers show them. */
export const newestFirst: readonly Mutation[] = timed
  .filter(({name}) => !/json$|Loki|get-log-events/.test(name) || /file/.test(name))
  .map(({name, mutate}) => ({
    name: `${name}, newest first`,
    mutate: (lines, random, engine) => {
      const shown = mutate(lines, random, engine);
      const header = name.includes('CSV') ? shown.slice(0, 1) : [];
      return [...header, ...shown.slice(header.length).toReversed()];
    },
  }));

function weekday(index: number): string {
  return dateOf(index).toUTCString().slice(0, 3);
}

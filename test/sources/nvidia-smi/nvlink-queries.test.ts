import {beforeEach, expect, test, vi} from 'vitest';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {type NvlinkAnswer, NvlinkQueries} from '../../../src/sources/nvidia-smi/nvlink-queries.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {gpuSample} from '../../supervisor/snapshot/observed.ts';
import {shortCode} from './fake-nvidia-smi.ts';
import {hangingChild} from './scripted-driver.ts';

let answer: RunResult | Promise<RunResult>;
let runs = 0;
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', async (original) => ({
  ...(await original<object>()),
  runOnce: async (_executable: string, args: readonly string[]) => {
    expect(args).toEqual(['nvlink', '--status']);
    runs += 1;
    return await answer;
  },
}));

const ended = (stdout: string, exitCode: number | null = 0): RunResult => ({
  kind: 'ended',
  exitCode,
  stdout,
  stderr: '',
});
const uuidOf = (index: number): string => `GPU-0000000${index}`;
const linked = (index: number, rates: readonly string[]): string =>
  [`GPU ${index}: NVIDIA H200 (UUID: ${uuidOf(index)})`, ...rates.map((rate, link) => `\t Link ${link}: ${rate}`)].join(
    '\n',
  );
const node = (change: Partial<GpuSample> = {}): readonly GpuSample[] =>
  [0, 1].map((index) => gpuSample(index, {uuid: uuidOf(index), nvlinks: undefined, ...change}));
async function look(links: NvlinkQueries, gpus = node()) {
  const told: NvlinkAnswer[] = [];
  links.ask(gpus, 'nvidia-smi', {timeoutMs: 1}, (one) => told.push(one));
  await links.settled();
  return {
    nvlinks: links.of(gpus).map(({nvlinks}) => nvlinks),
    findings: told.flatMap(({findings}) => findings),
    isAnswer: told[0]?.isAnswer ?? null,
  };
}

beforeEach(() => {
  answer = ended('');
  runs = 0;
});

const late: RunResult = {kind: 'timed-out', stdout: '', stderr: ''};
const unread = {absent: 'nvidia-smi nvlink --status does not answer'};

test('GPUs have their links, and one with fewer than the others is reported', async () => {
  answer = ended(`${linked(0, ['26.562 GB/s', '26.562 GB/s'])}\n${linked(1, ['26.562 GB/s', '<inactive>'])}\n`);
  const {nvlinks, findings, isAnswer} = await look(new NvlinkQueries());
  expect(isAnswer).toBe(true);
  expect(nvlinks).toEqual([
    {count: 2, activeCount: 2},
    {count: 2, activeCount: 1},
  ]);
  expect(findings.map(({code, message}) => [code, message])).toEqual([
    [
      'source.nvidia-smi.nvlinks-inactive',
      'GPU 1 (00000000:2A:00.0) has 1 active NVLink, and other GPUs of its type have 2.',
    ],
  ]);
});

test('where all have the same number, or are of other types, none is reported', async () => {
  answer = ended(`${linked(0, ['<inactive>'])}\n${linked(1, ['<inactive>'])}\n`);
  expect((await look(new NvlinkQueries())).findings).toEqual([]);
  answer = ended(`${linked(0, ['25 GB/s'])}\n${linked(1, ['<inactive>'])}\n`);
  const mixed = node().map((gpu) => ({...gpu, name: `NVIDIA ${gpu.index}`}));
  expect((await look(new NvlinkQueries(), mixed)).findings).toEqual([]);
});

test('a node without NVLink is not asked again, one that failed is', async () => {
  const links = new NvlinkQueries();
  for (const failure of [
    ended('Invalid combination of input arguments.', 2),
    ended(''),
    ended(linked(0, [])),
    ended(`${linked(0, [])}\n${linked(1, [])}\n`, 255),
  ]) {
    answer = failure;
    expect(await look(links)).toMatchObject({nvlinks: [undefined, undefined], findings: [], isAnswer: false});
  }
  answer = ended(`${linked(0, [])}\n${linked(1, [])}\n`);
  expect((await look(links)).nvlinks).toEqual([none, none]);
  expect(runs).toBe(5);
  expect((await look(links)).nvlinks).toEqual([none, none]);
  expect(runs).toBe(5);
});

test('one late answer leaves the links as they were, after the second they are unknown', async () => {
  const links = new NvlinkQueries();
  answer = ended(`${linked(0, ['25 GB/s'])}\n${linked(1, ['25 GB/s'])}\n`);
  await look(links);
  for (const noAnswer of [late, ended('', null)]) {
    answer = noAnswer;
    const {findings, isAnswer, nvlinks} = await look(links);
    expect([findings.map(shortCode), isAnswer]).toEqual([['nvlinks-unread'], false]);
    expect(nvlinks[0]).toEqual(noAnswer === late ? {count: 1, activeCount: 1} : unread);
  }
  answer = ended(`${linked(0, ['25 GB/s'])}\n${linked(1, ['<inactive>'])}\n`);
  expect((await look(links)).nvlinks[1]).toEqual({count: 1, activeCount: 0});
});

test('after links were read, failed answers are as good as none', async () => {
  const links = new NvlinkQueries();
  const whole = `${linked(0, ['25 GB/s'])}\n${linked(1, ['<inactive>'])}\n`;
  answer = ended(whole);
  expect((await look(links)).findings.map(shortCode)).toEqual(['nvlinks-inactive']);
  const failures = [
    [ended('Failed\n', 255), 'failed with exit status 255'],
    [{kind: 'not-started', code: 'ENOENT'}, 'cannot be started (ENOENT)'],
    [ended(''), 'does not list the GPUs'],
    [late, 'does not answer'],
  ] as const;
  for (const [index, [failure, text]] of failures.entries()) {
    answer = failure;
    const {findings, isAnswer, nvlinks} = await look(links);
    expect(findings.map(({code, message}) => [code, message])).toEqual([
      ['source.nvidia-smi.nvlinks-unread', `nvidia-smi nvlink --status ${text}: the state of the NVLinks is unknown.`],
    ]);
    expect(isAnswer).toBe(false);
    const known = {count: 1, activeCount: 1};
    expect(nvlinks[0]).toEqual(index === 0 ? known : {absent: `nvidia-smi nvlink --status ${text}`});
  }
  answer = ended(whole);
  expect(await look(links)).toMatchObject({nvlinks: [{activeCount: 1}, {activeCount: 0}], isAnswer: true});
});

const notListed = {absent: 'nvidia-smi nvlink --status did not list this GPU'};
const none = {absent: 'this GPU has no NVLink'};

test('only a GPU that a whole answer lists without links has no NVLink', async () => {
  const links = new NvlinkQueries();
  const known = {count: 1, activeCount: 1};
  for (const [text, exitCode, second] of [
    [linked(0, ['25 GB/s']), 15, notListed],
    [linked(0, ['25 GB/s']), 0, notListed],
    [`${linked(0, ['25 GB/s'])}\n${linked(1, [])}`, 15, notListed],
    [`${linked(0, ['25 GB/s'])}\n${linked(1, [])}`, 0, none],
  ] as const) {
    answer = ended(`${text}\n`, exitCode);
    expect((await look(links)).nvlinks).toEqual([known, second]);
  }
});

test('a GPU that appears later is asked for, also on a node without NVLink', async () => {
  const links = new NvlinkQueries();
  const [first = gpuSample(0), second = gpuSample(1)] = node();
  answer = ended(`${linked(0, [])}\n`);
  expect((await look(links, [first])).nvlinks).toEqual([none]);
  expect(links.of([first, second]).map(({nvlinks}) => nvlinks)).toEqual([none, notListed]);
  answer = ended(`${linked(0, [])}\n${linked(1, ['25 GB/s'])}\n`);
  expect((await look(links, [first, second])).nvlinks).toEqual([none, {count: 1, activeCount: 1}]);
  expect(runs).toBe(2);
});

test('while one is open, or hangs in the kernel, no other is asked', async () => {
  const links = new NvlinkQueries();
  const open = Promise.withResolvers<RunResult>();
  const told: NvlinkAnswer[] = [];
  const ask = () => links.ask(node(), 'nvidia-smi', {timeoutMs: 1}, (one) => told.push(one));
  answer = open.promise;
  ask();
  ask();
  expect(runs).toBe(1);
  const child = hangingChild();
  open.resolve({kind: 'stuck', gone: child.gone});
  await links.settled();
  expect(told.map(({findings, isAnswer}) => [findings.map(shortCode), isAnswer])).toEqual([[['nvlinks-unread'], true]]);
  expect(links.of(node())[0]?.nvlinks).toEqual(unread);
  ask();
  expect(runs).toBe(1);
  child.end();
  await child.gone;
  answer = late;
  ask();
  expect(runs).toBe(2);
});

test('one that was cancelled says nothing', async () => {
  answer = {kind: 'aborted'};
  expect(await look(new NvlinkQueries())).toEqual({nvlinks: [undefined, undefined], findings: [], isAnswer: null});
});

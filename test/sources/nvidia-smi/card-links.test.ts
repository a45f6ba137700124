import {beforeEach, expect, test, vi} from 'vitest';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {CardLinks} from '../../../src/sources/nvidia-smi/card-links.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {gpuSample} from '../../supervisor/snapshot/observed.ts';

let answer: RunResult;
let runs = 0;
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', () => ({
  runOnce: (_executable: string, args: readonly string[]) => {
    expect(args).toEqual(['nvlink', '--status']);
    runs += 1;
    return Promise.resolve(answer);
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
const look = (links: CardLinks, gpus = node()) => links.read(gpus, 'nvidia-smi', {timeoutMs: 1});

beforeEach(() => {
  answer = ended('');
  runs = 0;
});

test('GPUs have their links, and one with fewer than the others is reported', async () => {
  answer = ended(`${linked(0, ['26.562 GB/s', '26.562 GB/s'])}\n${linked(1, ['26.562 GB/s', '<inactive>'])}\n`);
  const {gpus, findings, stuck} = await look(new CardLinks());
  expect(stuck).toBeNull();
  expect(gpus.map(({nvlinks}) => nvlinks)).toEqual([
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
  expect((await look(new CardLinks())).findings).toEqual([]);
  answer = ended(`${linked(0, ['25 GB/s'])}\n${linked(1, ['<inactive>'])}\n`);
  const mixed = node().map((gpu) => ({...gpu, name: `NVIDIA ${gpu.index}`}));
  expect((await look(new CardLinks(), mixed)).findings).toEqual([]);
});

test('a node without NVLink is not asked again, one that did not answer is', async () => {
  const links = new CardLinks();
  answer = {kind: 'timed-out', stdout: '', stderr: ''};
  expect((await look(links)).gpus[0]?.nvlinks).toBeUndefined();
  answer = ended('', null);
  await look(links);
  for (const failure of [ended('Invalid combination of input arguments.', 2), ended(''), ended(linked(0, []))]) {
    answer = failure;
    expect((await look(links)).gpus[0]?.nvlinks).toBeUndefined();
  }
  answer = ended(`${linked(0, [])}\n${linked(1, [])}\n`, 255);
  expect((await look(links)).gpus[0]?.nvlinks).toBeUndefined();
  answer = ended(`${linked(0, [])}\n${linked(1, [])}\n`);
  expect((await look(links)).gpus[0]?.nvlinks).toEqual({absent: 'this GPU has no NVLink'});
  expect(runs).toBe(7);
  expect((await look(links)).gpus[1]?.nvlinks).toEqual({absent: 'this GPU has no NVLink'});
  expect(runs).toBe(7);
});

test('a run that hangs is passed on', async () => {
  const gone = Promise.resolve();
  answer = {kind: 'stuck', gone};
  expect((await look(new CardLinks())).stuck).toBe(gone);
});

test('a slow link to the host is reported from the second reading under load in a row to the next one with a fast link, also while idle', async () => {
  const links = new CardLinks();
  const slow = {pcieLink: {generation: 5, maxGeneration: 5, lanes: 8, maxLanes: 16}};
  const idle = {pcieLink: {generation: 1, maxGeneration: 5, lanes: 16, maxLanes: 16}, utilizationRatio: 0};
  const fast = {pcieLink: {generation: 5, maxGeneration: 5, lanes: 16, maxLanes: 16}};
  const messages = async (change: Partial<GpuSample>) =>
    (await look(links, node(change).slice(0, 1))).findings.map(({message}) => message);
  const reported = ['GPU 0 (00000000:1A:00.0) uses PCIe 5.0 x8 under load, and 5.0 x16 is possible.'];
  expect(await messages(idle)).toEqual([]);
  expect(await messages(slow)).toEqual([]);
  expect(await messages(fast)).toEqual([]);
  expect(await messages(slow)).toEqual([]);
  expect(await messages(idle)).toEqual([]);
  expect(await messages(slow)).toEqual(reported);
  expect(await messages(idle)).toEqual(reported);
  expect(await messages(fast)).toEqual([]);
  expect(await messages({pcieLink: undefined})).toEqual([]);
});

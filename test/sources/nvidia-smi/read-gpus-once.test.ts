import {beforeEach, describe, expect, test, vi} from 'vitest';
import {listHealthyCards, readGpusOnce} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import type {RunOptions, RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {shortCode} from './fake-nvidia-smi.ts';

type Run = {readonly args: string; readonly options: RunOptions};
let nowMs = 0;
let runs: Run[] = [];
/** The answer to these arguments, after which this time has passed. */
let answers: Record<string, {readonly result: RunResult; readonly takesMs?: number}> = {};

vi.mock('../../../src/sources/nvidia-smi/run-once.ts', async (original) => ({
  ...(await original<object>()),
  runOnce: (_executable: string, args: readonly string[], options: RunOptions) => {
    const key = args.join(' ');
    runs.push({args: key, options});
    const answer = answers[key];
    if (answer === undefined) throw new Error(`not expected: ${key}`);
    nowMs += answer.takesMs ?? 0;
    return Promise.resolve(answer.result);
  },
}));

const ended = (stdout: string, exitCode: number | null = 0, stderr = ''): RunResult => ({
  kind: 'ended',
  exitCode,
  stdout,
  stderr,
});
const LOST =
  'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover.\n';
const uuid = (index: number) => `GPU-0000000${index}-0000-4000-8000-000000000000`;
const listing = (...indexes: readonly number[]) =>
  indexes.map((index) => `GPU ${index}: NVIDIA H100 (UUID: ${uuid(index)})\n`).join('');
const processOf = (pid: number) =>
  `<processes><process_info><pid>${pid}</pid><process_name>python</process_name><used_memory>1 MiB</used_memory></process_info></processes>`;
const document = (index: number, more = '') =>
  `<?xml version="1.0" ?>\n<nvidia_smi_log><driver_version>535.1</driver_version>` +
  `<gpu id="00000000:0${index}:00.0"><uuid>${uuid(index)}</uuid>${more}</gpu></nvidia_smi_log>\n`;
const one = (index: number): string => `-q -x -i ${uuid(index)}`;

beforeEach(() => {
  nowMs = 0;
  runs = [];
  answers = {};
});

async function read() {
  const {inventory, findings, isWhole, stuck} = await readGpusOnce({
    executable: 'nvidia-smi',
    timeoutMs: 1_000,
    clock: {nowMs: () => 5, monotonicMs: () => nowMs},
  });
  return {
    indexes: inventory?.gpus.map(({index}) => index) ?? null,
    inventory,
    codes: findings.map(shortCode),
    isWhole,
    stuck,
  };
}

describe('the whole query', () => {
  test('answers alone where it has GPUs', async () => {
    answers = {'-q -x': {result: ended(document(1))}};
    expect(await read()).toMatchObject({indexes: [0], isWhole: true, stuck: null});
    expect(runs).toEqual([{args: '-q -x', options: {timeoutMs: 1_000, signal: undefined}}]);
  });

  test.each<[string, RunResult, string[], boolean]>([
    ['not started', {kind: 'not-started', code: 'ENOENT'}, ['not-found'], true],
    [
      'not started by a host that is short of something',
      {kind: 'not-started', code: 'EAGAIN'},
      ['not-executable'],
      false,
    ],
    ['late without a word', {kind: 'timed-out', stdout: ' \n', stderr: ''}, ['timeout'], false],
    ['killed without a word', ended('', null), ['failed'], false],
    ['failed without a word', ended('\n', 9, '\n'), ['driver-not-loaded'], true],
    ['cancelled', {kind: 'aborted'}, [], true],
  ])('%s', async (_, result, codes, isWhole) => {
    answers = {'-q -x': {result}};
    expect(await read()).toEqual({indexes: null, inventory: null, codes, isWhole, stuck: null});
  });

  test('that hangs in the driver is passed on', async () => {
    const gone = Promise.resolve();
    answers = {'-q -x': {result: {kind: 'stuck', gone}}};
    expect(await read()).toMatchObject({indexes: null, codes: ['driver-not-answering'], stuck: gone});
  });

  test('with an exit code that its output explains has no second problem; a warning explains none', async () => {
    answers = {'-q -x': {result: ended('No devices were found\n', 6)}};
    expect((await read()).codes).toEqual(['no-devices']);
    answers = {'-q -x': {result: ended(document(1, '<persistence_mode>Disabled</persistence_mode>'), 14)}};
    expect((await read()).codes).toEqual(['failed', 'persistence-mode-off']);
    answers = {'-q -x': {result: ended('', 9, 'words\n')}};
    expect((await read()).codes).toContain('driver-not-loaded');
  });

  test('that was late or cut is not whole, though it has GPUs', async () => {
    answers = {'-q -x': {result: {kind: 'timed-out', stdout: document(1), stderr: ''}}};
    expect(await read()).toMatchObject({indexes: [0], isWhole: false});
    answers = {'-q -x': {result: ended(document(1).replace(/<\/nvidia_smi_log>\n$/, '<gpu id="x">'))}};
    expect(await read()).toMatchObject({isWhole: false});
  });
});

describe('one lost GPU that hides the others', () => {
  const refused = {result: ended(LOST, 15)};
  const all = {
    '-q -x': refused,
    '-L': {result: ended(`${listing(0)}${LOST}${listing(2)}`, 15)},
    [one(0)]: {result: ended(document(0, processOf(11)))},
    [one(2)]: {result: ended(document(2, processOf(22)))},
  };

  test('the others are queried one by one, with their own indexes and processes', async () => {
    answers = all;
    const {indexes, inventory, codes, isWhole} = await read();
    expect([indexes, codes, isWhole]).toEqual([[0, 2], ['gpu-lost', 'one-by-one'], true]);
    expect(inventory?.processes.map(({pid}) => pid)).toEqual([11, 22]);
    expect(inventory?.driverVersion).toBe('535.1');
    expect(runs.map(({args}) => args)).toEqual(['-q -x', '-L', one(0), one(2)]);
    expect(runs.map(({options}) => options.timeoutMs)).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  test('all of them together have twice the time of one, and what is left is not asked for', async () => {
    answers = {...all, '-L': {result: all['-L'].result, takesMs: 1_000}};
    answers[one(0)] = {result: ended(document(0)), takesMs: 999};
    expect(await read()).toMatchObject({indexes: [0, 2], isWhole: true});
    expect(runs.at(-1)).toEqual({args: one(2), options: expect.objectContaining({timeoutMs: 1})});
    runs = [];
    nowMs = 0;
    answers[one(0)] = {result: ended(document(0)), takesMs: 1_000};
    expect(await read()).toMatchObject({indexes: [0], isWhole: false});
    expect(runs.at(-1)?.args).toBe(one(0));
  });

  test.each<[string, RunResult, boolean]>([
    ['is late', {kind: 'timed-out', stdout: '', stderr: ''}, false],
    ['is late after a part', {kind: 'timed-out', stdout: document(0), stderr: ''}, false],
    ['was lost meanwhile', ended(LOST, 15), true],
    ['is another one', ended(document(7)), true],
    ['cannot be asked for', {kind: 'not-started', code: 'ENOENT'}, true],
  ])('one that %s', async (_, result, isWhole) => {
    answers = {...all, [one(0)]: {result}};
    const isRead = result.kind === 'timed-out' && result.stdout !== '';
    expect(await read()).toMatchObject({indexes: isRead ? [0, 2] : [2], isWhole});
  });

  test('none answers: the loss alone is known', async () => {
    answers = {...all, '-L': {result: ended(LOST, 15)}};
    expect(await read()).toMatchObject({indexes: null, codes: ['gpu-lost'], isWhole: true});
    answers = {...all, '-L': {result: {kind: 'timed-out', stdout: listing(0), stderr: ''}}};
    expect(await read()).toMatchObject({indexes: null, codes: ['gpu-lost']});
  });

  test('those that are listed have an identity', async () => {
    answers = {'-L': {result: ended(`GPU 0: NVIDIA H100\n${listing(1)}`)}};
    expect(await listHealthyCards({executable: 'nvidia-smi', timeoutMs: 7})).toEqual([{index: 1, uuid: uuid(1)}]);
    expect(runs[0]?.options.timeoutMs).toBe(7);
  });
});

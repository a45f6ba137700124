import {beforeEach, describe, expect, test, vi} from 'vitest';
import {wantedFields} from '../../../src/sources/nvidia-smi/parse/query-fields.ts';
import {probeFields} from '../../../src/sources/nvidia-smi/probe-fields.ts';
import {readProcesses} from '../../../src/sources/nvidia-smi/read-processes.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {shortCode} from './fake-nvidia-smi.ts';

let asked: (readonly string[])[] = [];
let answer: (args: readonly string[]) => RunResult;
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', async (original) => ({
  ...(await original<object>()),
  runOnce: (_executable: string, args: readonly string[]) => {
    asked.push(args);
    return Promise.resolve(answer(args));
  },
}));
beforeEach(() => {
  asked = [];
});

const ended = (stdout: string, exitCode: number | null = 0, stderr = ''): RunResult => ({
  kind: 'ended',
  exitCode,
  stdout,
  stderr,
});
const gone = Promise.resolve();
const failures: [RunResult, string[], boolean, Promise<void> | null][] = [
  [{kind: 'not-started', code: 'ENOENT'}, ['not-found'], true, null],
  [{kind: 'timed-out', stdout: '', stderr: ''}, ['timeout'], false, null],
  [{kind: 'stuck', gone}, ['driver-not-answering'], true, gone],
  [{kind: 'aborted'}, [], true, null],
];
const isHelp = (args: readonly string[]): boolean => args[0] === '--help-query-gpu';
const rejecting =
  (...fields: readonly string[]) =>
  (args: readonly string[]): RunResult => {
    const asks = isHelp(args) ? [] : (args[0]?.replace('--query-gpu=', '').split(',') ?? []);
    const rejected = asks.find((field) => fields.includes(field));
    return rejected === undefined
      ? ended('', 0, 'no help')
      : ended('', 2, `Field "${rejected}" is not a valid field to query.\n`);
  };
const options = {timeoutMs: 5_000};

describe('the fields of a driver', () => {
  const probe = async () => {
    const probed = await probeFields('nvidia-smi', options);
    return probed.ok ? probed.value : {...probed.error, findings: probed.error.findings.map(shortCode)};
  };

  test('are those of its help, in one query', async () => {
    answer = () => ended('"pstate"\nText.\n\n"index"\n');
    expect(await probe()).toEqual(['index', 'pstate']);
    expect(asked).toEqual([['--help-query-gpu']]);
  });

  test('are all that it does not reject, one after the other', async () => {
    answer = rejecting('fabric.state', 'power.draw.instant');
    const fields = await probe();
    const left = wantedFields.filter(
      (field) => !['fabric.state', 'power.draw.instant', 'clocks_throttle_reasons.active'].includes(field),
    );
    expect(fields).toEqual(left);
    expect(asked).toHaveLength(4);
    expect(asked.at(-1)).toEqual([`--query-gpu=${left.join(',')}`, '--format=csv,noheader,nounits']);
  });

  test('are unknown where it rejects one that was not asked for, or all', async () => {
    const none = {findings: ['invalid-field'], stuck: null, isAnswer: true};
    answer = (args) => (isHelp(args) ? ended('') : ended('Field "other" is not a valid field to query.\n', 2));
    expect(await probe()).toEqual(none);
    expect(asked).toHaveLength(2);
    answer = rejecting(...wantedFields);
    expect(await probe()).toEqual(none);
  });

  test('are unknown after a message of the driver, on either stream, without more queries', async () => {
    for (const words of [ended('No devices were found\n', 6), ended('', 6, 'No devices were found\n')]) {
      asked = [];
      answer = () => words;
      expect(await probe()).toEqual({findings: ['no-devices'], stuck: null, isAnswer: true});
      expect(asked).toHaveLength(1);
    }
  });

  test.each(failures)('are unknown after %o, in the help or later', async (result, findings, isAnswer, stuck) => {
    answer = () => result;
    expect(await probe()).toEqual({findings, isAnswer, stuck});
    answer = (args) => (isHelp(args) ? ended('') : result);
    expect(await probe()).toEqual({findings, isAnswer, stuck});
  });
});

describe('the processes on the GPUs', () => {
  const row = 'GPU-1, 4711, 1000, python\n';
  const read = async () => {
    const {findings, processes, ...rest} = await readProcesses('nvidia-smi', options);
    return {...rest, findings: findings.map(shortCode), pids: processes?.map(({pid}) => pid) ?? null};
  };

  test('are those of a query that succeeded, whatever it says besides', async () => {
    answer = () => ended(`No devices were found\n${row}`);
    expect(await read()).toEqual({pids: [4711], findings: [], isAnswer: true, stuck: null});
    expect(asked).toEqual([
      ['--query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name', '--format=csv,noheader,nounits'],
    ]);
  });

  test('are unknown after one that failed, with its reason from either stream', async () => {
    answer = () => ended(`${row}No devices were found\n`, 6);
    expect(await read()).toEqual({pids: null, findings: ['no-devices'], isAnswer: true, stuck: null});
    answer = () => ended(row, 15, 'Unable to determine the device handle for GPU 0000:3A:00.0: GPU is lost.\n');
    expect((await read()).findings).toEqual(['gpu-lost']);
    answer = () => ended(row, null);
    expect(await read()).toMatchObject({pids: null, isAnswer: false});
  });

  test.each(failures)('are unknown after %o', async (result, findings, isAnswer, stuck) => {
    answer = () => result;
    expect(await read()).toEqual({pids: null, findings, isAnswer, stuck});
  });
});

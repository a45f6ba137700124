import {describe, expect, test} from 'vitest';
import {cureSchema} from '../../../src/domain/diagnosis/cure.ts';
import {cureCandidates} from '../../../src/domain/diagnosis/cure-candidates.ts';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {SettingsChange} from '../../../src/domain/settings/launch-settings.ts';
import {findingOf, settingsOf} from '../lifecycle/lifecycle-samples.ts';

const settings = settingsOf();
const offering = (own: SettingsChange | null, ...alternatives: readonly SettingsChange[]): Finding => ({
  ...findingOf('vllm.out-of-memory'),
  settingsChange: own,
  cure: cureSchema.parse({by: 'gpus', isChecked: false, alternatives}),
});
const ports = (finding: Finding, port = 8000) => cureCandidates(finding, {...settings, port});

describe('what may fix a finding', () => {
  test('is its own change first, then its alternatives', () => {
    const finding = offering({memoryFraction: 0.8}, {tensorParallelSize: 4}, {contextLengthTokens: 8_192});
    expect(cureCandidates(finding, settings)).toEqual([
      {memoryFraction: 0.8},
      {tensorParallelSize: 4},
      {contextLengthTokens: 8_192},
    ]);
  });

  test('is tried once, however often it is listed', () => {
    const finding = offering({memoryFraction: 0.8}, {memoryFraction: 0.8}, {port: 9}, {port: 9});
    expect(cureCandidates(finding, settings)).toEqual([{memoryFraction: 0.8}, {port: 9}]);
  });

  test('is what the plan lists for a start that does not fit', () => {
    const finding = {
      ...findingOf('any'),
      ...withDetails('preflight.does-not-fit', {
        shortageBytesPerGpu: 1,
        cures: [{settingsChange: {tensorParallelSize: 4}, text: 'Fewer.'}],
      }),
    };
    expect(cureCandidates(finding, settings)).toEqual([{tensorParallelSize: 4}]);
  });

  test('is nothing without any of these', () => {
    expect(cureCandidates(findingOf('vllm.worker-died'), settings)).toEqual([]);
    expect(cureCandidates(offering(null), settings)).toEqual([]);
  });
});

describe('a port that is taken', () => {
  const next = Array.from({length: 8}, (_, index) => ({port: 8_001 + index}));

  test.each(['vllm.port-in-use', 'sglang.port-in-use', 'preflight.port-in-use'])(
    '%s: one of the next eight',
    (code) => {
      expect(ports(findingOf(code))).toEqual(next);
    },
  );

  test('also where it is the cause of crashes', () => {
    const loop = {
      ...findingOf('lifecycle.crash-loop'),
      ...withDetails('lifecycle.crash-loop', {
        crashes: 2,
        sinceMs: 1,
        lastAtMs: 2,
        nextRestartAtMs: null,
        cause: {code: 'vllm.port-in-use'},
      }),
    };
    expect(ports(loop)).toEqual(next);
  });

  test('and never one above the last', () => {
    expect(ports(findingOf('vllm.port-in-use'), 65_533)).toEqual([{port: 65_534}, {port: 65_535}]);
    expect(ports(findingOf('vllm.port-in-use'), 65_535)).toEqual([]);
  });

  test.each(['vllm.port-in-use-by-me', 'preflight.port-unusable', 'port-in-use'])('not for %s', (code) => {
    expect(ports(findingOf(code))).toEqual([]);
  });
});

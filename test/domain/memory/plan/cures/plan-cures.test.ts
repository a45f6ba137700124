import {describe, expect, test} from 'vitest';
import {cureSchema} from '../../../../../src/domain/diagnosis/cure.ts';
import type {Finding} from '../../../../../src/domain/diagnosis/finding.ts';
import {planCures, withCures} from '../../../../../src/domain/memory/plan/cures/plan-cures.ts';
import {planMemory} from '../../../../../src/domain/memory/plan/plan-memory.ts';
import type {SettingsChange} from '../../../../../src/domain/settings/launch-settings.ts';
import {findingOf} from '../../../lifecycle/lifecycle-samples.ts';
import {H200, planInput} from '../../plan-samples.ts';

const offering = (code: string, severity: Finding['severity'], settingsChange: SettingsChange | null): Finding => ({
  ...findingOf(code, severity),
  remedy: `${code}: ${JSON.stringify(settingsChange)}`,
  settingsChange,
});
const first = {memoryFraction: 0.95};
const second = {kvCacheDtype: 'fp8'} as const;
const third = {tensorParallelSize: 8};
const problem: Finding = {
  ...offering('memory.kv-cache-too-small', 'critical', first),
  cure: cureSchema.parse({by: 'gpus', isChecked: false, alternatives: [second, third]}),
};
const findings = [
  problem,
  offering('memory.other-cure', 'info', second),
  offering('memory.other-cure', 'info', third),
  offering('memory.not-one-pool', 'warning', null),
  offering('memory.smallest-node', 'info', null),
  offering('memory.more-capacity', 'info', {contextLengthTokens: 8_192}),
];
const plan = {...planMemory(planInput(H200)), findings};
const all = planCures(plan);
const kept = (...cures: readonly number[]) =>
  withCures(
    plan,
    cures.flatMap((index) => all[index] ?? []),
    'Nothing helps.',
  ).findings;

describe('the fixes of a plan', () => {
  test('are that of the problem and the other fixes, not mere advice', () => {
    expect(all.map(({settingsChange}) => settingsChange)).toEqual([first, second, third]);
    expect(all.map(({text}) => text)).toEqual(findings.slice(0, 3).map(({remedy}) => remedy));
  });

  test('are none of a plan without any', () => {
    expect(planCures({findings: findings.slice(3)})).toEqual([]);
    expect(planCures({findings: [offering('memory.weights-do-not-fit', 'critical', null)]})).toEqual([]);
  });
});

describe('of a plan of which only some fixes are accepted', () => {
  const rest = findings.slice(3);

  test('all: each is where it was, and checked', () => {
    const [main, ...others] = kept(0, 1, 2);
    expect(main).toMatchObject({
      code: problem.code,
      settingsChange: first,
      remedy: problem.remedy,
      cure: {by: 'gpus', isChecked: true, alternatives: [second, third]},
    });
    expect(others).toEqual(findings.slice(1));
  });

  test('the first is refused: the next one takes its place', () => {
    const [main, ...others] = kept(1, 2);
    expect(main).toMatchObject({
      code: problem.code,
      settingsChange: second,
      remedy: findings[1]?.remedy,
      cure: {isChecked: true, alternatives: [third]},
    });
    expect(others).toEqual([findings[2], ...rest]);
  });

  test('all are refused: the problem stays, without a fix', () => {
    const [main, ...others] = kept();
    expect(main).toMatchObject({
      code: problem.code,
      settingsChange: null,
      remedy: 'Nothing helps.',
      cure: {by: 'gpus', isChecked: true, alternatives: []},
    });
    expect(others).toEqual(rest);
  });
});

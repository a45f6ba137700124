import {expect, test} from 'vitest';
import {unexplainedExitFinding} from '../../../src/domain/lifecycle/lifecycle-findings.ts';
import {
  engineStateSchema,
  phaseInSentence,
  phaseNames,
  startPhases,
  stateNames,
} from '../../../src/domain/lifecycle/phases.ts';
import {slowStartFindings} from '../../../src/domain/lifecycle/start-findings.ts';

test('each phase and state has a name of its own, in words', () => {
  expect(new Set(Object.values(phaseNames)).size).toBe(startPhases.length);
  expect(new Set(Object.values(stateNames)).size).toBe(engineStateSchema.options.length);
  for (const name of [...Object.values(phaseNames), ...Object.values(stateNames)])
    expect(name).not.toMatch(/[a-z]-[a-z]/);
  expect(phaseInSentence('load-weights')).toBe('loading weights');
  expect(phaseInSentence('capture-graphs')).toBe('capturing CUDA graphs');
});

test.each(startPhases)('messages name the phase %s, and its id stays in the data', (phase) => {
  const exit = unexplainedExitFinding(1, phase);
  expect(exit.message).toContain(`(${phaseInSentence(phase)})`);
  expect(exit.details).toMatchObject({phase});
  const [slow] = slowStartFindings({state: 'starting', phase, phaseEnteredAtMs: {[phase]: 0}}, 600_000, [
    {[phase]: 10_000},
  ]);
  expect(slow?.message.startsWith(phaseNames[phase])).toBe(true);
  if (phase.includes('-')) expect(`${exit.message} ${slow?.message}`).not.toContain(phase);
});

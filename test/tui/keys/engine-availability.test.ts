import {describe, expect, test} from 'vitest';
import {type EngineState, engineStateSchema} from '../../../src/domain/lifecycle/phases.ts';
import {unlessState} from '../../../src/tui/keys/engine-availability.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';

const reasonIn = (state: EngineState, states: readonly EngineState[]): string | null =>
  unlessState(buildConsoleData({snapshot: buildSnapshot({engine: {state}})}), states);

describe('why a command is disabled', () => {
  test('is a sentence with the name of the state, never its id', () => {
    expect(reasonIn('failed', [])).toBe('the engine has failed');
    expect(reasonIn('backing-off', [])).toBe('the engine is waiting to restart');
    expect(reasonIn('degraded', [])).toBe('the engine is not generating');
  });

  test.each(engineStateSchema.options)('is nothing in %s where the command is accepted there', (state) => {
    expect(reasonIn(state, [state])).toBeNull();
    expect(reasonIn(state, [])).toMatch(/^the engine (?:is|has) /);
  });
});

import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../../src/domain/lifecycle/lifecycle.ts';
import {intentionOf} from '../../../supervisor/state-dir/journal-samples.ts';
import {after, runOf, settingsOf} from '../lifecycle-samples.ts';

const old = intentionOf('it', {start: {settings: settingsOf(262_144), force: false, rollbackTo: null}});
const continued = {type: 'intention-resumed', intention: old, step: 'checking', isRunOfIt: false} as const;
const up = {type: 'start-requested', settings: settingsOf(65_536), force: false} as const;
const asked = (state: LifecycleState): number | undefined =>
  state.intention?.start?.settings.contextLengthTokens ?? undefined;

describe('a start that an earlier supervisor had decided on', () => {
  test('is replaced by a start with other settings while it is checked', () => {
    const {state, effects, refusal, intentions} = after([continued, up]);
    expect(refusal).toBeUndefined();
    expect([state.state, state.settings?.contextLengthTokens, asked(state)]).toEqual(['preflight', 65_536, 65_536]);
    expect(effects).toMatchObject([{type: 'run-preflight', attempt: 2}]);
    expect(intentions).toMatchObject([
      {type: 'intention-begun'},
      {type: 'intention-ended', id: 'it', outcome: {kind: 'superseded'}},
    ]);
  });

  test('is replaced by one that overrides refused checks', () => {
    const {state} = after([continued, {...up, settings: settingsOf(262_144), force: true}]);
    expect([state.state, state.internal.force, state.internal.attempt]).toEqual(['preflight', true, 2]);
  });

  test('is aborted if it is just being launched', () => {
    const launching = [continued, {type: 'preflight-passed', attempt: 1} as const, up];
    expect(after(launching).state.state).toBe('stopping');
    const {state, effects} = after([...launching, {type: 'engine-spawned', run: runOf(1)}]);
    expect([state.state, state.pending?.settings.contextLengthTokens, asked(state)]).toEqual([
      'stopping',
      65_536,
      65_536,
    ]);
    expect(effects.map(({type}) => type)).toContain('terminate-leader');
  });

  test('is kept by the same start, and by one with other settings once it has a process', () => {
    const same = after([continued, {...up, settings: settingsOf(262_144)}]).state;
    expect([same.intention?.id, same.internal.attempt]).toEqual(['it', 1]);
    const launched = [
      continued,
      {type: 'preflight-passed', attempt: 1},
      {type: 'engine-spawned', run: runOf(1)},
      up,
    ] as const;
    expect(after(launched).refusal?.code).toBe('lifecycle.other-settings');
  });

  test('is not replaced where the present supervisor was asked for it', () => {
    expect(after([{...up, settings: settingsOf(262_144)}, up]).refusal?.code).toBe('lifecycle.other-settings');
  });
});

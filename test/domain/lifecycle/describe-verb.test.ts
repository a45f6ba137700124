import {expect, test} from 'vitest';
import {describeVerb, verbs} from './describe-verb.ts';
import {after, settingsOf, startEvent, statesByName, stopEvent} from './lifecycle-samples.ts';

function verbTable(): string {
  const rows = Object.entries(statesByName()).flatMap(([name, state]) =>
    verbs.map((verb) => {
      const {isAccepted, nextState, actions, message} = describeVerb(state, verb, settingsOf());
      const outcome = isAccepted ? nextState : 'refused';
      return `| ${name} | ${verb} | ${outcome} | ${actions.join(', ') || '-'} | ${message} |`;
    }),
  );
  return [
    '# What each verb does in each state',
    '',
    'Written by describe-verb.test.ts from the transition function; update it with `vitest -u`.',
    '',
    '| state | verb | state after | asked of the supervisor | told to the operator |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

test('the verb table says what the transition function does', async () => {
  await expect(verbTable()).toMatchFileSnapshot('verb-table.md');
});

test('every verb in every state has an answer', () => {
  for (const state of Object.values(statesByName())) {
    for (const verb of verbs) expect(describeVerb(state, verb, settingsOf()).message).toMatch(/^[A-Z].*\.$/u);
  }
});

test('start and stop are accepted again right after they were accepted', () => {
  for (const state of Object.values(statesByName())) {
    for (const event of [startEvent, stopEvent]) {
      const once = after([event], state);
      const twice = after([event], once.state);
      expect(twice.refusal).toBeUndefined();
      expect(twice.state.state).toBe(once.state.state);
      expect(twice.effects.map((effect) => effect.type)).not.toContain('run-preflight');
    }
  }
});

test('the states of the table are those that their names say', () => {
  for (const [name, {state}] of Object.entries(statesByName())) expect(name.split(' ')[0]).toBe(state);
});

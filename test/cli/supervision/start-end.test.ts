import {expect, test} from 'vitest';
import {exitCodeOfStart, startEndOf, startEndText} from '../../../src/cli/supervision/start-end.ts';
import {MASK} from '../../../src/shared/mask-arguments.ts';
import {buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';

const ready = buildSnapshot();
const {settings} = ready.engine;
if (settings === null) throw new Error('the sample has no settings');
const other = settings.contextLengthTokens + 1;

test('a start is done only if the engine serves with what was asked for', () => {
  expect(startEndOf(ready, {})).toBe('ready');
  expect(startEndOf(ready, settings)).toBe('ready');
  expect(startEndOf(ready, {contextLengthTokens: other})).toBe('other-settings');
  const back = buildSnapshot({findings: [buildFinding({code: 'lifecycle.rolled-back'})]});
  expect(startEndOf(back, {contextLengthTokens: other})).toBe('rolled-back');
  expect(startEndOf({...ready, engine: {...ready.engine, state: 'degraded'}}, {})).toBe('not-ready');
  expect(startEndOf({...ready, engine: {...ready.engine, unansweredMs: 5_000}}, {})).toBe('not-ready');
});

test('settings with a secret are compared without it, as the snapshot has them', () => {
  const extraArguments = ['--kv-transfer-token', 'x'];
  const shown = {...settings, extraArguments: ['--kv-transfer-token', MASK]};
  const snapshot = {...ready, engine: {...ready.engine, settings: shown}};
  expect(startEndOf(snapshot, {extraArguments})).toBe('ready');
  expect(startEndOf(snapshot, {extraArguments: ['--seed', '1']})).toBe('other-settings');
});

test('each end but that has an exit code for scripts, and its own first line', () => {
  const ends = ['ready', 'rolled-back', 'other-settings', 'not-ready'] as const;
  expect(ends.map(exitCodeOfStart)).toEqual([0, 1, 1, 1]);
  expect(new Set(ends.map((end) => startEndText(end, ready.engine))).size).toBe(ends.length);
});

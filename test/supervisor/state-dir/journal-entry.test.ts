import {describe, expect, test} from 'vitest';
import {type JournalEntry, journalEntrySchema} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

const moment = {atMs: 5, runId: 'run-1'};
const configured = {
  origins: {port: {from: 'flag', flag: '--port'}},
  configured: settingsOf(),
  installation: [
    {
      key: 'engine.executable',
      value: '/opt/vllm',
      digest: 'abc',
      origin: {from: 'file', place: '/etc/gantry.json5:1:2'},
    },
    {key: 'engine.image', value: null, digest: 'def', origin: {from: 'default'}},
    {key: 'engine.mounts', value: ['/models'], digest: 'ghi', origin: {from: 'environment', variable: 'X'}},
  ],
} as const;
const launch = {
  ...moment,
  settings: settingsOf(),
  engineVersion: '0.25.1',
  argv: ['vllm', 'serve'],
  configured,
  simulated: {directory: '/sim'},
};

const entries = {
  'run-launching': {type: 'run-launching', ...launch, directory: '/state/runs/run-1', bootId: 'boot'},
  'launch-failed': {type: 'launch-failed', ...moment},
  'run-started': {type: 'run-started', ...launch, run: runOf(1)},
  'run-ready': {type: 'run-ready', ...moment, isOutputBroken: true, isTextUnchecked: true},
  'run-stop-requested': {type: 'run-stop-requested', ...moment},
  'run-ended': {type: 'run-ended', ...moment, status: null, wasRequested: true},
  'run-adopted': {type: 'run-adopted', ...moment},
} as const;
type EntryType = keyof typeof entries;

const isRead = (type: EntryType, change: object): boolean =>
  journalEntrySchema.safeParse({...entries[type], ...change}).success;

describe('a line of the journal', () => {
  test.each(Object.values(entries))('$type is read as it was written', (entry) => {
    expect(journalEntrySchema.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
  });

  test.each<[EntryType, object]>([
    ['run-adopted', {type: 'run-lost'}],
    ['run-adopted', {atMs: 'now'}],
    ['run-adopted', {runId: ''}],
    ['launch-failed', {runId: null}],
    ['run-stop-requested', {runId: 7}],
    ['run-launching', {directory: ''}],
    ['run-launching', {bootId: ''}],
    ['run-launching', {settings: {...settingsOf(), port: 'x'}}],
    ['run-launching', {argv: 'vllm serve'}],
    ['run-launching', {argv: [1]}],
    ['run-launching', {simulated: {}}],
    ['run-launching', {simulated: undefined}],
    ['run-started', {run: {...runOf(1), pid: 0}}],
    ['run-started', {engineVersion: 25}],
    ['run-ready', {isOutputBroken: false}],
    ['run-ready', {isTextUnchecked: 'yes'}],
    ['run-ended', {status: 'killed'}],
    ['run-ended', {status: undefined}],
    ['run-ended', {wasRequested: 1}],
  ])('%s with %j is not one', (type, change) => {
    expect(isRead(type, change)).toBe(false);
  });

  test('of an older version has no version of the engine and no origins', () => {
    const {engineVersion: _, configured: _origins, ...older} = entries['run-started'];
    expect(journalEntrySchema.parse(older)).toEqual({...older, engineVersion: null});
  });

  test.each<[string, object]>([
    ['origins of an unknown kind', {origins: {port: {from: 'dream'}}}],
    ['a setting that is none', {origins: {colour: {from: 'default'}}}],
    ['settings that are none', {configured: {port: 1}}],
    ['no installation', {installation: undefined}],
    ['a value without a key', {installation: [{...configured.installation[0], key: undefined}]}],
    ['a value of another kind', {installation: [{...configured.installation[0], value: {}}]}],
    ['a value without an origin', {installation: [{...configured.installation[0], origin: undefined}]}],
  ])('with %s counts as one without origins', (_, change) => {
    const entry: JournalEntry = journalEntrySchema.parse({
      ...entries['run-started'],
      configured: {...configured, ...change},
    });
    expect(entry).toEqual({...entries['run-started'], configured: undefined});
  });
});

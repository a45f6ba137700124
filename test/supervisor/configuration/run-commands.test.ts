import {expect, test} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import {commandOf, notedJournal} from '../../../src/supervisor/configuration/run-commands.ts';
import type {JournalEntry, RunStartedEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import type {Journal} from '../../../src/supervisor/state-dir/open-journal.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const {settings} = buildSnapshot().engine;
if (settings === null) throw new Error('the test node has settings');
const known = settings;

function started(runId: string, argv: string[]): RunStartedEntry {
  return {
    type: 'run-started',
    atMs: 1,
    runId,
    settings: known,
    engineVersion: null,
    argv,
    simulated: null,
    run: {
      runId,
      pid: 2,
      sessionId: 1,
      startTimeTicks: '5',
      bootId: 'boot',
      startedAtMs: 1,
      directory: '/runs/a',
    },
  };
}

test('a command is words for a shell, an option with its values in each group', () => {
  const argv = ['/opt/my engine/vllm', 'serve', 'org/model', '--port', '8000', '--flag', '--stop', 'a b', "it's", '-1'];
  expect(commandOf({argv})).toEqual([
    ["'/opt/my engine/vllm'", 'serve', 'org/model'],
    ['--port', '8000'],
    ['--flag'],
    ['--stop', "'a b'", "'it'\\''s'"],
    ['-1'],
  ]);
});

test('the environment comes before the program; a secret is a variable that has to be set', () => {
  const environment = [
    {name: 'OFFLINE', value: '1'},
    {name: 'CACHE', value: '/a b'},
    {name: 'API_KEY', value: null},
  ];
  expect(commandOf({argv: ['vllm'], environment})[0]).toEqual([
    'OFFLINE=1',
    "CACHE='/a b'",
    `API_KEY="\${API_KEY:?}"`,
    'vllm',
  ]);
});

test('secrets among the arguments are masked', () => {
  const shown = JSON.stringify(commandOf({argv: ['vllm', '--api-key', 'sk-12345678', '--hf-token=hf_abcdefgh']}));
  expect(shown).not.toContain('sk-12345678');
  expect(shown).not.toContain('hf_abcdefgh');
});

test('runs of earlier supervisors are known, and those that are started from now on', () => {
  const written: JournalEntry[] = [];
  const journal: Journal = {
    path: '/journal',
    append(entry) {
      written.push(entry);
      return ok(null);
    },
    rewrite: () => ok(null),
    close: () => undefined,
  };
  const noted = notedJournal(journal, [started('old', ['one'])]);
  expect(noted.commands.of('old')).toEqual([['one']]);
  expect(noted.commands.of('new')).toBeNull();
  expect(noted.commands.of(null)).toBeNull();
  noted.journal.append(started('new', ['two', '-v']));
  expect(noted.commands.of('new')).toEqual([['two'], ['-v']]);
  expect(written.map(({runId}) => runId)).toEqual(['new']);
  for (let index = 0; index < 8; index += 1) noted.journal.append(started(`run-${index}`, ['x']));
  expect(noted.commands.of('old')).toBeNull();
  expect(noted.commands.of('run-7')).toEqual([['x']]);
});

import {chmodSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {createPager} from '../../../src/cli/console/choose-pager.ts';
import {noteRotation} from '../../../src/sources/log/kept-parts.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

/** A directory with a log and programs that note how they were called. */
function prepared(programs: readonly string[], exitStatus = 0) {
  const directory = temporaryDirectory('pager');
  const log = path.join(directory, 'engine.log');
  const called = path.join(directory, 'called');
  writeFileSync(log, 'first line\nsecond line\n');
  for (const program of programs) {
    const file = path.join(directory, program);
    const version = program === 'less' ? 'if [ "$1" = --version ]; then echo "less 590"; exit 0; fi\n' : '';
    const text = `#!/bin/sh\n${version}printf '%s\\n' "$0" "$@" "LESSSECURE=$LESSSECURE" "LESSOPEN=$LESSOPEN" > ${called}\nexit ${exitStatus}\n`;
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }
  const written: string[] = [];
  const open = (env: Readonly<Record<string, string>>, isReadOnly = false, atBytes: number | null = null) => {
    const environment = {PATH: `${directory}:/usr/bin:/bin`, LESSOPEN: '|evil %s', ...env};
    const pager = createPager({environment, isReadOnly, write: (text) => written.push(text)});
    return {pager, result: () => pager.open({path: log, atBytes}, new AbortController().signal)};
  };
  const calls = (): readonly string[] => readFileSync(called, 'utf8').trimEnd().split('\n');
  return {directory, log, written, open, calls};
}

test('less is the default, opens at the line that is shown, and that nothing is masked is reported before and after', async () => {
  const {log, open, calls, written} = prepared(['less']);
  const result = await open({}, false, 11).result();
  expect(calls().slice(1, 3)).toEqual(['+11P', log]);
  expect(written.join('')).toContain('secrets in it are not masked');
  expect(result.ok ? result.value : null).toBe(`${log}, as the engine wrote it: secrets in it are not masked.`);
  await open({}).result();
  expect(calls().slice(1)).toEqual(['+G', log, 'LESSSECURE=', 'LESSOPEN=|evil %s']);
});

test('the place is looked for in the rotated part that has it', async () => {
  const {log, open, calls} = prepared(['less']);
  const part = `${log}.1`;
  writeFileSync(part, 'first line\nsecond line\n');
  noteRotation(log, part, 0);
  writeFileSync(log, 'third line\n');
  await open({}, false, 11).result();
  expect(calls().slice(1, 3)).toEqual(['+11P', part]);
  await open({}, false, 23).result();
  expect(calls().slice(1, 3)).toEqual(['+0P', log]);
});

test('a pager with arguments runs without a shell, and one that needs a shell with it', async () => {
  const {log, open, calls} = prepared(['most']);
  await open({PAGER: "most -s 'a b'"}, false, 11).result();
  expect(calls().slice(1, 4)).toEqual(['-s', 'a b', log]);
  await open({PAGER: 'most $OPTION', OPTION: '-x'}).result();
  expect(calls().slice(1, 3)).toEqual(['-x', log]);
});

test('in a read-only console, less runs in its secure mode and no other pager does', async () => {
  const {log, open, calls} = prepared(['less', 'most']);
  const {result} = open({PAGER: 'less -S', LESSSECURE_ALLOW: 'shell'}, true);
  expect((await result()).ok).toBe(true);
  expect(calls().slice(1)).toEqual(['-S', '+G', log, 'LESSSECURE=1', 'LESSOPEN=']);
  for (const pager of ['most', '/bin/sh -c ls', 'less; sh', 'cat | less']) {
    expect(open({PAGER: pager}, true).pager.refusal, pager).toContain('this console is read-only');
  }
  expect(open({PAGER: 'most'}).pager.refusal).toBeNull();
});

test.each([
  ['nowhere', 'the pager nowhere cannot be run (ENOENT).'],
  ['nowhere $X', 'the pager /bin/sh cannot be run (exit status 127).'],
])('%s: a missing pager is a clear notice', async (pager, message) => {
  const result = await prepared([]).open({PAGER: pager}).result();
  expect(result.ok ? null : result.error).toEqual({
    message,
    remedy: 'Set PAGER to a program that exists, or unset it and install less.',
  });
});

test('the status of a pager that failed, and a log that is gone, are reported', async () => {
  const failed = await prepared(['most'], 3).open({PAGER: 'most'}).result();
  expect(failed.ok ? failed.value : null).toContain('The pager ended with exit status 3.');
  const pager = createPager({environment: {}, isReadOnly: false, write: () => {}});
  const gone = await pager.open({path: '/nowhere/engine.log', atBytes: null}, new AbortController().signal);
  expect(gone.ok ? null : gone.error.message).toBe('/nowhere/engine.log cannot be read (ENOENT).');
});

test('aborted, the pager is ended', async () => {
  const {log} = prepared([]);
  const ending = new AbortController();
  const environment = {PATH: '/usr/bin:/bin', PAGER: 'tail -n 0 -f'};
  const result = createPager({environment, isReadOnly: false, write: () => ending.abort()});
  const outcome = await result.open({path: log, atBytes: null}, ending.signal);
  expect(outcome.ok ? outcome.value : outcome.error).toContain('SIGTERM');
});

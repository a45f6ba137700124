import {afterEach, expect, test} from 'vitest';
import {err, ok, type Result} from '../../src/shared/result.ts';
import type {PagedLog, PagerProblem} from '../../src/tui/pager.ts';
import {buildConsoleData, buildSnapshot} from '../support/build-snapshot.ts';
import {type OpenedConsole, type OpenOptions, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;

afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** A console whose pager ends when the test says so. */
async function openWithPager(options: OpenOptions = {}) {
  const asked: PagedLog[] = [];
  let end: (result: Result<string, PagerProblem>) => void = () => {};
  const pager: OpenOptions['pager'] = {
    refusal: null,
    open: (log) => {
      asked.push(log);
      return new Promise((resolve) => {
        end = resolve;
      });
    },
  };
  const console = await openConsole({pager, ...options});
  opened = console;
  const opening = async (): Promise<void> => {
    await console.press('6');
    console.terminal.type('o');
    await console.terminal.waitFor(() => asked.length > 0, 'the pager');
  };
  return {console, asked, opening, end: (result: Result<string, PagerProblem>) => end(result)};
}

test('the pager has the terminal alone: as it was, without drawing, and its keys are its own', async () => {
  const {console, asked, opening, end} = await openWithPager();
  const {terminal, session, notice} = console;
  await opening();
  expect(asked).toEqual([{path: buildSnapshot().engine.logPath, atBytes: null}]);
  expect([terminal.isAlternate(), terminal.isCursorHidden(), terminal.stdin.isRaw, terminal.stdin.isPaused()]).toEqual([
    false,
    false,
    false,
    true,
  ]);
  terminal.stdout.chunks.length = 0;
  session.setData(buildConsoleData({snapshot: buildSnapshot({sequence: 9_000})}));
  terminal.resize({columns: 100, rows: 30});
  await terminal.drained();
  expect(terminal.stdout.written()).toBe('');
  end(ok('/run/engine.log, as the engine wrote it.'));
  await notice().shows('Shown: /run/engine.log, as the engine wrote it.');
  expect([terminal.isAlternate(), terminal.stdin.isRaw]).toEqual([true, true]);
  expect(terminal.lines().filter((line) => line !== '')).toHaveLength(30);
  for (const line of terminal.lines().slice(2, -3)) expect([...line]).toHaveLength(100);
  await console.press('1');
  await console.footer().shows('z zoom');
});

test('what a pager says of itself when it fails is a notice', async () => {
  const {console, opening, end} = await openWithPager();
  await opening();
  end(err({message: 'the pager most cannot be run (ENOENT).', remedy: 'Set PAGER.'}));
  await console.notice().shows('Refused: the pager most cannot be run (ENOENT). Set PAGER.');
});

test('Ctrl+C in the pager is for the pager, and continuing it does not give the console the terminal', async () => {
  const {console, opening, end} = await openWithPager();
  await opening();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGCONT', 'SIGCONT');
  expect(console.terminal.isAlternate()).toBe(false);
  end(ok('/run/engine.log.'));
  await console.notice().shows('Shown: /run/engine.log.');
});

test('the end of the console ends the pager', async () => {
  let isAborted = false;
  const {terminal, press, outcome} = await openConsole({
    pager: {
      refusal: null,
      open: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            resolve(ok(''));
          });
        }),
    },
  });
  await press('6');
  terminal.type('o');
  await terminal.waitFor(() => !terminal.isAlternate(), 'the pager');
  process.emit('SIGTERM', 'SIGTERM');
  expect(await outcome).toEqual({reason: 'signal', signal: 'SIGTERM'});
  expect([isAborted, terminal.isAlternate(), terminal.stdin.isRaw]).toEqual([true, false, false]);
});

test('where there is no file or no pager may run, the key says why', async () => {
  const snapshot = buildSnapshot();
  const withoutFile = {...snapshot, engine: {...snapshot.engine, logPath: null}};
  const {console} = await openWithPager({data: buildConsoleData({snapshot: withoutFile})});
  await console.press('6', 'o');
  await console.notice().shows('no file of the log is known');
  await console.close();
  const unknown = await openWithPager({data: buildConsoleData({snapshot: null})});
  await unknown.console.press('6', 'o');
  await unknown.console.notice().shows('no data about the node yet');
  await unknown.console.close();
  opened = await openConsole({pager: {refusal: 'PAGER is not less', open: () => Promise.resolve(ok(''))}});
  await opened.press('6', 'o');
  await opened.notice().shows('Refused: cannot open the file of the log: PAGER is not less');
});

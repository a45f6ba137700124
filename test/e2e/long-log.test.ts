import {appendFile} from 'node:fs/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import type {PtyTerminal} from '../harness/terminal.ts';

const LINES = 450_000;

/** A line that is one of fifty megabytes of lines. */
function lineOf(number: number): string {
  if (number === 1_234) return 'ERROR 11-27 03:12:44 [core.py:88] the needle is here';
  const rank = number % 50_000 === 777 ? '(Worker_TP3 pid=812) ' : '';
  return `${rank}INFO 11-27 03:12:45 [loggers.py:236] Engine 000: line ${number}, Avg prompt throughput: ${number}.4 tokens/s, Running: 3 reqs`;
}

describe('a log of fifty megabytes', () => {
  let home: GantryHome;
  beforeAll(async () => {
    home = await createHome();
    const started = await home.run(['demo', '--detach', '--speed', '200', '--json']);
    expect(started.exitCode, started.stdout + started.stderr).toBe(0);
    await home.waitForState('ready');
    const {logPath} = (await home.snapshot()).engine;
    for (let first = 0; first < LINES; first += 50_000) {
      const lines = Array.from({length: 50_000}, (_, index) => lineOf(first + index));
      await appendFile(logPath ?? '', `${lines.join('\n')}\n`);
    }
  });
  afterAll(async () => {
    await home.close();
  });

  async function openLog(): Promise<PtyTerminal> {
    const terminal = home.open([], {columns: 120, rows: 40});
    await terminal.driver.header().shows('SIMULATED');
    await terminal.driver.press('6').screen('Engine log').shows('following');
    return terminal;
  }

  test('is searched to its beginning, and the search is cancelled with Esc while it lasts', async () => {
    const {driver, exit} = await openLog();
    const log = driver.screen('Engine log');
    await driver.press('/').type('not in any line').press('Enter').screen('Engine log').shows('(Esc cancels)');
    await driver.press('Esc').screen('Engine log').shows('/not in any line, paused');
    await driver.press('/').type('the needle').press('Enter').screen('Engine log').row('the needle is here');
    await log.row('line 1235, Avg');
    await driver.press('n').screen('Engine log').shows('/the needle in no older line');
    await driver.press('q');
    expect((await exit).exitCode).toBe(0);
  });

  test('is read page by page from its beginning, and by rank', async () => {
    const {driver, exit} = await openLog();
    await driver.press('g').screen('Engine log').row('APIServer');
    await driver.press('r').type('3').press('Enter').screen('Engine log').shows('only rank 3');
    await driver.screen('Engine log').row('line 50777, Avg');
    await driver.press('Esc').screen('Engine log').shows('paused at <0.1 %');
    await driver.press('G').screen('Engine log').shows('following');
    await driver.press('q');
    expect((await exit).exitCode).toBe(0);
  });
});

import {beforeEach, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

const PARSER_LOADED = '[the parser of the command line was loaded]';
/** Its codes of errors stay readable in the bundle. */
const watchModules = `
  import {registerHooks} from 'node:module';
  registerHooks({load(url, context, next) {
    const loaded = next(url, context);
    if (String(loaded.source).includes('commander.unknownOption')) process.stderr.write('${PARSER_LOADED}');
    return loaded;
  }});`;
const environment = {
  // A variable of the configuration has to be compared with it.
  GANTRY_ENGINE_PORT: '',
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watchModules)}`,
};

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
  home.configure(`engine:\n  port: ${home.port}\n`);
});

type Answer = {readonly exitCode: number; readonly stdout: string; readonly stderr: string; readonly isQuick: boolean};

async function ask(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const {exitCode, stdout, stderr} = await home.run(words, {...environment, ...env});
  const rest = stderr.replaceAll(PARSER_LOADED, '');
  return {exitCode, stdout, stderr: rest, isQuick: rest === stderr};
}

/** Until the supervisor has read the file for as long as it takes to trust it. */
const untilQuick = (words: readonly string[]) =>
  eventually(
    async () => {
      const answer = await ask(words);
      return answer.isQuick ? answer : null;
    },
    () => `gantry ${words.join(' ')} loaded everything`,
  );

const findingsOf = ({stdout}: Answer) =>
  z
    .object({commandFindings: z.array(z.object({code: z.string()}))})
    .parse(JSON.parse(stdout))
    .commandFindings.map(({code}) => code);

test('status and logs say byte for byte what the complete command says', async () => {
  await home.demo(['--speed', '400'], environment);
  await home.waitForState('ready');
  await untilQuick(['status', '--json']);
  for (const [words, complete] of [
    [
      ['status', '--json'],
      ['status', '--json', '--json'],
    ],
    [['logs'], ['logs', '-n', '200']],
    [
      ['logs', '--json'],
      ['logs', '--json', '--lines', '200'],
    ],
  ] as const) {
    await eventually(
      async () => {
        const [quick, full] = await Promise.all([ask(words), ask(complete)]);
        expect([quick.isQuick, full.isQuick]).toEqual([true, false]);
        expect([quick.exitCode, full.exitCode, quick.stderr]).toEqual([0, 0, full.stderr]);
        // Both of the same second.
        return quick.stdout === full.stdout;
      },
      () => `gantry ${words.join(' ')} differs`,
    );
  }
  const text = await ask(['status']);
  expect(text).toMatchObject({exitCode: 0, isQuick: true});
  expect(text.stdout.split('\n')[0]).toMatch(/^SIMULATED {2}gantry /);
});

test('a file that was written to and variables are judged by the complete command', async () => {
  await home.demo(['--speed', '400'], environment);
  await untilQuick(['status', '--json']);
  const configured = await ask(['status', '--json'], {GANTRY_COST_NODE_USD_PER_HOUR: '99'});
  expect(configured.isQuick).toBe(false);
  expect(findingsOf(configured)).toEqual(['configuration.unused']);
  home.configure('engine:\n  port: nowhere\n');
  const edited = await ask(['status', '--json']);
  expect(edited.isQuick).toBe(false);
  expect(findingsOf(edited)).toEqual(['configuration.not-in-force']);
  home.configure(`engine:\n  port: ${home.port}\n`);
  expect(findingsOf(await untilQuick(['status', '--json']))).toEqual([]);
});

test('without a supervisor, and with one that has variables of its own, the complete command runs', async () => {
  expect(await ask(['status', '--json'])).toMatchObject({exitCode: 69, isQuick: false});
  expect(await ask(['logs'])).toMatchObject({exitCode: 69, isQuick: false});
  await home.demo(['--speed', '400'], {...environment, GANTRY_ENGINE_PORT: String(home.port)});
  expect(await ask(['status', '--json'])).toMatchObject({exitCode: 0, isQuick: false});
});

describe('the console', () => {
  const size = {columns: 120, rows: 40};

  /** With its overview drawn; what modules print is on its screen. */
  async function open(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const terminal = home.open(words, size, {...environment, ...env});
    await terminal.driver.panel('GPU memory').shows('GiB');
    return {...terminal, isQuick: () => !terminal.raw().includes(PARSER_LOADED)};
  }

  beforeEach(async () => {
    await home.demo(['--speed', '400'], environment);
    await home.waitForState('ready');
    await untilQuick(['status', '--json']);
  });

  test('opens without the parser, takes keys and ends as the complete one', async () => {
    const console = await open();
    expect(console.isQuick()).toBe(true);
    await console.driver.press('?').screen('Keys').isOpen();
    await console.driver.press('Esc').screen('Keys').isGone();
    await console.driver.press('q');
    expect((await console.exit).exitCode).toBe(0);
    expect(console.raw()).toContain('keeps serving');
  });

  test('is read-only where it was asked for', async () => {
    const console = await open(['--read-only']);
    expect(console.isQuick()).toBe(true);
    await console.driver.press('R').notice().shows('read-only');
    await console.driver.press('q');
    await console.exit;
  });

  test('has the theme of the file', async () => {
    home.configure(`engine:\n  port: ${home.port}\nconsole:\n  theme: none\n`);
    await home.until('the theme to be in force', ({configuration}) =>
      configuration.values.some(({key, value}) => key === 'console.theme' && value === 'none'),
    );
    await untilQuick(['status', '--json']);
    const console = await open();
    expect(console.isQuick()).toBe(true);
    expect(console.raw()).not.toMatch(/\u001b\[(?:\d+;)*(?:[34]8;[25];|(?:3|4|9|10)[0-7](?:;\d+)*m)/u);
    await console.driver.press('q');
    await console.exit;
  });

  test('starts a new supervisor for an engine whose supervisor is gone', async () => {
    const console = await open();
    const killed = await home.killSupervisor();
    const revived = await eventually(
      async () => {
        const snapshot = await home.snapshotOrNull();
        return snapshot !== null && snapshot.supervisor.pid !== killed ? snapshot : null;
      },
      () => 'no other supervisor answers',
    );
    expect(revived.engine.pid).not.toBeNull();
    await console.driver.press('q');
    await console.exit;
  });

  test('says why no new supervisor starts while its file is invalid, and starts one when it is corrected', async () => {
    const console = await open();
    home.configure(`engine:\n  port: ${home.port}\ncost:\n  nodeUsdPerHour: twenty\n`);
    await console.waitFor('the finding', (text) => text.includes('configuration file cannot be used'));
    await home.killSupervisor();
    await console.waitFor('the reason', (text) => /did not start:.*gantry\.yaml:4:19/.test(text));
    home.configure(`engine:\n  port: ${home.port}\n`);
    await console.waitFor('the new supervisor', (text) => !text.includes('CONNECTION LOST'));
    await console.driver.press('q');
    await console.exit;
  });

  test('with a variable of the configuration, or keys of the operator, is the complete one', async () => {
    const configured = await open([], {GANTRY_COST_NODE_USD_PER_HOUR: '99'});
    expect(configured.isQuick()).toBe(false);
    await configured.driver.press('q');
    await configured.exit;
    home.configure(`engine:\n  port: ${home.port}\nconsole:\n  keys: {console.leave: [Q]}\n`);
    await home.until('the keys to be in force', ({configuration}) =>
      configuration.values.some(({key, origin}) => key === 'console.keys' && origin.from === 'file'),
    );
    await untilQuick(['status', '--json']);
    const console = await open();
    expect(console.isQuick()).toBe(false);
    await console.driver.press('Q');
    expect((await console.exit).exitCode).toBe(0);
  });
});

import {expect, test} from 'vitest';
import {type CommandConfiguration, withCommandFindings} from '../../../src/cli/supervision/command-findings.ts';
import {loadDefaults} from '../../../src/config/load-configuration.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {createMemorySession} from '../../support/memory-session.ts';

const loaded = loadDefaults({configDir: '/nowhere', env: {}});
if (!loaded.ok) throw new Error(loaded.error.message);
const place = {loaded: loaded.value, configurationFile: '/nowhere/gantry.yaml'};
const unusable = {
  code: 'configuration.invalid-value' as const,
  message: 'engine.port is 0.',
  remedy: 'Use a port.',
  place: {file: '/nowhere/gantry.yaml', line: 2, column: 3},
};

const wrong = {...place, configurationError: unusable};

const codes = (session: ReturnType<typeof withCommandFindings>) =>
  session.getData().snapshot?.findings.map(({code}) => code);

test('what is wrong with the configuration of this command is among the findings of the console', () => {
  const inner = createMemorySession(buildConsoleData());
  const session = withCommandFindings(inner, () => wrong);
  expect(codes(session)).toEqual(['configuration.not-in-force']);
  expect(session.getData(), 'the same data is the same object').toBe(session.getData());
  inner.setData(buildConsoleData({snapshot: null}));
  expect(session.getData().snapshot).toBeNull();
});

test('without such a problem, and where the supervisor reports it, nothing is added', () => {
  const plain = createMemorySession(buildConsoleData());
  const {file} = buildSnapshot().configuration;
  const same = {...place, configurationFile: file ?? place.configurationFile, configurationError: null};
  expect(withCommandFindings(plain, () => same).getData()).toBe(plain.getData());
  const [reported] = withCommandFindings(plain, () => wrong).getData().snapshot?.findings ?? [];
  if (reported === undefined) throw new Error('no finding');
  const known = createMemorySession(buildConsoleData({snapshot: buildSnapshot({findings: [reported]})}));
  expect(codes(withCommandFindings(known, () => wrong))).toEqual([reported.code]);
});

test('once its file is corrected, nothing is wrong any more', () => {
  const plain = createMemorySession(buildConsoleData());
  const {file} = buildSnapshot().configuration;
  let current: CommandConfiguration = wrong;
  const session = withCommandFindings(plain, () => current);
  expect(codes(session)).toEqual(['configuration.not-in-force']);
  current = {...place, configurationFile: file, configurationError: null};
  expect(codes(session)).toEqual([]);
});

test('it stands in the order of severity', () => {
  const findings = (['critical', 'info'] as const).map((severity) => buildFinding({code: `a.${severity}`, severity}));
  const session = withCommandFindings(
    createMemorySession(buildConsoleData({snapshot: buildSnapshot({findings})})),
    () => wrong,
  );
  expect(codes(session)).toEqual(['a.critical', 'configuration.not-in-force', 'a.info']);
});

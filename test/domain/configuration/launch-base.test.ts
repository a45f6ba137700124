import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  assumedOrigins,
  changedLaunch,
  nextLaunch,
  originOf,
  type SettingOrigins,
  sentLaunch,
} from '../../../src/domain/configuration/launch-base.ts';
import {isConfigured, type ValueOrigin} from '../../../src/domain/configuration/value-origin.ts';
import {settingNames} from '../../../src/domain/settings/settings-table.ts';
import {settingsOf} from '../lifecycle/lifecycle-samples.ts';
import {anySettings} from '../settings/settings-arbitrary.ts';

const anyOrigin: fc.Arbitrary<ValueOrigin> = fc.constantFrom<ValueOrigin>(
  {from: 'default'},
  {from: 'file', place: '/c:1:1'},
  {from: 'environment', variable: 'GANTRY_X'},
  {from: 'flag', flag: '--x'},
  {from: 'command', client: 'console'},
  {from: 'fix', finding: 'vllm.x'},
  {from: 'simulated-node'},
  {from: 'unknown'},
);
const anyOrigins: fc.Arbitrary<SettingOrigins> = fc
  .array(anyOrigin, {minLength: settingNames.length, maxLength: settingNames.length})
  .map((origins) => Object.fromEntries(settingNames.map((name, index) => [name, origins[index]])));
const anyLaunch = fc.record({settings: anySettings, origins: anyOrigins});
const fileOnly = anyLaunch.map(({settings}) => ({
  settings,
  origins: Object.fromEntries(settingNames.map((name) => [name, {from: 'file', place: '/c:2:2'} as const])),
}));

test('every setting of the next launch is the configured one, or what was set otherwise since the last edit', () => {
  fc.assert(
    fc.property(anyLaunch, fileOnly, anySettings, fc.boolean(), (launch, configured, earlier, isEdited) => {
      const last = {...launch, configured: isEdited ? earlier : configured.settings};
      const next = nextLaunch(last, configured);
      for (const name of settingNames) {
        const origin = originOf(last, name);
        const isOlder = JSON.stringify(last.configured[name]) !== JSON.stringify(configured.settings[name]);
        const follows = isConfigured(origin) || (isOlder && origin.from !== 'simulated-node');
        const from = follows ? configured : last;
        expect(next.settings[name]).toEqual(from.settings[name]);
        expect(originOf(next, name)).toEqual(originOf(from, name));
      }
      // Taken once, there is nothing more to take.
      expect(nextLaunch({...next, configured: configured.settings}, configured)).toEqual(next);
    }),
  );
});

test('a first launch is as configured', () => {
  const configured = {settings: settingsOf(65_536), origins: {}};
  expect(nextLaunch(null, configured)).toBe(configured);
});

test('a change has its own origin, and what it only repeats keeps the one it had', () => {
  const base = {
    settings: settingsOf(131_072),
    origins: {contextLengthTokens: {from: 'file', place: '/c:1:1'}, port: {from: 'default'}} as const,
  };
  const flag = () => ({from: 'flag', flag: '--context'}) as const;
  expect(changedLaunch(base, {contextLengthTokens: 65_536}, flag)).toMatchObject({
    settings: {contextLengthTokens: 65_536},
    origins: {contextLengthTokens: {from: 'flag'}, port: {from: 'default'}},
  });
  expect(changedLaunch(base, {contextLengthTokens: 131_072}, flag)).toEqual(base);
});

test('a launch that was sent follows this configuration only where it says the same', () => {
  const configured = {
    settings: settingsOf(131_072),
    origins: {contextLengthTokens: {from: 'file', place: '/here:1:1'}, port: {from: 'default'}} as const,
  };
  const origins = {
    contextLengthTokens: {from: 'file', place: '/b.yaml:1:1'},
    port: {from: 'environment', variable: 'GANTRY_ENGINE_PORT'},
    memoryFraction: {from: 'flag', flag: '--memory-fraction'},
  } as const;
  const own = {from: 'command', client: 'cli'} as const;
  const sent = sentLaunch({settings: {...settingsOf(131_072), port: 9_000}, origins}, configured, own);
  expect(sent.settings.port).toBe(9_000);
  expect(sent.origins).toMatchObject({
    contextLengthTokens: {from: 'file', place: '/here:1:1'},
    port: own,
    memoryFraction: {from: 'flag'},
    model: own,
  });
});

test('of a run without recorded origins what differs from the configuration stays until that is edited', () => {
  const configured = {settings: settingsOf(131_072), origins: {port: {from: 'default'}} as const};
  const launch = assumedOrigins({...settingsOf(65_536)}, configured);
  expect(originOf(launch, 'contextLengthTokens')).toEqual({from: 'unknown'});
  expect(originOf(launch, 'port')).toEqual({from: 'default'});
  expect(nextLaunch(launch, configured).settings.contextLengthTokens).toBe(65_536);
  const edited = {...configured, settings: settingsOf(32_768)};
  expect(nextLaunch(launch, edited).settings.contextLengthTokens).toBe(32_768);
});

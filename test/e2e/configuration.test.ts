import {expect, test} from 'vitest';
import {openHome} from '../harness/gantry-home.ts';

test('an edit is in force without a restart, and an invalid file is a finding that gantry status shows', async () => {
  const home = await openHome();
  home.configure('cost: {nodeUsdPerHour: 28.8}');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  home.configure('cost: {nodeUsdPerHour: 30}\nengine: {contextLengthTokens: 64K}');
  await home.until('the new price', ({cost}) => cost.nodeUsdPerHour === 30);
  await home.until('the pending context', ({findings}) => findings.some(({code}) => code === 'configuration.differs'));
  home.configure('cost: {nodeUsdPerHour: free}');
  await home.until('the finding', ({findings}) => findings.some(({code}) => code === 'configuration.not-in-force'));
  const status = await home.run(['status']);
  expect(status.exitCode, status.stderr).toBe(0);
  expect((await home.snapshot()).cost.nodeUsdPerHour).toBe(30);
  home.configure('cost: {nodeUsdPerHour: 30}\nengine: {contextLengthTokens: 64K}');
  await home.until('the end of the finding', ({configuration}) => configuration.isInForce);
  const restarted = await home.run(['restart', '--wait', '--json']);
  expect(restarted.exitCode, restarted.stdout).toBe(0);
  const {engine, findings} = await home.snapshot();
  expect(engine.settings?.contextLengthTokens).toBe(65_536);
  expect(findings.map(({code}) => code)).not.toContain('configuration.differs');
});

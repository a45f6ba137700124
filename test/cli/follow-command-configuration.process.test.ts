import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {followCommandConfiguration} from '../../src/cli/follow-command-configuration.ts';
import {loadDefaults} from '../../src/config/load-configuration.ts';
import {eventually} from '../harness/eventually.ts';

test('the file of a command that stays open is read again when it changes', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-console-'));
  onTestFinished(() => rm(directory, {recursive: true}));
  const configurationFile = path.join(directory, 'gantry.yaml');
  const loaded = loadDefaults({configDir: directory, env: {}});
  if (!loaded.ok) throw new Error(loaded.error.message);
  await writeFile(configurationFile, 'engine:\n  port: 0\n');
  const {current, stop} = followCommandConfiguration({
    loaded: loaded.value,
    configurationFile,
    configurationError: {code: 'configuration.invalid-value', message: 'Port 0.', remedy: 'Use a port.'},
    environment: {},
  });
  onTestFinished(stop);
  const portOf = () => current().loaded.configuration.engine.port;
  await writeFile(configurationFile, 'engine:\n  port: 8123\n');
  await eventually(() => current().configurationError === null && portOf() === 8123, 'the corrected file');
  await writeFile(configurationFile, 'engine:\n  port: 0\n');
  await eventually(() => current().configurationError?.place?.line === 2, 'the file that is wrong again');
  expect(portOf(), 'the last that could be used').toBe(8123);
});

import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {openHome} from '../harness/gantry-home.ts';

const warnedSchema = z.object({warnings: z.array(z.string())});

test('an agent that is connected while the engine serves is named by the next dry run, with its file', async () => {
  const home = await openHome();
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const dryRun = async (): Promise<string> => {
    const {stdout} = await home.run(['restart', '--context', '32768', '--dry-run', '--json']);
    return warnedSchema.parse(JSON.parse(stdout)).warnings.join('\n');
  };
  const file = join(home.directory, '.hermes', 'config.yaml');
  expect(await dryRun()).not.toContain(file);
  await mkdir(join(home.directory, '.hermes'));
  await writeFile(file, `model: {base_url: "http://localhost:${home.port}/v1", api_key: sk-not-shown}\n`);
  expect(await dryRun()).toContain(file);
  const snapshot = await home.snapshot();
  expect(snapshot.agents).toEqual([{name: 'Hermes Agent', file, neededContextTokens: 64_000, isConnected: true}]);
  expect(JSON.stringify(snapshot)).not.toContain('sk-not-shown');
});

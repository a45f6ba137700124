import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/supervisor/loop/clock.ts';
import {readAgents} from '../../src/supervisor/read-agents.ts';
import {createObserver} from '../../src/supervisor/snapshot/observer.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

test('agents are observed, and only a change of their configuration is one', async () => {
  const observer = createObserver(systemClock);
  const directory = temporaryDirectory();
  const environment = {HERMES_HOME: directory};
  expect(await readAgents({environment}, observer)).toBe(true);
  expect(observer.get().agents).toMatchObject([{endpoint: {absent: expect.any(String)}}]);
  expect(await readAgents({environment}, observer)).toBe(false);
  await writeFile(join(directory, 'config.yaml'), 'model: {base_url: "http://localhost:8000/v1"}');
  expect(await readAgents({environment}, observer)).toBe(true);
  expect(observer.get().agents).toMatchObject([{endpoint: {host: 'localhost', port: 8000}}]);
  expect(await readAgents({environment}, observer)).toBe(false);
});

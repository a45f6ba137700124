import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import {openHome} from '../../harness/gantry-home.ts';
import {apiServer, restarts, testStuckProcesses} from './test-stuck-processes.ts';

describe('processes of llama.cpp', () => testStuckProcesses('llamacpp', [apiServer]));

test('a decode loop of llama-server that spins, while its /health is fine: degraded within a minute, and restarted if asked to', async () => {
  const home = await openHome();
  await home.demo(['--engine', 'llamacpp', '--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const node = path.join(home.directory, 'state', 'simulated-node');
  changeScenario(node, 'hang');
  const degraded = await home.untilEvent('the hang', ({code}) => code === 'engine.degraded');
  const hung = await home.until(
    'its health',
    ({engine: {state, health}}) => state === 'degraded' && health === '200 OK',
  );
  expect(hung.findings[0]?.code).toBe('lifecycle.not-generating');
  home.configure(restarts);
  await home.untilEvent('the restart', ({id, code}) => code === 'engine.stopping' && id > degraded.id);
  changeScenario(node, 'steady');
  await home.untilEvent('its end', ({id, code}) => code === 'engine.ready' && id > degraded.id);
  expect((await home.snapshot()).engine.runId).not.toBe(engine.runId);
}, 300_000);

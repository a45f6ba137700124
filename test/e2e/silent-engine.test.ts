import {beforeEach, expect, test} from 'vitest';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('an engine whose server is stopped is ready nowhere until it responds again', async () => {
  home.configure('findings: {metricsUnreadSeconds: 5}');
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const pid = engine.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await home.until('the silence', (now) => now.engine.unansweredMs !== null);
  const [doctor, status] = await Promise.all([home.run(['doctor']), home.run(['status'])]);
  expect([doctor.exitCode, status.exitCode]).toEqual([1, 0]);
  expect(doctor.stdout).toMatch(/BLOCKS +engine state +vLLM is not answering for \d+ s/);
  const server = status.stdout.split('Findings')[0];
  expect(server).toMatch(/not answering for \d+ s/);
  expect(server).not.toMatch(/ready|200 OK/);
  const degraded = await home.waitForState('degraded');
  expect(degraded.findings[0]).toMatchObject({
    code: 'lifecycle.not-answering',
    evidence: expect.stringContaining(`(pid ${pid}) is stopped`),
  });
  expect((await home.run(['doctor'])).exitCode).toBe(1);
  process.kill(pid, 'SIGCONT');
  const after = await home.waitForState('ready');
  expect(after.engine).toMatchObject({pid, unansweredMs: null});
  expect(after.findings.map(({code}) => code)).not.toContain('lifecycle.not-answering');
  expect((await home.run(['doctor'])).exitCode).toBe(0);
});

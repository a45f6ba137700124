import {beforeEach, expect, test} from 'vitest';
import {z} from 'zod';
import {findingSchema} from '../../src/domain/diagnosis/finding.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

const reportSchema = z.object({
  checks: z.array(z.object({name: z.string(), detail: z.string(), finding: findingSchema.nullable()})),
});

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('gantry doctor reports what blocks a start on a host without cards and engine, and starts nothing', async () => {
  const {exitCode, stdout} = await home.run(['doctor', '--json'], {
    GANTRY_NVIDIA_SMI: '/nowhere/nvidia-smi',
    GANTRY_ENGINE_EXECUTABLE: '/nowhere/vllm',
  });
  expect(exitCode).toBe(1);
  const {checks} = reportSchema.parse(JSON.parse(stdout));
  const blocked = checks.filter(({finding}) => finding?.severity === 'critical').map(({name}) => name);
  expect(blocked).toEqual(expect.arrayContaining(['nvidia-smi', 'engine']));
  expect(checks.map(({name}) => name)).toEqual(
    expect.arrayContaining(['shared memory', 'open files', 'state directory']),
  );
  const text = await home.run(['doctor'], {GANTRY_NVIDIA_SMI: '/nowhere/nvidia-smi'});
  expect(text.stdout).toMatch(/^BLOCKS +nvidia-smi/m);
});

test('gantry doctor finds no problems on a simulated node', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  await home.run(['down']);
  const {exitCode, stdout} = await home.run(['doctor', '--json']);
  const {checks} = reportSchema.parse(JSON.parse(stdout));
  expect(checks.filter(({finding}) => finding !== null)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(checks.find(({name}) => name === 'GPU memory')?.detail).toContain('8 GPUs');
});

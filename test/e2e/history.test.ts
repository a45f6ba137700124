import {beforeEach, expect, test} from 'vitest';
import {z} from 'zod';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

const documentSchema = z.object({
  schemaVersion: z.literal(1),
  simulated: z.boolean(),
  series: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      gpu: z.number().nullable(),
      points: z.array(z.object({atMs: z.number(), value: z.number().nullable()})),
    }),
  ),
});

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

async function history(...words: readonly string[]) {
  const result = await home.run(['history', '--json', ...words]);
  expect(result.exitCode, result.stderr).toBe(0);
  return documentSchema.parse(JSON.parse(result.stdout));
}

test('history and right-size are of the supervisor, and of its file when no supervisor runs', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const names = ['gpu.powerDrawWatts', 'generationTokensPerSecond'];
  const served = await eventually(async () => {
    const document = await history(...names);
    return document.series.at(-1)?.points.some(({value}) => (value ?? 0) > 0) === true ? document : null;
  }, 'the engine generates tokens');
  expect(served.simulated).toBe(true);
  expect(served.series.map(({name, unit, gpu}) => [name, unit, gpu])).toEqual([
    ...Array.from({length: 8}, (_, index) => [`gpu${index}.powerDrawWatts`, 'watts', index]),
    ['generationTokensPerSecond', 'tokensPerSecond', null],
  ]);
  const plotted = await home.run(['history', 'generationTokensPerSecond', 'gpu.temperatureCelsius', '--since', '5m']);
  expect(plotted.stdout).toMatch(/generationTokensPerSecond [\d,.]+ tok\/s +max/);
  expect(plotted.stdout).toMatch(/^gpu7\.temperatureCelsius +\d+ C +\d+ C +\d+ C +\d+ C$/m);
  expect(plotted.stderr).toContain('SIMULATED');
  const quantiles = await eventually(async () => {
    const read = await home.run(['history', 'timeToFirstTokenP99Ms', '--since', '2h']);
    expect(read.exitCode, read.stderr).toBe(0);
    return read.stderr.includes('Quantiles') ? read.stderr : null;
  }, 'histograms are kept');
  expect(quantiles).toMatch(
    /Quantiles before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC are means over time: histograms are kept since then\./,
  );
  for (const words of [names, ['timeToFirstTokenP99Ms', '--since', '5m']])
    expect((await home.run(['history', ...words])).stderr, words.join(' ')).not.toContain('Quantiles');
  await home.stop();
  const past = await history(...names);
  expect(past).toMatchObject({simulated: true});
  expect(past.series.map(({name}) => name)).toEqual(served.series.map(({name}) => name));
  for (const [index, {name, points}] of served.series.entries())
    expect(past.series[index]?.points.length, name).toBeGreaterThanOrEqual(points.length);
  const sized = await home.run(['right-size', '--json', '--since', '1w']);
  expect(JSON.parse(sized.stdout), sized.stderr).toMatchObject({
    simulated: true,
    watchedUntilMs: expect.any(Number),
    present: {gpuName: 'NVIDIA H200', gpuCount: 8},
  });
  const csv = await home.run(['history', 'gpu3.powerDrawWatts', '--csv']);
  expect(csv.stdout).toMatch(/^time,gpu3\.powerDrawWatts\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d0Z,[\d.]+\n/);
});

test('what cannot be kept or printed is a usage error, and an empty history says so', async () => {
  for (const [words, reason] of [
    [['kvUsage'], 'did you mean kvUsageRatio?'],
    [['--since', '90d'], 'Expected a time up to 30d'],
    [['--csv', '--json'], 'exclude each other'],
  ] as const) {
    const result = await home.run(['history', ...words]);
    expect([result.exitCode, result.stdout], words.join(' ')).toEqual([2, '']);
    expect(result.stderr).toContain(reason);
  }
  const empty = await home.run(['history', '--since', '2h']);
  expect([empty.exitCode, empty.stdout]).toEqual([0, '']);
  expect(empty.stderr).toContain('Nothing is kept of the last 2h');
});

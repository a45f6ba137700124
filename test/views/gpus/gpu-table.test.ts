import {expect, test} from 'vitest';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {buildConsoleData, buildGpu, buildSnapshot} from '../../support/build-snapshot.ts';
import {pictureOf} from '../draw.ts';

const dataOf = (...gpus: readonly ReturnType<typeof buildGpu>[]) =>
  buildConsoleData({snapshot: {...buildSnapshot(), gpus: [...gpus]}});
const wide = {columns: 116, rows: 10};

test('a row has memory, difference to the plan, utilization, power of its limit, temperature and what slows it', () => {
  const picture = pictureOf('gpu-table', dataOf(buildGpu(0)), wide);
  expect(picture).toMatch(/GPU of 140\.4 GiB +used +free +vs\. plan +busy +power +temp\. .*slowed by/);
  expect(picture).toMatch(/ 0 {3}█+▓+▒?│░+ +130\.0 +9\.8 +\+0\.5 +90 % +520\/700 W +61 C .* nothing /);
});

test('at the width of a small terminal it still has what slows a GPU', () => {
  const picture = pictureOf('gpu-table', dataOf(buildGpu(0)), {columns: 76, rows: 10});
  for (const heading of ['used', 'free', 'vs. plan', 'busy', 'power', 'temp.', 'slowed by'])
    expect(picture).toContain(heading);
});

test('heat is shown as the reason, before columns that have nothing to report', () => {
  const hot = buildGpu(0, {clockEventReasons: ['software power cap', 'software thermal slowdown']});
  const picture = pictureOf('gpu-table', dataOf(hot), {columns: 76, rows: 10});
  expect(picture).toContain('software power cap, software thermal slowdown');
});

test('an uncorrected error and a failed remap of rows are shown at any width', () => {
  const faulty = buildGpu(0, {eccUncorrectedVolatileCount: 2, remappedRowsFailure: true});
  const picture = pictureOf('gpu-table', dataOf(faulty), {columns: 60, rows: 10});
  expect(picture).toMatch(/ECC +rows/);
  expect(picture).toMatch(/ 2 {2}remap failed/);
});

test('a lost GPU has its fault instead of numbers; other programs stand below theirs, with a mark', () => {
  const used = buildGpu(1, {
    processes: [{pid: 9911, name: 'python3', usedBytes: 4 * BYTES_PER_GIB, isOwn: false}],
  });
  const picture = pictureOf('gpu-table', dataOf(buildGpu(0, {fault: 'GPU is lost'}), used), wide);
  expect(picture).toMatch(/ 0! {2}GPU is lost\n/);
  expect(picture).toMatch(/ 1! {2}█.*\n +4\.0 GiB python3 pid 9911, not part of the engine/);
});

test("what the driver counts beyond another program's own figure is no part of the plan: 9 MiB on an H200", () => {
  const usedBytes = 22_525_509_632;
  const {budget} = buildGpu(0);
  if (isAbsent(budget)) throw new Error('the sample has no budget');
  const gpu = buildGpu(0, {
    memoryUsedBytes: usedBytes + 9 * BYTES_PER_MIB,
    processes: [{pid: 2703, name: 'python3', usedBytes, isOwn: false}],
    budget: {...budget, othersBytes: usedBytes},
  });
  expect(pictureOf('gpu-table', dataOf(gpu), wide)).toMatch(/ 0! {2}▄+░+│░+ +21\.0 /);
});

test('links and the memory clock are in a wide table, and fewer lanes than possible also in a narrow one', () => {
  const whole = pictureOf('gpu-table', dataOf(buildGpu(0)), {columns: 196, rows: 10});
  expect(whole).toMatch(/mem\. clock .*PCIe +NVLink +fabric/);
  expect(whole).toMatch(/ 3,201 MHz .* 5\.0 x16 +18\/18 +completed/);
  const narrow = buildGpu(0, {pcieLink: {generation: 4, maxGeneration: 5, lanes: 8, maxLanes: 16}});
  expect(pictureOf('gpu-table', dataOf(narrow), {columns: 76, rows: 10})).toMatch(/ 4\.0 x8/);
  const older = {...buildGpu(0), memoryClockMhz: undefined, pcieLink: undefined, nvlinks: undefined};
  expect(pictureOf('gpu-table', dataOf(older), {columns: 196, rows: 10})).toMatch(/ – .* – +– +completed/);
});

test('what is unknown is a dash', () => {
  const blind = buildGpu(0, {
    powerDrawWatts: absent('not supported'),
    clockEventReasons: absent('not supported'),
    temperatureCelsius: absent('not supported'),
  });
  expect(pictureOf('gpu-table', dataOf(blind), wide)).toMatch(/90 % +–\/700 W +– .* – /);
});

test('more GPUs than rows are shown as on the overview', () => {
  const many = Array.from({length: 16}, (_, index) => buildGpu(index));
  expect(pictureOf('gpu-table', dataOf(...many), {columns: 116, rows: 8})).toMatch(/15 +█/);
});

test('memory of a GPU without an engine is in use, and no part of a plan', () => {
  const stopped = buildConsoleData({
    snapshot: {...buildSnapshot({engine: {state: 'stopped'}}), gpus: [buildGpu(0, {memoryUsedBytes: BYTES_PER_GIB})]},
  });
  const picture = pictureOf('gpu-table', stopped, wide);
  expect(picture).toMatch(/ 0 {3}▌░+│░+ +1\.0 /);
  expect(picture).toContain('▌ in use  ░ free  │ budget');
  expect(picture).not.toContain('weights');
});

test('without a budget the legend names what is in use, and no budget', () => {
  const picture = pictureOf('gpu-table', dataOf(buildGpu(0, {budget: absent('no plan')})), wide);
  expect(picture).toMatch(/▌ in use +░ free/);
  expect(picture).not.toContain('│ budget');
});

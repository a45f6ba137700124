import {describe, expect, test} from 'vitest';
import {type MatrixInput, planMatrix} from '../../../src/engines/planning/calibrated-matrix.ts';
import {catalogCard, H200, usualSettings} from '../../domain/memory/plan-samples.ts';

const h200 = {card: catalogCard(H200), gpuCount: 8, hostCount: 1};

function matrix(change: Partial<MatrixInput> = {}) {
  const found = planMatrix({
    settings: usualSettings,
    onDisk: null,
    engineVersion: null,
    node: h200,
    isOneFormat: false,
    contextLengthTokens: null,
    isSpreadFixed: false,
    ...change,
  });
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

const formatsOf = (change: Partial<MatrixInput>) => matrix(change).formats.map(({format}) => format);
const model = (name: string, format = 'auto') => ({settings: {...usualSettings, model: name, format}});
const nodeOf = (name: string, gpuCount = 8) => ({node: {card: catalogCard(name), gpuCount, hostCount: 1}});

describe('the contexts of a matrix', () => {
  test('are the usual ones, up to the maximum of the model', () => {
    expect(matrix().contexts).toEqual([32_768, 65_536, 131_072, 262_144]);
    expect(matrix(model('moonshotai/Kimi-K2-Instruct')).contexts).toEqual([32_768, 65_536, 131_072]);
  });

  test('include the requested one in order, once', () => {
    expect(matrix({contextLengthTokens: 8_192}).contexts).toEqual([8_192, 32_768, 65_536, 131_072, 262_144]);
    expect(matrix({contextLengthTokens: 300_000}).contexts.at(-1)).toBe(300_000);
    expect(matrix({contextLengthTokens: 65_536}).contexts).toEqual([32_768, 65_536, 131_072, 262_144]);
  });
});

describe('the formats of a matrix', () => {
  test('are the native one and those that differ from it', () => {
    expect(formatsOf({})).toEqual(['int4', 'fp8', 'bf16']);
    expect(formatsOf(model('moonshotai/Kimi-K2-Instruct'))).toEqual(['fp8', 'bf16']);
  });

  test('include NVFP4 on cards that support it', () => {
    expect(formatsOf(nodeOf('NVIDIA B200'))).toEqual(['int4', 'fp8', 'bf16', 'nvfp4']);
    expect(formatsOf(nodeOf('NVIDIA RTX PRO 6000 Blackwell Server Edition'))).toContain('nvfp4');
    expect(formatsOf(nodeOf('NVIDIA L40S'))).not.toContain('nvfp4');
  });

  test('of the settings are shown on any card', () => {
    expect(formatsOf(model('moonshotai/Kimi-K2.7-Code', 'nvfp4'))).toEqual(['nvfp4', 'fp8', 'bf16']);
  });

  test('are one if one is requested', () => {
    expect(formatsOf({isOneFormat: true})).toEqual(['int4']);
  });
});

describe('the nodes of a matrix', () => {
  test.each([
    [H200, 8, '8xH200'],
    ['NVIDIA B200', 4, '4xB200'],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 8, '8xRTX PRO 6000'],
    ['AMD Instinct MI300X', 8, '8xMI300X'],
  ])('%s is shown without its vendor', (card, gpuCount, name) => {
    const rows = matrix({...nodeOf(card, gpuCount), isOneFormat: true}).formats.flatMap((format) => format.rows);
    expect(rows.map(({node}) => node)).toEqual([name]);
  });

  test('are the usual ones if none is given', () => {
    const rows = matrix({node: null, isOneFormat: true}).formats.flatMap((format) => format.rows);
    expect(rows.map(({node}) => node)).toEqual([
      ...['8xA100', '16xA100', '8xH100', '16xH100', '8xH100 NVL', '8xH20', '8xH200', '16xH200'],
      ...['4xB200', '8xB200', '4xB300', '8xB300', '4xGB200', '4xGB300', '8xRTX PRO 6000'],
      ...['8xMI300X', '8xMI325X', '4xMI355X'],
    ]);
  });
});

describe('a cell of a matrix', () => {
  const cellsOf = (change: Partial<MatrixInput>) =>
    matrix({isOneFormat: true, ...change}).formats[0]?.rows[0]?.cells ?? [];

  test('has no longer request than the model supports', () => {
    expect(cellsOf({}).map(({longestContextTokens}) => longestContextTokens)).toEqual(Array(4).fill(262_144));
  });

  test('uses all GPUs, or the ranks of the settings if these are fixed', () => {
    const four = {settings: {...usualSettings, tensorParallelSize: 4}};
    expect(cellsOf(four).map(({verdict}) => verdict)).toEqual(cellsOf({}).map(({verdict}) => verdict));
    expect(cellsOf({...four, isSpreadFixed: true}).map(({verdict}) => verdict)).toEqual(Array(4).fill('does-not-fit'));
    const weights = (isSpreadFixed: boolean) =>
      matrix({...four, isOneFormat: true, isSpreadFixed}).formats[0]?.rows[0]?.weightsBytesPerGpu ?? 0;
    expect(weights(true)).toBeGreaterThan(1.8 * weights(false));
  });

  test('never has room for fewer requests if they are shorter', () => {
    const counts = cellsOf({}).map(({fullLengthSequences}) => fullLengthSequences);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts[0]).toBeGreaterThan(counts.at(-1) ?? 0);
  });
});

test.each([
  [{engine: 'nobody'}, 'memory.unknown-engine'],
  [{model: 'org/nothing-known'}, 'memory.unknown-model'],
])('there is no matrix of %j', (change, code) => {
  const found = planMatrix({
    settings: {...usualSettings, ...change},
    onDisk: null,
    engineVersion: null,
    node: h200,
    isOneFormat: false,
    contextLengthTokens: null,
    isSpreadFixed: false,
  });
  expect(found).toMatchObject({ok: false, error: {code}});
});

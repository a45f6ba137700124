import {describe, expect, test} from 'vitest';
import {parseOutput} from '../../../../src/sources/nvidia-smi/parse/parse-output.ts';

const codes = (stdout: string, stderr = '') =>
  parseOutput(stdout, stderr).findings.map(({code, severity}) => [code.replace('source.nvidia-smi.', ''), severity]);
const xml = (inner: string) => `<nvidia_smi_log>${inner}</nvidia_smi_log>`;
const csv = (...indexes: readonly number[]) =>
  `index, uuid, count\n${indexes.map((index) => `${index}, GPU-${index}, 4\n`).join('')}`;
const lost = (card: string) => `Unable to determine the device handle for GPU ${card}: GPU is lost.  Reboot the system`;
const banner = '| NVIDIA-SMI 580.1   Driver Version: 580.1   CUDA Version: 13.0 |';

describe('the form', () => {
  test.each([
    ['xml', xml('<gpu id="a"></gpu>')],
    ['query-text', '====NVSMI LOG====\nDriver Version : 580.1\nGPU 00000000:01:00.0\n    GPU UUID : GPU-1\n'],
    ['csv', 'index, uuid\n0, GPU-0\n'],
    ['listing', 'GPU 0: NVIDIA H100 (UUID: GPU-0)'],
    ['table', `${banner}\n|   0  NVIDIA H100          On  |   00000000:01:00.0 Off |  0 |\n| x | 1MiB / 2MiB | y |`],
    ['none', ''],
    ['none', banner],
    ['none', 'text'],
  ])('%s is recognized', (form, text) => {
    const parsed = parseOutput(text);
    expect(parsed.form).toBe(form);
    expect(parsed.gpus).toHaveLength(form === 'none' ? 0 : 1);
  });

  test('stderr is read if stdout is empty, else stdout', () => {
    expect(parseOutput(' \n', 'index, uuid\n0, GPU-0\n').form).toBe('csv');
    expect(parseOutput('text', 'index, uuid\n0, GPU-0\n').form).toBe('none');
    // What stands in stderr alone is read once.
    expect(codes('', 'No devices were found')).toEqual([['no-devices', 'critical']]);
    expect(codes('text')).toEqual(codes('text', ''));
  });

  test('control sequences are removed first', () => {
    expect(parseOutput('\u001b[4mindex, uuid\u001b[0m\n0, GPU-0\n').form).toBe('csv');
  });
});

describe('notes about the form', () => {
  test('are absent for complete lists', () => {
    expect(codes('index, uuid\n0, GPU-0\n')).toEqual([]);
    expect(codes(xml('<gpu id="a"></gpu>'))).toEqual([]);
  });

  test('a cut off document is critical only without a complete card', () => {
    expect(codes('<nvidia_smi_log><gpu id="a"></gpu><gpu')).toEqual([['output-cut', 'warning']]);
    expect(codes('<nvidia_smi_log><gpu')).toEqual([['output-cut', 'critical']]);
  });

  test('a document without cards means that there are no cards', () => {
    expect(codes(xml('<attached_gpus>0</attached_gpus>'))).toEqual([['no-devices', 'critical']]);
  });

  test('a table, a listing and an unknown order give less than requested', () => {
    expect(
      codes(`${banner}\n|   0  NVIDIA H100          On  |   00000000:01:00.0 Off |  0 |\n| x | 1MiB / 2MiB | y |`),
    ).toEqual([['table-only', 'info']]);
    expect(codes('GPU 0: NVIDIA H100 (UUID: GPU-0)')).toEqual([['listing-only', 'info']]);
    expect(codes('NVIDIA H200, GPU-00000001, 143771, 5 %\n')).toEqual([['unknown-columns', 'warning']]);
  });

  test('any other text is unexpected, unless a message explains it', () => {
    expect(codes('text')).toEqual([['unexpected-output', 'critical']]);
    expect(codes('')).toEqual([['unexpected-output', 'critical']]);
    expect(codes('No devices were found')).toEqual([['no-devices', 'critical']]);
    expect(codes(lost('3'))).toEqual([['gpu-lost', 'critical']]);
    expect(codes('', 'Failed to initialize NVML: Unknown Error')).toEqual([['unknown-error', 'critical']]);
  });
});

test('the message that nvidia-smi gave up is left out only where a lost GPU is named; other messages stay', () => {
  const gaveUp = 'Failed to query device index';
  expect(codes(gaveUp)).toEqual([['gpu-lost', 'critical']]);
  expect(codes(`${gaveUp}\n${lost('3')}`)).toEqual([['gpu-lost', 'critical']]);
  expect(codes('index, uuid\n0, GPU-0\n', gaveUp)).toEqual([['gpu-lost', 'critical']]);
  expect(codes('index, uuid, memory.used\n0, GPU-0, [GPU is lost]\n', gaveUp)).toEqual([['gpu-lost', 'critical']]);
  expect(codes(lost('3'), 'No devices were found')).toEqual(
    expect.arrayContaining([
      ['gpu-lost', 'critical'],
      ['no-devices', 'critical'],
    ]),
  );
});

describe('versions', () => {
  test.each(['driver_version', 'kmd_version'])('are in the column %s of a list', (field) => {
    expect(parseOutput(`index, ${field}\n0, 580.1\n`).driverVersion).toBe('580.1');
  });

  test('are absent without a column', () => {
    expect(parseOutput('index, uuid\n0, GPU-0\n').driverVersion).toHaveProperty('absent');
    expect(parseOutput('text').cudaVersion).toHaveProperty('absent');
  });
});

describe('missing cards', () => {
  const missing = (stdout: string, stderr = '') =>
    parseOutput(stdout, stderr)
      .findings.filter(({code}) => code.endsWith('.gpu-missing'))
      .map(({severity, details}) => [severity, details?.['index'] ?? null]);

  test('of a list are reported by their index', () => {
    expect(missing(csv(0, 2))).toEqual([
      ['critical', 1],
      ['critical', 3],
    ]);
    expect(missing(csv(0, 1, 2, 3))).toEqual([]);
  });

  test('if only one card was requested, the count is a warning', () => {
    expect(missing(csv(2))).toEqual([['warning', null]]);
    expect(missing('index, count\n0, 1\n')).toEqual([]);
    expect(missing('index, uuid\n2, GPU-2\n')).toEqual([]);
  });

  test('of a document are counted, without their index', () => {
    const two = '<gpu id="a"></gpu><gpu id="b"></gpu>';
    expect(missing(xml(`<attached_gpus>3</attached_gpus>${two}`))).toEqual([['warning', null]]);
    expect(missing(xml(`<attached_gpus>2</attached_gpus>${two}`))).toEqual([]);
    expect(missing(xml(two))).toEqual([]);
    expect(missing(xml(`<attached_gpus>3</attached_gpus>${two}`), lost('2'))).toEqual([]);
  });

  test('that the driver cannot open are not reported twice', () => {
    expect(missing(csv(0, 1, 2), lost('3'))).toEqual([]);
    expect(missing(csv(0, 1, 2), lost('0000:04:00.0'))).toEqual([]);
    expect(missing(csv(0, 1), lost('0000:04:00.0'))).toHaveLength(2);
    expect(missing(csv(0, 1), lost('3'))).toEqual([['critical', 2]]);
  });
});

test('cards without an index are numbered around those that are lost', () => {
  const parsed = parseOutput(xml('<gpu id="a"></gpu><gpu id="b"></gpu>'), `${lost('0')}\n${lost('2')}\n${lost('2')}`);
  expect(parsed.gpus.map(({index}) => index)).toEqual([1, 3]);
  expect(parsed.lost.map(({card}) => card)).toEqual(['0', '2']);
});

test('that the tool gave up is not reported if the lost card is', () => {
  expect(codes('', `${lost('3')}\nFailed to query device index 3`)).toEqual([['gpu-lost', 'critical']]);
  expect(codes('index, uuid\n0, [GPU is lost]\n', 'Failed to query device index 0')).toEqual([
    ['gpu-lost', 'critical'],
  ]);
  const alone = parseOutput('', 'Failed to query device index 3').findings;
  expect(alone.map(({code}) => code)).toEqual(['source.nvidia-smi.gpu-lost']);
});

test('findings of cells have the index of their card', () => {
  const parsed = parseOutput('index, retired_pages.pending\n0, No\n5, Yes\n');
  expect(parsed.findings.find(({code}) => code.endsWith('.page-retirement-pending'))?.details).toMatchObject({
    index: 5,
  });
});

test('a card that cannot say how many there are leaves it to the next one', () => {
  const rows = 'index, uuid, count\n0, GPU-0, [GPU is lost]\n1, GPU-1, 4\n2, GPU-2, 4\n3, GPU-3, 4\n';
  expect(codes(rows).filter(([code]) => code === 'gpu-missing')).toEqual([]);
  const fewer = codes('index, uuid, count\n0, GPU-0, [N/A]\n1, GPU-1, 4\n');
  expect(fewer.map(([code]) => code)).toContain('gpu-missing');
});

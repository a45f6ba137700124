/** What a recording of the real tool must give, written by hand from the recording and its index. */
export type Expectation = {
  readonly file: string;
  /** Indexes of the cards; a number n stands for 0 to n-1. */
  readonly cards: number | readonly number[];
  /** Total per GPU in MiB as printed; null where the form does not have it. */
  readonly totalMib: number | null;
  readonly name: string | null;
  readonly driver: string | null;
  /** Codes of the findings, worst first, behind `source.nvidia-smi.`. */
  readonly codes: readonly string[];
  /** Index of the card whose memory cannot be read. */
  readonly unreadable?: number;
  readonly migInstances?: number;
  readonly processes?: number;
  /** A word of what unexpected output is said to look like. */
  readonly looksLike?: string;
};

type More = Pick<Expectation, 'unreadable' | 'migInstances' | 'processes'>;

const card = (
  file: string,
  cards: number | readonly number[],
  totalMib: number | null,
  name: string | null,
  driver: string | null,
  codes: readonly string[] = [],
  more: More = {},
): Expectation => ({file, cards, totalMib, name, driver, codes, ...more});

const failing = (file: string, code: string): Expectation => card(file, 0, null, null, null, [code]);

const foreign = (file: string, looksLike: string): Expectation => ({
  ...card(file, 0, null, null, null, ['unexpected-output']),
  looksLike,
});

const H100 = 'NVIDIA H100 80GB HBM3';
const OFF = 'persistence-mode-off';
const TABLE = 'table-only';
const LISTING = 'listing-only';

const xml: readonly Expectation[] = [
  // Its publisher cut three of four cards out, as -i would have done.
  card(
    'a100-sxm4-80gb-1x-driver535.54.03-qx-v12-mig.xml',
    1,
    81920,
    'NVIDIA A100-SXM4-80GB',
    '535.54.03',
    [OFF, 'gpu-missing'],
    {migInstances: 4},
  ),
  card('a10g-1x-driver515.105.01-qx-v11-process.xml', 1, 23028, 'NVIDIA A10G', '515.105.01', [OFF], {processes: 1}),
  card('b200-8x-driver580.105.08-qx-v13.xml', 8, 183359, 'NVIDIA B200', '580.105.08', [OFF]),
  card('gb200-2x-driver580.65.06-qx-v13-simnvml-ecc.xml', 2, 196608, 'NVIDIA GB200', '580.65.06', [
    'row-remap-failure',
    'ecc-uncorrected',
  ]),
  card('gb200-2x-driver580.65.06-qx-v13-simnvml-fabric-degraded.xml', 2, 196608, 'NVIDIA GB200', '580.65.06', [
    'fabric-unhealthy',
  ]),
  card(
    'gb200-2x-driver580.65.06-qx-v13-simnvml-gpu1-lost.xml',
    2,
    196608,
    'NVIDIA GB200',
    '580.65.06',
    ['row-remap-failure', 'gpu-lost', 'ecc-uncorrected'],
    {unreadable: 1},
  ),
  card('gb200-2x-driver580.65.06-qx-v13-simnvml-throttle.xml', 2, 196608, 'NVIDIA GB200', '580.65.06'),
  card('gb200-4x-driver580.173.02-qx-v13.xml', 4, 189471, 'NVIDIA GB200', '580.173.02'),
  card('gt1030-1x-driver470.74-qx-v11-processes.xml', 1, 1998, 'NVIDIA GeForce GT 1030', '470.74', [OFF], {
    processes: 10,
  }),
  card('gtx1070ti-1x-driverunknown-qx-v10-partial.xml', 1, 4096, 'GeForce GTX 1070 Ti', null),
  card('gtx1660ti-1x-driver418.43-qx-nodoctype.xml', 1, 5912, 'Graphics Device', '418.43', [OFF]),
  card('k80-4x-driver430.26-qx-v10-out-of-order.xml', 4, 11441, 'Tesla K80', '430.26', [OFF], {processes: 2}),
  card('l40s-1x-driver595.91.07-qx-v13.xml', 1, 46068, 'NVIDIA L40S', '595.91.07'),
  card('p100-pcie-1x-driver510.47.03-qx-v11.xml', 1, 16384, 'Tesla P100-PCIE-16GB', '510.47.03', [OFF]),
  card('quadro-p2000-1x-driver525.125.06-qx-v12.xml', 1, 5120, 'Quadro P2000', '525.125.06'),
  card('rtx2080-2x-driver590.44.01-qx-v13.xml', 2, 8192, 'NVIDIA GeForce RTX 2080', '590.44.01'),
  card('rtx3060-1x-driver570.124.04-qx-v12.xml', 1, 12288, 'NVIDIA GeForce RTX 3060', '570.124.04'),
  card('rtx3080-1x-driver536.40-qx-v12-windows-processes.xml', 1, 10240, 'NVIDIA GeForce RTX 3080', '536.40', [], {
    processes: 5,
  }),
  card('rtx3080-1x-driver595.58.03-qx-v13.xml', 1, 10240, 'NVIDIA GeForce RTX 3080', '595.58.03', [OFF]),
  card(
    'rtx4000sffada-1x-driver595.84-qx-v13-processes.xml',
    1,
    20475,
    'NVIDIA RTX 4000 SFF Ada Generation',
    '595.84',
    [],
    {processes: 4},
  ),
  card('rtx4090-1x-driver535.86.05-qx-v12.xml', 1, 24564, 'NVIDIA GeForce RTX 4090', '535.86.05'),
  card(
    'rtxpro6000-maxq-1x-driver590.44.01-qx-v13-process.xml',
    1,
    97887,
    'NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition',
    '590.44.01',
    [],
    {processes: 1},
  ),
  card('t4-1x-driver595.91.07-qx-v13.xml', 1, 15360, 'Tesla T4', '595.91.07'),
];

const queryText: readonly Expectation[] = [
  card('a10-1x-driver535.129.03-q-ecc4.txt', 1, 23028, 'NVIDIA A10', '535.129.03', ['row-remap-pending']),
  card('a100-8x-driver535.86.10-q-page-retirement.txt', 8, null, null, '535.86.10'),
  card('a100-8x-driver535.86.10-q-page-retirement-bad-edited.txt', 8, null, null, '535.86.10', [
    'page-retirement-pending',
    'page-retirement-pending',
    'page-retirement-pending',
    'page-retirement-pending',
  ]),
  card('gtx680-1x-driver470.256.02-q.txt', 1, 2000, 'NVIDIA GeForce GTX 680', '470.256.02', [OFF]),
  card('h100-2x-driver580.178.04-simnvml-q-text-loop-xid-line.stdout.txt', 2, null, null, '580.178.04', [
    'driver-event',
    'ecc-uncorrected',
  ]),
  card('h100-nvl-2x-driver550.54.14-q.txt', 2, 95830, 'NVIDIA H100 NVL', '550.54.14'),
  card('h100-sxm-80gb-1x-driver590.48.01-mig-q-load.txt', 1, 81559, H100, '590.48.01', [], {
    migInstances: 4,
    processes: 3,
  }),
  card('h100-sxm-80gb-8x-driver535.161.08-q.txt', 8, 81559, H100, '535.161.08'),
  card('h200-1x-driver550.90.12-q.txt', 1, 143771, 'NVIDIA H200', '550.90.12'),
  card('h200-1x-driver590.48.01-q-load.txt', 1, 143771, 'NVIDIA H200', '590.48.01', [], {processes: 3}),
  card('rtx4090-8x-driver535.154.05-q-p2.txt', 8, 24564, 'NVIDIA GeForce RTX 4090', '535.154.05', [], {processes: 7}),
  card('rtx5090-1x-driver570.124.06-q.txt', 1, 32607, 'NVIDIA GeForce RTX 5090', '570.124.06'),
  card('titanv-1x-driver560.35.03-q.txt', 1, 12288, 'NVIDIA TITAN V', '560.35.03', [OFF], {processes: 3}),
  card('v100-sxm2-16gb-8x-driver550.127.05-q.txt', 8, 16384, 'Tesla V100-SXM2-16GB', '550.127.05'),
];

const tables: readonly Expectation[] = [
  card('a40-10x-driver550.127.05-table.txt', 10, 46068, 'NVIDIA A40', '550.127.05', [TABLE]),
  card('b200-8x-driver580.65.06-table-vllm-tp4.txt', 8, 183359, 'NVIDIA B200', '580.65.06', [TABLE]),
  card(
    'h100-8x-driver580.178.04-simnvml-table-gpu3-lost-midway.stdout.txt',
    8,
    81559,
    H100,
    '580.178.04',
    ['gpu-lost', TABLE],
    {unreadable: 3},
  ),
  card('h100-nvl-2x-driver550.54.14-table.txt', 2, 95830, 'NVIDIA H100 NVL', '550.54.14', [TABLE]),
  card('h100-sxm-80gb-1x-driver590.48.01-mig-table-load.txt', 1, 81559, H100, '590.48.01', [TABLE], {
    migInstances: 4,
    processes: 3,
  }),
  card('h100-sxm-80gb-1x-driver590.48.01-table-load.txt', 1, 81559, H100, '590.48.01', [TABLE], {processes: 3}),
  card('h200-1x-driver550.90.12-table.txt', 1, 143771, 'NVIDIA H200', '550.90.12', [TABLE]),
  card('h200-1x-driver590.48.01-table-load.txt', 1, 143771, 'NVIDIA H200', '590.48.01', [TABLE], {processes: 3}),
  card('rtx-1x-driver525.125.06-table-fan-err.txt', 1, 23028, 'NVIDIA GeForce ...', '525.125.06', [OFF, TABLE]),
  card(
    'rtx2080super-1x-driver610.57.04-table-load.txt',
    1,
    8192,
    'NVIDIA GeForce RTX 2080 ...',
    '610.57.04',
    [OFF, TABLE],
    {
      processes: 4,
    },
  ),
  card('rtx5090-1x-driver570.124.06-table.txt', 1, 32607, 'NVIDIA GeForce RTX 5090', '570.124.06', [TABLE]),
];

const withoutGpu3 = [0, 1, 2, 4, 5, 6, 7];

const csv: readonly Expectation[] = [
  card('h100-8x-driver535.261.03-simnvml-csv-fabric-state.stdout.txt', 8, null, null, null),
  card(
    'h100-8x-driver535.261.03-simnvml-csv-header-units-gpu3-insufficient-permissions.stdout.txt',
    8,
    81559,
    null,
    null,
    ['no-permission'],
    {unreadable: 3},
  ),
  card('h100-8x-driver580.178.04-simnvml-csv-gpu3-hidden-by-cgroup.stdout.txt', withoutGpu3, 81559, null, null, [
    'gpu-missing',
  ]),
  card('h100-8x-driver580.178.04-simnvml-csv-gpu3-lost-before-start.stdout.txt', withoutGpu3, 81559, null, null, [
    'gpu-missing',
  ]),
  card(
    'h100-8x-driver580.178.04-simnvml-csv-gpu3-requires-reset.stdout.txt',
    8,
    81559,
    null,
    null,
    ['gpu-requires-reset'],
    {unreadable: 3},
  ),
  card('h100-8x-driver580.178.04-simnvml-csv-stream-gpu3-lost-midway.stdout.txt', 8, 81559, null, null, ['gpu-lost'], {
    unreadable: 3,
  }),
  card('h100-sxm-80gb-1x-driver590.48.01-mig-querygpu-all-idle.csv', 1, 81559, H100, '590.48.01'),
  card('h100-sxm-80gb-1x-driver590.48.01-mig-querygpu-all-load.csv', 1, 81559, H100, '590.48.01'),
  card('h100-sxm-80gb-1x-driver590.48.01-querygpu-all-idle.csv', 1, 81559, H100, '590.48.01'),
  card('h100-sxm-80gb-1x-driver590.48.01-querygpu-all-load.csv', 1, 81559, H100, '590.48.01'),
  card('h200-1x-driver590.48.01-querygpu-all-idle.csv', 1, 143771, 'NVIDIA H200', '590.48.01'),
  card('h200-1x-driver590.48.01-querygpu-all-load.csv', 1, 143771, 'NVIDIA H200', '590.48.01'),
  card('l40s-1x-driver595.80-querygpu-all-idle.csv', 1, 46068, 'NVIDIA L40S', '595.80', [OFF]),
  card('l40s-1x-driver595.80-querygpu-all-load.csv', 1, 46068, 'NVIDIA L40S', '595.80', [OFF]),
  card('rtx2080super-1x-driver610.57.04-querygpu-all-idle.csv', 1, 8192, 'NVIDIA GeForce RTX 2080 SUPER', '610.57.04', [
    OFF,
  ]),
];

const listings: readonly Expectation[] = [
  card('h100-sxm-80gb-1x-driver590.48.01-mig-L.txt', 1, null, H100, null, [LISTING], {migInstances: 4}),
  card('h100-sxm-80gb-1x-driverunknown-L-mig-7x1g.txt', 1, null, H100, null, [LISTING], {migInstances: 7}),
  card('h100-sxm-80gb-1x-driverunknown-L-mig-mixed.txt', 1, null, H100, null, [LISTING], {migInstances: 4}),
  card('a100-sxm4-8x-driverunknown-nvlink-status.txt', 8, null, 'NVIDIA A100-SXM4-80GB', null, [LISTING]),
  card('a100-sxm4-80gb-gpu6-nvlink-inactive.txt', [6], null, 'NVIDIA A100-SXM4-80GB', null, [LISTING]),
];

const errors: readonly Expectation[] = [
  failing('error-driver-not-loaded-driver550.163.01-rc9.stdout.txt', 'driver-not-loaded'),
  failing('error-init-insufficient-permissions-driver580.178.04-rc4.stdout.txt', 'no-permission'),
  failing('error-init-unknown-error-driver580.178.04-rc255.stdout.txt', 'unknown-error'),
  failing('error-init-version-mismatch-driver580-rc18.stdout.txt', 'version-mismatch'),
  failing('error-invalid-field-driver470.256.02-event-reasons-rc2.stdout.txt', 'invalid-field'),
  failing('error-invalid-field-driver580.178.04-rc2.stdout.txt', 'invalid-field'),
  failing('error-library-missing-driver580.178.04-rc12.stdout.txt', 'library-missing'),
  failing('error-no-devices-permission-hint-driver580.178.04-rc4.stdout.txt', 'no-devices-permission'),
  failing('error-two-queries-driver580.178.04-rc2.stdout.txt', 'invalid-arguments'),
  failing('h100-8x-driver470.256.02-simnvml-csv-gpu3-lost-before-start.stdout.txt', 'gpu-lost'),
  failing('h100-8x-driver535.261.03-simnvml-csv-gpu3-lost-before-start.stdout.txt', 'gpu-lost'),
  failing('h100-8x-driver580.178.04-simnvml-csv-gpu3-lost-before-start.stderr.txt', 'gpu-lost'),
];

const foreigners: readonly Expectation[] = [
  foreign('h100-sxm-80gb-1x-driver590.48.01-computeapps-load.csv', 'processes'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-mig-computeapps-idle.csv', 'processes'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-mig-computeapps-load.csv', 'processes'),
  foreign('h200-1x-driver590.48.01-computeapps-load.csv', 'processes'),
  foreign('l40s-1x-driver595.80-retiredpages.csv', 'retired pages'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-dmon-load.txt', 'dmon'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-mig-dmon-load.txt', 'dmon'),
  foreign('h200-1x-driver590.48.01-dmon-load.txt', 'dmon'),
  foreign('l40s-1x-driver595.80-dmon-load.txt', 'dmon'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-pmon-load.txt', 'pmon'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-mig-pmon-load.txt', 'pmon'),
  foreign('h200-1x-driver590.48.01-pmon-load.txt', 'pmon'),
  foreign('rtx2080super-1x-driver610.57.04-pmon-load.txt', 'pmon'),
  foreign('h100-sxm-80gb-1x-driver590.48.01-help-query-gpu.txt', 'help text'),
  foreign('help-query-gpu-driver470.256.02.txt', 'help text'),
  foreign('help-query-gpu-driver535.261.03.txt', 'help text'),
  foreign('help-query-gpu-driver580.178.04.txt', 'help text'),
  foreign('rtx2080super-1x-driver610.57.04-help-query-gpu.txt', 'help text'),
  foreign('help-query-compute-apps-driver580.178.04.txt', 'help text'),
  foreign('h200-1x-driver590.48.01-topo-m.txt', 'topo'),
  foreign('rtx2080super-1x-driver610.57.04-version.txt', 'version'),
  foreign('kernel-log-xid119-gsp-timeout-dmesg.txt', 'kernel log'),
];

export const expectations: readonly Expectation[] = [
  ...xml,
  ...queryText,
  ...tables,
  ...csv,
  ...listings,
  ...errors,
  ...foreigners,
];

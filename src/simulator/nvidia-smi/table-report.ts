import {gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {Card} from './card.ts';
import {mibText} from './query-cells.ts';
import {ctime} from './xml-report.ts';

const RULE = '+-----------------------------------------+------------------------+----------------------+';
const WIDE_RULE = `+${'-'.repeat(89)}+`;

/** What the bare command prints, in the column widths of the 580 branch. */
export function tableReport(node: SimulatedNode, cards: readonly Card[], now: Date): string {
  const versions = `| NVIDIA-SMI ${node.driverVersion.padEnd(22)} Driver Version: ${node.driverVersion.padEnd(14)} CUDA Version: ${node.cudaVersion.padEnd(8)} |`;
  return [
    ctime(now).padEnd(31),
    WIDE_RULE,
    versions,
    RULE,
    '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
    '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |',
    '|                                         |                        |               MIG M. |',
    '|=========================================+========================+======================|',
    ...cards.flatMap(cardLines),
    '',
    WIDE_RULE,
    '| Processes:                                                                              |',
    '|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |',
    '|        ID   ID                                                               Usage      |',
    `|${'='.repeat(89)}|`,
    ...processLines(cards),
    WIDE_RULE,
    '',
  ].join('\n');
}

/** What -L prints. */
export function listReport(cards: readonly Card[]): string {
  return cards.map((card) => `GPU ${card.index}: ${card.type.name} (UUID: ${gpuUuid(card.index)})\n`).join('');
}

/** NVLinks of an SXM board since Hopper. */
const NVLINK_COUNT = 18;

/** What `nvlink --status` prints. */
export function nvlinkStatus(cards: readonly Card[]): string {
  const links = Array.from({length: NVLINK_COUNT}, (_, link) => link);
  return cards
    .map((card) => {
      const rate = card.type.architecture === 'Hopper' ? '26.562' : '50';
      return `${listReport([card])}${links.map((link) => `\t Link ${link}: ${rate} GB/s\n`).join('')}`;
    })
    .join('');
}

function cardLines(card: Card): readonly string[] {
  const memory = `${mibText(card.usedBytes)}MiB / ${mibText(card.type.totalBytes).padStart(6)}MiB`;
  const limit = `${card.type.powerLimitWatts}W`.padStart(5);
  const cells = card.isLost
    ? {temperature: 'ERR!', power: 'ERR! ', memory: ' GPU is lost'.padEnd(22), utilization: 'ERR!', ecc: 'ERR!'}
    : {
        temperature: `${card.temperatureCelsius}C`,
        power: `${Math.round(card.averagePowerWatts)}W`,
        memory: memory.padStart(22),
        utilization: `${Math.round(card.utilizationRatio * 100)}%`,
        ecc: '0',
      };
  return [
    `| ${String(card.index).padStart(3)}  ${card.type.name.slice(0, 27).padEnd(28)}   On  |   ${pciBusId(card.index)} Off | ${cells.ecc.padStart(20)} |`,
    `| N/A ${cells.temperature.padStart(5)}    P0  ${cells.power.padStart(14)} / ${limit} | ${cells.memory} | ${cells.utilization.padStart(7)}      Default |`,
    '|                                         |                        |             Disabled |',
    RULE,
  ];
}

function processLines(cards: readonly Card[]): readonly string[] {
  const lines = cards
    .filter((card) => !card.isLost)
    .flatMap((card) =>
      card.processes.map(
        (holder) =>
          `| ${String(card.index).padStart(4)}   N/A  N/A ${String(holder.pid).padStart(15)}      C   ${holder.name.slice(0, 34).padEnd(36)}${`${Math.ceil(holder.usedMib)}MiB`.padStart(10)} |`,
      ),
    );
  return lines.length > 0 ? lines : [`|  ${'No running processes found'.padEnd(87)}|`];
}

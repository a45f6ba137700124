import {gpuSerial, gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {Card} from './card.ts';
import {activeText, mibText} from './query-cells.ts';

/** An element: its name, then its text or its children. */
type Element = readonly [name: string, content: string | readonly Element[]];

/** What `-q -x` prints: one complete document in the layout of the 580 branch (DTD v13). */
export function xmlReport(node: SimulatedNode, cards: readonly Card[], now: Date): string {
  return [
    '<?xml version="1.0" ?>',
    '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">',
    '<nvidia_smi_log>',
    ...draw(['timestamp', ctime(now)], 1),
    ...draw(['driver_version', node.driverVersion], 1),
    ...draw(['cuda_version', node.cudaVersion], 1),
    ...draw(['attached_gpus', String(node.gpuCount)], 1),
    ...cards.flatMap((card) => [
      `\t<gpu id="${pciBusId(card.index)}">`,
      ...gpuElements(node, card).flatMap((element) => draw(element, 2)),
      '\t</gpu>',
      '',
    ]),
    '</nvidia_smi_log>',
    '',
  ].join('\n');
}

function draw([name, content]: Element, depth: number): readonly string[] {
  const indent = '\t'.repeat(depth);
  if (typeof content === 'string') return [`${indent}<${name}>${escapeXml(content)}</${name}>`];
  return [`${indent}<${name}>`, ...content.flatMap((child) => draw(child, depth + 1)), `${indent}</${name}>`];
}

function gpuElements(node: SimulatedNode, card: Card): readonly Element[] {
  return [...identityElements(node, card), ...readingElements(card)];
}

function identityElements(node: SimulatedNode, card: Card): readonly Element[] {
  return [
    ['product_name', card.type.name],
    ['product_brand', 'NVIDIA'],
    ['product_architecture', card.type.architecture],
    ['display_mode', 'Requested functionality has been deprecated'],
    ['display_attached', 'Yes'],
    ['display_active', 'Disabled'],
    ['persistence_mode', 'Enabled'],
    ['addressing_mode', 'None'],
    [
      'mig_mode',
      [
        ['current_mig', 'Disabled'],
        ['pending_mig', 'Disabled'],
      ],
    ],
    ['mig_devices', 'None'],
    ['accounting_mode', 'Disabled'],
    ['accounting_mode_buffer_size', '4000'],
    [
      'driver_model',
      [
        ['current_dm', 'N/A'],
        ['pending_dm', 'N/A'],
      ],
    ],
    ['serial', gpuSerial(card.index)],
    ['uuid', gpuUuid(card.index)],
    ['minor_number', String(card.index)],
    ['vbios_version', '96.00.CF.00.02'],
    ['multigpu_board', 'No'],
    ['c2c_mode', 'Disabled'],
    ['gpu_recovery_action', card.isLost ? 'Reboot' : 'None'],
    ['gsp_firmware_version', node.driverVersion],
    ['pci', pciElements(card)],
  ];
}

function readingElements(card: Card): readonly Element[] {
  return [
    ['fan_speed', 'N/A'],
    ['performance_state', 'P0'],
    ['clocks_event_reasons', lossy(card, reasonElements(card))],
    ['fb_memory_usage', lossy(card, memoryElements(card))],
    [
      'bar1_memory_usage',
      lossy(card, [
        ['total', '262144 MiB'],
        ['used', '1 MiB'],
        ['free', '262143 MiB'],
      ]),
    ],
    ['compute_mode', 'Default'],
    ['utilization', lossy(card, utilizationElements(card))],
    [
      'ecc_mode',
      [
        ['current_ecc', 'Enabled'],
        ['pending_ecc', 'Enabled'],
      ],
    ],
    ['ecc_errors', lossy(card, eccElements())],
    ['remapped_rows', lossy(card, remappedElements())],
    ['temperature', lossy(card, temperatureElements(card))],
    ['gpu_power_readings', powerElements(card)],
    ['module_power_readings', modulePowerElements()],
    ['clocks', lossy(card, clockElements(card))],
    ['max_clocks', maxClockElements(card)],
    ['fabric', fabricElements()],
    ['processes', card.isLost ? [] : card.processes.map(processElement)],
    ['accounted_processes', []],
  ];
}

/** A block that cannot be read becomes text. */
function lossy(card: Card, children: readonly Element[]): string | readonly Element[] {
  return card.isLost ? 'GPU is lost' : children;
}

function pciElements(card: Card): readonly Element[] {
  return [
    ['pci_bus', pciBusId(card.index).slice(9, 11)],
    ['pci_device', '00'],
    ['pci_domain', '0000'],
    ['pci_device_id', card.type.pciDeviceId],
    ['pci_bus_id', pciBusId(card.index)],
    [
      'pci_gpu_link_info',
      [
        [
          'pcie_gen',
          [
            ['max_link_gen', '5'],
            ['current_link_gen', '5'],
            ['device_current_link_gen', '5'],
          ],
        ],
        [
          'link_widths',
          [
            ['max_link_width', '16x'],
            ['current_link_width', `${card.pcieLanes}x`],
          ],
        ],
      ],
    ],
  ];
}

function reasonElements(card: Card): readonly Element[] {
  const names = [
    'gpu_idle',
    'applications_clocks_setting',
    'sw_power_cap',
    'hw_slowdown',
    'hw_thermal_slowdown',
    'hw_power_brake_slowdown',
    'sync_boost',
    'sw_thermal_slowdown',
    'display_clocks_setting',
  ] as const;
  return names.map((name): Element => [`clocks_event_reason_${name}`, activeText(card, name)]);
}

function memoryElements(card: Card): readonly Element[] {
  return [
    ['total', `${mibText(card.type.totalBytes)} MiB`],
    ['reserved', `${mibText(card.type.reservedBytes)} MiB`],
    ['used', `${mibText(card.usedBytes)} MiB`],
    ['free', `${mibText(card.freeBytes)} MiB`],
  ];
}

function utilizationElements(card: Card): readonly Element[] {
  return [
    ['gpu_util', `${Math.round(card.utilizationRatio * 100)} %`],
    ['memory_util', `${Math.round(card.memoryUtilizationRatio * 100)} %`],
    ...['encoder', 'decoder', 'jpeg', 'ofa'].map((name): Element => [`${name}_util`, '0 %']),
  ];
}

function eccElements(): readonly Element[] {
  const counts: readonly Element[] = [
    ['sram_correctable', '0'],
    ['sram_uncorrectable_parity', '0'],
    ['sram_uncorrectable_secded', '0'],
    ['dram_correctable', '0'],
    ['dram_uncorrectable', '0'],
  ];
  return [
    ['volatile', counts],
    ['aggregate', [...counts, ['sram_threshold_exceeded', 'No']]],
    ['channel_repair_pending', 'No'],
    ['tpc_repair_pending', 'No'],
  ];
}

function remappedElements(): readonly Element[] {
  return [
    ['remapped_row_corr', '0'],
    ['remapped_row_unc', '0'],
    ['remapped_row_pending', 'No'],
    ['remapped_row_failure', 'No'],
  ];
}

function temperatureElements(card: Card): readonly Element[] {
  return [
    ['gpu_temp', `${card.temperatureCelsius} C`],
    ['gpu_temp_tlimit', `${87 - card.temperatureCelsius} C`],
    ['gpu_temp_max_tlimit_threshold', '-8 C'],
    ['gpu_temp_slow_tlimit_threshold', '-2 C'],
    ['gpu_temp_max_gpu_tlimit_threshold', '0 C'],
    ['gpu_target_temperature', 'N/A'],
    ['memory_temp', `${card.memoryTemperatureCelsius} C`],
    ['gpu_temp_max_mem_tlimit_threshold', '0 C'],
  ];
}

function powerElements(card: Card): readonly Element[] {
  const limit = `${card.type.powerLimitWatts.toFixed(2)} W`;
  const draw = (watts: number): string => (card.isLost ? 'GPU is lost' : `${watts.toFixed(2)} W`);
  return [
    ['power_state', 'P0'],
    ['average_power_draw', draw(card.averagePowerWatts)],
    ['instant_power_draw', draw(card.powerDrawWatts)],
    ['current_power_limit', limit],
    ['requested_power_limit', limit],
    ['default_power_limit', limit],
    ['min_power_limit', '200.00 W'],
    ['max_power_limit', limit],
  ];
}

function modulePowerElements(): readonly Element[] {
  const names = ['average_power_draw', 'instant_power_draw', 'current_power_limit', 'requested_power_limit'];
  return [['power_state', 'P0'], ...names.map((name): Element => [name, 'N/A'])];
}

function clockElements(card: Card): readonly Element[] {
  return [
    ['graphics_clock', `${card.smClockMhz} MHz`],
    ['sm_clock', `${card.smClockMhz} MHz`],
    ['mem_clock', `${card.type.memoryClockMhz} MHz`],
    ['video_clock', '1545 MHz'],
  ];
}

function maxClockElements(card: Card): readonly Element[] {
  return [
    ['graphics_clock', `${card.type.maxClockMhz} MHz`],
    ['sm_clock', `${card.type.maxClockMhz} MHz`],
    ['mem_clock', `${card.type.memoryClockMhz} MHz`],
  ];
}

function fabricElements(): readonly Element[] {
  return [
    ['state', 'Completed'],
    ['status', 'Success'],
    ['cliqueId', '0'],
    ['clusterUuid', '00000000-0000-0000-0000-000000000000'],
    [
      'health',
      [
        ['summary', 'Healthy'],
        ['bandwidth', 'N/A'],
      ],
    ],
  ];
}

function processElement(holder: Card['processes'][number]): Element {
  return [
    'process_info',
    [
      ['gpu_instance_id', 'N/A'],
      ['compute_instance_id', 'N/A'],
      ['pid', String(holder.pid)],
      ['type', 'C'],
      ['process_name', holder.name],
      ['used_memory', `${Math.ceil(holder.usedMib)} MiB`],
    ],
  ];
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** asctime(3): `Mon Nov 23 14:36:49 2026`. */
export function ctime(now: Date): string {
  const [weekday = '', month = '', day = '', year = '', time = ''] = now.toString().split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

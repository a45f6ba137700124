import {XMLParser} from 'fast-xml-parser';
import {describe, expect, test} from 'vitest';
import type {SimulatedNode} from '../../../src/simulator/node/node-directory.ts';
import {cardsAt} from '../../../src/simulator/nvidia-smi/card.ts';
import {helpQueryGpu} from '../../../src/simulator/nvidia-smi/help-text.ts';
import {queryFields} from '../../../src/simulator/nvidia-smi/query-cells.ts';
import {nvlinkStatus, tableReport} from '../../../src/simulator/nvidia-smi/table-report.ts';
import {xmlReport} from '../../../src/simulator/nvidia-smi/xml-report.ts';

const node: SimulatedNode = {
  gpuName: 'NVIDIA H200',
  gpuCount: 8,
  driverVersion: '580.105.08',
  cudaVersion: '13.0',
  scenario: 'foreign-process',
  speed: 20,
  startedAtMs: 0,
  seed: 1,
};
const now = new Date(2026, 10, 3, 9, 8, 7);

describe('xmlReport', () => {
  test('is one well-formed document with every card at its own path', () => {
    const text = xmlReport(node, cardsAt(node, [], 1_000), now);
    const parsed = new XMLParser({ignoreAttributes: false, parseTagValue: false}).parse(text);
    const log = parsed.nvidia_smi_log;
    expect([log.timestamp, log.driver_version, log.attached_gpus]).toEqual([
      'Tue Nov  3 09:08:07 2026',
      '580.105.08',
      '8',
    ]);
    expect(log.gpu).toHaveLength(8);
    expect(log.gpu[0].fb_memory_usage.total).toBe('143771 MiB');
    expect(log.gpu[5].processes.process_info.process_name).toBe('/opt/conda/envs/eval/bin/python');
    expect(text.endsWith('</nvidia_smi_log>\n')).toBe(true);
  });

  test('turns the blocks of a lost card into text', () => {
    const lossy = {...node, scenario: 'lost-gpu'} as const;
    const parsed = new XMLParser().parse(xmlReport(lossy, cardsAt(lossy, [], 10_000_000), now));
    expect(parsed.nvidia_smi_log.gpu[3].fb_memory_usage).toBe('GPU is lost');
    expect(parsed.nvidia_smi_log.gpu[2].fb_memory_usage.used).toBe('0 MiB');
  });
});

describe('tableReport', () => {
  test('draws every line of its boxes 91 columns wide', () => {
    for (const scenario of ['foreign-process', 'lost-gpu'] as const) {
      const text = tableReport({...node, scenario}, cardsAt({...node, scenario}, [], 10_000_000), now);
      const boxed = text.split('\n').filter((line) => /^[|+]/.test(line));
      expect(new Set(boxed.map((line) => line.length))).toEqual(new Set([91]));
    }
  });
});

describe('helpQueryGpu', () => {
  test('quotes every accepted name at line start, aliases after it', () => {
    const lines = helpQueryGpu().split('\n');
    for (const {name, aliases} of queryFields) {
      expect(lines).toContain([name, ...aliases].map((word) => `"${word}"`).join(' or '));
    }
  });

  test('knows every field that a monitor of the 580 branch asks for', () => {
    const names = queryFields.flatMap(({name, aliases}) => [name, ...aliases]);
    const asked =
      'timestamp,count,index,uuid,pci.bus_id,memory.total,memory.used,memory.free,utilization.gpu,utilization.memory,temperature.gpu,temperature.memory,power.draw,enforced.power.limit,clocks.sm,pstate,mig.mode.current,ecc.errors.uncorrected.volatile.total,persistence_mode,memory.reserved,power.draw.instant,clocks_event_reasons.active,temperature.gpu.tlimit,fabric.state,remapped_rows.pending,remapped_rows.failure,gpu_recovery_action,pcie.link.gen.gpucurrent,pcie.link.width.current,name,serial,driver_version,vbios_version,compute_mode,compute_cap,ecc.mode.current';
    expect(asked.split(',').filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('the status of NVLinks has every link of every card', () => {
  const text = nvlinkStatus(cardsAt(node, [], 1_000).slice(0, 2));
  expect(text.split('\n').filter((line) => line.startsWith('GPU '))).toHaveLength(2);
  expect(text.match(/^\t Link \d+: 26\.562 GB\/s$/gm)).toHaveLength(36);
});

import {expect, test} from 'vitest';
import {switchFindings} from '../../../../src/domain/diagnosis/kernel/switch-faults.ts';

test.each([
  [
    'nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 20034, Fatal, Link 46 LTSSM Fault Up',
    'host.nvswitch-fatal',
    'SXid 20034, port 46',
  ],
  [
    'nvidia-nvswitch0: SXid (PCI:0000:c3:00.0): 20009, Non-fatal, Link 28 RX Short Error Rate',
    'host.nvswitch-error',
    'SXid 20009, port 28',
  ],
  [
    'detected NVSwitch non-fatal error 12033 on fid 0 on NVSwitch pci bus id 00000000:84:00.0 physical id 1 port 17',
    'host.nvswitch-error',
    'SXid 12033, port 17',
  ],
  [
    'detected NVSwitch fatal error 20034 on NodeId 0 on NVSwitch pci bus id 00000000:08:00.0 physical id 3',
    'host.nvswitch-fatal',
    '(SXid 20034)',
  ],
  ['Fabric Manager detected GPU NVL Non Fatal error on :', 'host.nvswitch-error', 'An NVLink port of a GPU'],
])('%s', (text, code, words) => {
  const [found, ...others] = switchFindings([text]);
  expect([found?.code, others]).toEqual([code, []]);
  expect(found?.message).toContain(words);
});

test('errors of a kind are counted, the fatal ones first', () => {
  const of = (kind: string): string => `nvidia-nvswitch0: SXid (PCI:0000:c3:00.0): 22013, ${kind}, Link 2 x`;
  const found = switchFindings([of('Non-fatal'), of('Non-fatal'), of('Fatal')]);
  expect(found.map(({code}) => code)).toEqual(['host.nvswitch-fatal', 'host.nvswitch-error']);
  expect(found[1]?.message).toContain('There are 2 such errors');
});

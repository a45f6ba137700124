import {expect, test} from 'vitest';
import {explainFindings} from '../../../../src/domain/diagnosis/cause-chains.ts';
import {iommuFindings} from '../../../../src/domain/diagnosis/kernel/iommu-faults.ts';
import {kernelFindings} from '../../../../src/domain/diagnosis/kernel/kernel-findings.ts';

test.each([
  [
    'nvidia 0000:41:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0021 address=0xfef00000 flags=0x0020]',
    '0000:41:00',
  ],
  ['AMD-Vi: Event logged [IO_PAGE_FAULT device=41:00.0 domain=0x0021 address=0xfef00000 flags=0x0020]', '41:00'],
  ['DMAR: [DMA Read NO_PASID] Request device [5e:00.0] fault addr 0x7f000 [fault reason 0x06] PTE Read', '5e:00'],
  ['arm-smmu-v3 arm-smmu-v3.4.auto: event 0x10 received:', null],
])('a device that the IOMMU stopped: %s', (text, pciBusId) => {
  expect(iommuFindings(['usb 1-1: new device', text])).toMatchObject([
    {code: 'host.iommu-fault', severity: 'warning', details: {pciBusId}, remedy: expect.stringContaining('iommu=pt')},
  ]);
});

test.each([
  'AMD-Vi: Interrupt remapping enabled',
  'DMAR: IOMMU enabled',
  'DMAR-IR: Enabled IRQ remapping in x2apic mode',
])('an IOMMU that only starts: %s', (text) => {
  expect(iommuFindings([text])).toEqual([]);
});

const fault = 'nvidia 0000:41:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x21 address=0xfe flags=0x0]';

test('it is the cause of what the driver then says of the same card, and of no other card', () => {
  const explained = (pciBusId: string) =>
    explainFindings(
      kernelFindings([fault, `NVRM: Xid (PCI:${pciBusId}): 154, GPU recovery action: Node Reboot Required`]),
    );
  expect(explained('0000:41:00').map(({code, explainedBy}) => [code, explainedBy])).toEqual([
    ['host.iommu-fault', undefined],
    ['host.xid', 0],
  ]);
  expect(explained('0000:81:00').map(({explainedBy}) => explainedBy)).toEqual([undefined, undefined]);
});

const link = (xid: number, severity: string): string =>
  `NVRM: Xid (PCI:0009:01:00): ${xid}, pid=4711, name=python3, RLW_RXPIPE ${severity} XC0 i0 Link 04 (0x01 0x02)`;

test('an error of a link that the driver calls non-fatal is no failure of the GPU, a fatal one is', () => {
  expect(kernelFindings([link(145, 'Nonfatal'), link(149, 'Nonfatal')])).toMatchObject([
    {code: 'host.link-error', severity: 'warning', message: expect.stringContaining('0009:01:00')},
  ]);
  expect(kernelFindings([link(145, 'Fatal')])).toMatchObject([{code: 'host.xid', severity: 'critical'}]);
});

import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';

/** What the drivers of AMD's, Intel's and ARM's IOMMU write when a device accesses memory that is not mapped for it. */
const faultPattern =
  /\bAMD-Vi: Event logged \[(?:IO_PAGE_FAULT|ILLEGAL_DEV_TABLE_ENTRY|INVALID_DEVICE_REQUEST|(?:DEV_TAB|PAGE_TAB|COMMAND)_HARDWARE_ERROR|IOTLB_INV_TIMEOUT)|\bDMAR: \[(?:DMA|INTR-REMAP)[^\]]{0,40}\] (?:Request|fault)|\barm-smmu\S{0,40}(?: \S{1,60}:)? (?:event 0x10 received|Unhandled context fault|event: F_TRANSLATION)/;
/** The device in front of the message, or in it: bus and device, with or without the domain. */
const devicePattern =
  /\b((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2})\.[0-7](?=: AMD-Vi| domain=|\])|\b(?:device=|[Rr]equest device \[)((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2})\.[0-7]/;

/** A device that the IOMMU stopped: a GPU that is lost after it is its victim. At most one finding, for the first device. */
export function iommuFindings(texts: readonly string[]): readonly Finding[] {
  const text = texts.find((line) => faultPattern.test(line));
  if (text === undefined) return [];
  const [, before, within] = devicePattern.exec(text) ?? [];
  const pciBusId = before ?? within ?? null;
  return [
    {
      ...withDetails('host.iommu-fault', {pciBusId}),
      severity: 'warning',
      message: `The IOMMU stopped ${pciBusId === null ? 'a device' : `the device at ${pciBusId}`}: it accessed memory that is not mapped for it.`,
      evidence: text,
      remedy:
        'On a host without virtual machines, add iommu=pt to the kernel command line and reboot: devices then use its memory without translation. If it happens again, update the BIOS and the driver of the device.',
      settingsChange: null,
    },
  ];
}

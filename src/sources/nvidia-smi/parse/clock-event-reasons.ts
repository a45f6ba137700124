import {absent, isAbsent, type Reading} from '../../../samples/reading.ts';
import {textCell} from './cells.ts';

/** Bits of `clocks_event_reasons.active` (NVML's nvmlClocksEventReasons), and how XML and text name the same. */
const reasons: readonly {
  readonly bit: bigint;
  readonly name: string;
  readonly element: string;
  readonly words: string;
}[] = [
  {bit: 0x1n, name: 'idle', element: 'gpu_idle', words: 'Idle'},
  {
    bit: 0x2n,
    name: 'application clocks',
    element: 'applications_clocks_setting',
    words: 'Applications Clocks Setting',
  },
  {bit: 0x4n, name: 'software power cap', element: 'sw_power_cap', words: 'SW Power Cap'},
  {bit: 0x8n, name: 'hardware slowdown', element: 'hw_slowdown', words: 'HW Slowdown'},
  {bit: 0x10n, name: 'sync boost', element: 'sync_boost', words: 'Sync Boost'},
  {
    bit: 0x20n,
    name: 'software thermal slowdown',
    element: 'sw_thermal_slowdown',
    words: 'SW Thermal Slowdown',
  },
  {
    bit: 0x40n,
    name: 'hardware thermal slowdown',
    element: 'hw_thermal_slowdown',
    words: 'HW Slowdown/HW Thermal Slowdown',
  },
  {
    bit: 0x80n,
    name: 'power brake',
    element: 'hw_power_brake_slowdown',
    words: 'HW Slowdown/HW Power Brake Slowdown',
  },
  {bit: 0x100n, name: 'display clocks', element: 'display_clocks_setting', words: 'Display Clock Setting'},
];

/** The names for the hex mask of the CSV column. */
export function reasonsOfMask(cell: string | undefined, missing?: string): Reading<readonly string[]> {
  const text = textCell(cell, missing);
  if (isAbsent(text)) return text;
  if (!/^0x[0-9a-fA-F]{1,16}$/.test(text)) return absent(`the driver printed "${text.slice(0, 40)}"`);
  const mask = BigInt(text);
  return reasons.filter(({bit}) => (mask & bit) !== 0n).map(({name}) => name);
}

/**
 * The mask for the single lines of XML (`element`) or text (`words`), so that all formats are read alike. Undefined when
 * there are none; the driver's text when the block could not be read.
 */
export function maskOfReasons(
  form: 'element' | 'words',
  read: (name: string) => string | undefined,
): string | undefined {
  let mask = 0n;
  let other: string | undefined;
  let isKnown = false;
  for (const reason of reasons) {
    const state = read(reason[form]);
    if (state === 'Active') mask |= reason.bit;
    if (state === 'Active' || state === 'Not Active') isKnown = true;
    else other ??= state;
  }
  return isKnown ? `0x${mask.toString(16)}` : other;
}

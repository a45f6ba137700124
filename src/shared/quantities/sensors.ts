import {countText, decimalText} from './counts.ts';

/** `61 C`. */
export function celsiusText(celsius: number): string {
  return `${countText(celsius)} C`;
}

/** `1,980 MHz`. */
export function megahertzText(megahertz: number): string {
  return `${countText(megahertz)} MHz`;
}

/** `520 W`, `4.2 kW`. */
export function wattsText(watts: number): string {
  return watts < 999.5 ? `${countText(watts)} W` : `${decimalText(watts / 1_000, 1)} kW`;
}

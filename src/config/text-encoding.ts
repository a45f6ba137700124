/** Without a byte order mark, every second byte of a text of Latin letters is zero: of its first ones. */
const LOOKED_AT_BYTES = 4;

/** The name of another encoding than UTF-8 that bytes begin like; null for none that they begin like. */
export function foreignEncoding(bytes: Uint8Array): string | null {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return 'UTF-32';
  const zeros = Array.from(bytes.subarray(0, LOOKED_AT_BYTES), (byte) => (byte === 0 ? '0' : 'x')).join('');
  if (zeros === 'x0x0') return 'UTF-16LE';
  if (zeros === '0x0x') return 'UTF-16BE';
  return null;
}

/** A file of an archive. */
export type TarEntry = {readonly name: string; readonly data: Buffer};

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 100;
const CHECKSUM_PLACE = 148;

/**
 * An archive of plain files in the ustar format of POSIX.1-1988, which every tar can read. Names of up to 100 bytes; a
 * longer one is a RangeError.
 */
export function packTar(entries: readonly TarEntry[], atMs: number): Buffer {
  const blocks = entries.flatMap(({name, data}) => [
    header(name, data.length, atMs),
    data,
    Buffer.alloc((BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(name: string, sizeBytes: number, atMs: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new RangeError(`the name ${name} is too long for an archive`);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0);
  // Numbers are octal and end with a NUL: mode, user, group, size, time.
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${octal(sizeBytes, 11)}\0`, 124);
  block.write(`${octal(Math.floor(atMs / 1000), 11)}\0`, 136);
  // The sum of all bytes, with spaces for its own eight bytes.
  block.write(' '.repeat(8), CHECKSUM_PLACE);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, CHECKSUM_PLACE);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
